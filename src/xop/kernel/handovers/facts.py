"""What became true of a handover."""

from typing import Any

from msgspec import Struct

from xop.kernel.handovers.model import Continues, Handover


class HandoverOpened(Struct, frozen=True, tag=True, tag_field="fact"):
    """A conversation was handed over to people."""

    handover: Handover


class HandoverAccepted(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A person took it; nobody else can any more."""

    handover: str
    conversation: str
    by: str
    due: int = 0
    """Until when it may take, in milliseconds since the epoch; 0 for any time."""


class HandoverDeclined(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A person did not take it, or gave it back to a queue."""

    handover: str
    conversation: str
    by: str
    queue: str
    """The queue it waits in now; the same one while others may still take it."""
    due: int
    reason: str = ""


class HandoverEscalated(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """It went on to another queue because time was over."""

    handover: str
    conversation: str
    queue: str
    due: int
    reason: str
    """`late` when nobody had taken it, `unfinished` when somebody kept it too long."""


class HandoverReturned(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """The conversation came back from people, with what came of it."""

    handover: str
    conversation: str
    outcome: str
    by: str
    continues: Continues
    held_by: str
    """Who holds the conversation now."""
    notes: str = ""
    facts: dict[str, Any] = {}
    """What was learned, as profile fields."""


class HandoverExpired(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """Nobody took it: the customer was promised something, or the conversation went back to who asked."""

    handover: str
    conversation: str
    outcome: str
    """`promised` or `nobody`."""
    reason: str
    """`late`, `declined`, `unfinished`, `absent` (nobody is there), `given_up` (its run went on), or why it was refused."""
    held_by: str = ""
    promise: str = ""


HandoverFact = (
    HandoverOpened | HandoverAccepted | HandoverDeclined | HandoverEscalated | HandoverReturned | HandoverExpired
)
