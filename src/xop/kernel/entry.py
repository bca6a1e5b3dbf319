"""A ledger entry: one step as it was taken, so that it can be folded, explained and taken again."""

from msgspec import Struct

from xop.kernel.commands import Command
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import Fact
from xop.kernel.moment import Moment


class Entry(Struct, frozen=True, omit_defaults=True):
    """What a command made true for one customer, with all that the step was given."""

    origin: str
    """The part of the customer whose facts these are; a merge changes nothing about it."""
    seq: int
    """Its place among the part's entries, from 1."""
    customer: str
    """The customer the part belonged to when the step was taken."""
    release: str
    """The digest of the release that ruled."""
    moment: Moment
    command: Command
    facts: tuple[Fact, ...] = ()
    decision: Decision | None = None
    other: str = ""
    """The other customer of a merge or unmerge."""
