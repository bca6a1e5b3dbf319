"""An intent as it stands, and what became true of it."""

from typing import Literal

from msgspec import Struct

IntentStatus = Literal["open", "attempted", "resolved", "confirmed", "abandoned"]

IntentChange = Literal["open", "attempt", "resolve", "confirm", "abandon"]


class Intent(Struct, frozen=True, omit_defaults=True):
    """One thing a customer wants, from its opening on."""

    name: str
    status: IntentStatus
    opened_at: int
    changed_at: int
    attempts: int = 0
    returns: int = 0
    """How often it came back after it was resolved."""
    conversation: str = ""


class IntentOpened(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """The customer asked for something."""

    intent: str
    conversation: str = ""


class IntentAttempted(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """Something was tried to get it done."""

    intent: str
    conversation: str = ""


class IntentResolved(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """It was done, as far as we know."""

    intent: str
    conversation: str = ""


class IntentConfirmed(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """The customer said that it was done."""

    intent: str
    conversation: str = ""


class IntentAbandoned(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """The customer gave up on it or changed their mind."""

    intent: str
    conversation: str = ""


class IntentReturned(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """The customer came back with something that was thought done."""

    intent: str
    conversation: str = ""


IntentFact = IntentOpened | IntentAttempted | IntentResolved | IntentConfirmed | IntentAbandoned | IntentReturned
