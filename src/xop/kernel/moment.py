"""The moment a command is judged in: everything a pure step needs from outside."""

from msgspec import Struct

from xop.kernel.base.values import Known
from xop.kernel.identity.model import Identifier


class Moment(Struct, frozen=True, omit_defaults=True):
    """Time, chance and gathered facts, as values."""

    at: int
    """Milliseconds since the epoch."""
    seed: int
    """A random number that the step may use up."""
    origin: str
    """The part of the customer that the command came in by."""
    reads: dict[str, Known] = {}
    """Outputs of read actions called for this command, by action; one that could not be had is missing."""
    elsewhere: tuple[Identifier, ...] = ()
    """Identifiers of a signal that belong to another customer, and stay there."""
