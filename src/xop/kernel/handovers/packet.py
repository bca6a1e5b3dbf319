"""The packet: what people receive of a conversation that is handed over to them."""

from typing import Any, Literal

from msgspec import Struct

from xop.kernel.conversations.model import Tried
from xop.kernel.handovers.model import TranscriptReference

Ruled = Literal["permit", "deny", "hold", "unknown", ""]
"""What the arbiter says of a step now; `unknown` where facts are missing, empty for what is no action."""


class ConversationTold(Struct, frozen=True, omit_defaults=True):
    """The conversation: on which channel, about what, since when."""

    id: str
    open: bool
    channel: str = ""
    topic: str = ""
    opened_at: int = 0
    turns: int = 0


class IntentTold(Struct, frozen=True, omit_defaults=True):
    """What the customer wants, and how it has gone so far."""

    name: str
    status: str = ""
    attempts: int = 0
    returns: int = 0
    """How often it came back after it was resolved."""


class IdentityTold(Struct, frozen=True, omit_defaults=True):
    """How strongly it is known who the customer is, in this conversation."""

    known: bool
    """Whether somebody in particular is meant: verified, or known by an identifier that is theirs alone."""
    level: int = 0
    """0 unverified, 1 claimed, 2 verified, 3 by two factors or in person."""
    method: str = ""
    by: str = ""
    at: int = 0
    until: int = 0


class PromiseTold(Struct, frozen=True, omit_defaults=True):
    """Something the customer was told to expect."""

    id: str
    what: str
    status: str
    made_at: int
    due: int | None = None


class ConsentTold(Struct, frozen=True, omit_defaults=True):
    """Whether a purpose may be pursued on a channel now, and why."""

    purpose: str
    channel: str
    permitted: bool
    code: str
    at: int = 0
    """When the customer last said so, in milliseconds since the epoch; 0 when they never did."""


class Barred(Struct, frozen=True, omit_defaults=True):
    """Something that may not be done now, and why."""

    action: str
    verdict: Ruled
    code: str
    reasons: tuple[str, ...] = ()
    until: str = ""
    """What would lift it: approval, verification, quiet_hours_end or time."""


class NextStep(Struct, frozen=True, omit_defaults=True):
    """A step that is suggested, why, and what the arbiter says of it now."""

    by: str
    """Who suggests it: an agent, a decision set or a journey."""
    title: str = ""
    action: str = ""
    arguments: dict[str, Any] = {}
    reason: str = ""
    verdict: Ruled = ""
    code: str = ""
    why: tuple[str, ...] = ()
    """The arbiter's reasons."""
    until: str = ""


class Packet(Struct, frozen=True, omit_defaults=True):
    """Everything people need to go on with a conversation; a function of release, customer, handover and moment."""

    handover: str
    customer: str
    queue: str
    status: str
    at: int
    """The moment it tells of, in milliseconds since the epoch."""
    handed_over_at: int
    handed_over_by: str
    conversation: ConversationTold
    intent: IntentTold
    identity: IdentityTold
    number: int = 1
    urgent: bool = False
    language: str = ""
    summary: str = ""
    identifiers: tuple[str, ...] = ()
    """What the customer is known by, as `namespace:value`."""
    circumstances: tuple[str, ...] = ()
    """What to bear in mind, such as a complaint or vulnerability."""
    barred: tuple[Barred, ...] = ()
    """What may not be done, and why."""
    promises: tuple[PromiseTold, ...] = ()
    """The open ones first."""
    next: tuple[NextStep, ...] = ()
    tried: tuple[Tried, ...] = ()
    """What was tried with which outcome, the latest first."""
    consents: tuple[ConsentTold, ...] = ()
    """Those that matter: what the customer has said, and what the actions at hand need."""
    transcript: tuple[TranscriptReference, ...] = ()
    missing: tuple[str, ...] = ()
    """What a person should know and nobody said."""
    left_out: tuple[str, ...] = ()
    """The names of what whoever reads it may not see."""
