"""Effects: what the outside must do once a step's facts are durable."""

from typing import Literal

from msgspec import Struct

from xop.kernel.actions.invocation import Invocation
from xop.kernel.commands import Command


class Invoke(Struct, frozen=True, tag=True, tag_field="effect"):
    """Carry out an invocation: it goes to the outbox."""

    invocation: Invocation


class Start(Struct, frozen=True, tag=True, tag_field="effect"):
    """Send the request of an outbox entry now."""

    invocation: str
    attempt: int


class Settle(Struct, frozen=True, tag=True, tag_field="effect"):
    """Note in the outbox what came of an entry."""

    invocation: str
    state: Literal["pending", "done", "failed", "uncertain", "cancelled"]
    due: int = 0
    """For `pending`: when to try again, in milliseconds since the epoch."""
    detail: str = ""


class Schedule(Struct, frozen=True, tag=True, tag_field="effect"):
    """Submit a command at a later moment; one with the same key takes its place."""

    key: str
    due: int
    command: Command
    part: str = ""
    """The part it is about; the step's own when empty."""


class Unschedule(Struct, frozen=True, tag=True, tag_field="effect"):
    """Forget a scheduled command."""

    key: str


Effect = Invoke | Start | Settle | Schedule | Unschedule
