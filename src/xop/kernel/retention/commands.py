"""Commands by which data goes when its time is over."""

from msgspec import Struct

from xop.kernel.base.actor import Actor


class Retain(Struct, frozen=True, tag="retain", tag_field="command", omit_defaults=True):
    """The wish that whatever is past its time goes; about the platform itself."""

    id: str
    actor: Actor
    due: int = 0
    """When it is to begin, in milliseconds since the epoch; at once when that is past."""


class Retained(Struct, frozen=True, tag="retained", tag_field="command", omit_defaults=True):
    """The word that something past its time has gone; about the platform itself."""

    id: str
    run: str
    counts: dict[str, int]
    """How much has gone since the last word, by class of data."""
    held: dict[str, int] = {}
    """How much is kept for a legal hold or an incident, by class."""
    required: dict[str, int] = {}
    """How much is kept since the law wants it, by class."""
    over: bool = False
    """Whether nothing is left."""
