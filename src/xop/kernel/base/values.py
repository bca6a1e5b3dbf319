"""Values with their source, and refusals as values."""

from typing import Any

from msgspec import Struct


class Known(Struct, frozen=True, array_like=True):
    """A value, when it became true and where it came from."""

    value: Any
    at: int
    """Milliseconds since the epoch."""
    source: str
    """The signal type, read action or service that said so."""


class Refusal(Struct, frozen=True):
    """Why something was not done, and what to do next; refusing is an answer, not an exception."""

    code: str
    cause: str
    remedy: str = ""
    missing: tuple[str, ...] = ()
    """The names of what is missing, where that is why."""
