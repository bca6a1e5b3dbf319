"""Commands by which customers are erased, kept for the law, and handed what is known of them."""

from msgspec import Struct

from xop.kernel.base.actor import Actor


class Erase(Struct, frozen=True, tag="erase", tag_field="command", omit_defaults=True):
    """The wish that everything about a customer is erased."""

    id: str
    actor: Actor
    ground: str = "request"
    """A code for why: `request` (GDPR Article 17(1)) or `retention`."""
    within: int | None = None
    """Milliseconds that recipients may take to be told, before they are erased all the same; a day when anything tells them."""
    suppress: bool = True
    """Whether they are not to be contacted should they ever be heard of again."""
    heard_before: int | None = None
    """Only if they were heard of last before this moment, in milliseconds since the epoch; else nothing happens."""


class Removal(Struct, frozen=True, tag="removal", tag_field="command", omit_defaults=True):
    """The moment at which whoever is being erased is removed; about the platform itself, which alone remembers it."""

    id: str
    erasure: str
    part: str
    """The customer's part that is known by the request."""
    ground: str
    suppress: bool = True


class ImposeLegalHold(Struct, frozen=True, tag="impose_legal_hold", tag_field="command", omit_defaults=True):
    """The wish that a customer's data is kept, whatever they ask for."""

    id: str
    actor: Actor
    hold: str
    ground: str
    """One of `HOLD_GROUNDS`."""
    until: int | None = None
    """When it ends by itself, in milliseconds since the epoch."""
    detail: str = ""
    """What is added to the ground, for people; it stays out of the log."""


class LiftLegalHold(Struct, frozen=True, tag="lift_legal_hold", tag_field="command", omit_defaults=True):
    """The wish that a legal hold ends."""

    id: str
    actor: Actor
    hold: str
    reason: str = ""


class Export(Struct, frozen=True, tag="export", tag_field="command"):
    """The word that a customer's data is handed out to them."""

    id: str
    actor: Actor
