"""A handover as it stands: what is handed over, where it waits, and who has it."""

from typing import Any, Literal

from msgspec import Struct

from xop.kernel.base.actor import Actor
from xop.kernel.conversations.model import Tried

HandoverStatus = Literal["waiting", "accepted", "returned", "expired"]

Continues = Literal["agent", "journey", "person"]
"""Who goes on with the conversation after a person had it."""

NOBODY, PROMISED = "nobody", "promised"
"""The outcomes of a handover that nobody took: without more, and with a promise to the customer."""

PEOPLE = frozenset({"operator", "partner"})
"""The kinds of actors who take handovers; to agents conversations are handed back."""

RESOLVED = "resolved"
"""The outcome that resolves the handover's intent as well."""


class TranscriptReference(Struct, frozen=True, omit_defaults=True):
    """Where something that was said can be read or heard; never the text itself."""

    uri: str
    title: str = ""
    said_at: int | None = None
    """When it begins, in milliseconds since the epoch."""


class Suggestion(Struct, frozen=True, omit_defaults=True):
    """A next step that whoever hands over suggests: an action of the catalogue, or anything a person can do."""

    title: str = ""
    action: str = ""
    arguments: dict[str, Any] = {}
    reason: str = ""


class Handover(Struct, frozen=True, omit_defaults=True):
    """One passing of a conversation to people, from the asking until it is over, and for a while after."""

    id: str
    conversation: str
    """The conversation; empty when a journey hands over a customer who is in none."""
    queue: str
    status: HandoverStatus
    at: int
    """When it was opened, in milliseconds since the epoch."""
    since: int
    """Since when it stands as it does."""
    actor: Actor
    """Who handed over."""
    due: int = 0
    """When the present wait is over, in milliseconds since the epoch; 0 for no such moment."""
    asked_by: Actor | None = None
    """Whoever had the actor do so, such as the customer's own agent."""
    intent: str = ""
    summary: str = ""
    urgent: bool = False
    language: str = ""
    transcript: tuple[TranscriptReference, ...] = ()
    tried: tuple[Tried, ...] = ()
    """What the actor says was tried, besides what the conversation remembers."""
    suggested: tuple[Suggestion, ...] = ()
    missing: tuple[str, ...] = ()
    """What was missing from the packet when it was opened all the same."""
    number: int = 1
    """Which handover of its conversation it is."""
    back: Actor | None = None
    """The agent that can go on when the conversation comes back."""
    before: str = ""
    """Who held the conversation before."""
    run: str = ""
    """The run that handed over, with the token that waits."""
    token: int = -1
    been: tuple[str, ...] = ()
    """The queues it has been in."""
    moves: int = 0
    """How often it went on to another wait."""
    declined_by: tuple[str, ...] = ()
    """Who declined it in the queue it is in."""
    accepted_by: str = ""
    outcome: str = ""
    continues: Continues | Literal[""] = ""
    notes: str = ""
    """What the person wrote who handed back."""


def is_open(handover: Handover) -> bool:
    """Say whether a handover is not over."""
    return handover.status in {"waiting", "accepted"}


def holder_of(queue: str) -> str:
    """Return who holds a conversation that waits in a queue."""
    return f"queue:{queue}"
