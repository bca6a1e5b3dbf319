"""What an examination found."""

from typing import Literal

from msgspec import Struct

State = Literal["ok", "warning", "problem"]


class Finding(Struct, frozen=True):
    """The state of one thing the platform stands on."""

    subject: str
    state: State
    detail: str
    remedy: str = ""
    """What to do next; empty when all is well."""
