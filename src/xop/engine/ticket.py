"""A ticket: one command waiting for its turn, and the answer it gets."""

import asyncio
from dataclasses import dataclass, field

from msgspec import Struct

from xop.kernel.base.values import Known, Refusal
from xop.kernel.commands import Command
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.identity.model import Identifier
from xop.kernel.moment import Scores
from xop.ports.timers import Timer


class Answer(Struct, frozen=True, omit_defaults=True):
    """What a command led to; durable by the time anybody sees it."""

    command: str
    customer: str = ""
    position: int = 0
    """The place of its entry in the ledger; 0 when nothing became true."""
    entry: Entry | None = None
    duplicate: bool = False
    """Whether the command had been answered before: this is the first answer again."""
    refusal: Refusal | None = None

    @property
    def decision(self) -> Decision | None:
        """The decision, if the command was ruled on."""
        return self.entry.decision if self.entry else None


@dataclass(slots=True, eq=False)
class Ticket:
    """A command with what is known about whom it concerns."""

    command: Command
    future: asyncio.Future[Answer]
    part: str | None = None
    """The customer or part it is about; None when its identifiers must tell."""
    identifier: Identifier | None = None
    """The identifier that says whom a command other than a signal is about."""
    reads: dict[str, Known] = field(default_factory=dict)
    scores: Scores | None = None
    """What a model said, when the command is a choice."""
    patient: bool = False
    """Whether it may let commands go first for whose answer somebody waits."""
    timer: Timer | None = None
    """The timer that submitted it."""
    began: float = 0.0
    """When it was submitted, in seconds of the loop's own time."""


class Overloaded(Exception):  # noqa: N818 - names what is the case
    """So many commands wait that another would wait too long; try again in a moment."""


class Stopping(Exception):  # noqa: N818 - names what is the case
    """The engine takes no more commands because it is stopping."""
