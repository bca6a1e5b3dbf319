"""Succession: a log that goes on under another origin, with every leaf of the one that it follows."""

from msgspec import Struct

from xop.kernel.base.actor import Actor
from xop.kernel.log.errors import FormatError
from xop.kernel.log.verifier import check_name

LONGEST_ORIGIN = 200


class Followed(Struct, frozen=True):
    """The log that was followed, as its own checkpoint tells it."""

    origin: str
    size: int
    root: str
    """In hexadecimal digits."""


class BeginLog(Struct, frozen=True, tag="begin_log", tag_field="command", omit_defaults=True):
    """The wish that the log goes on under another origin; about the platform itself."""

    id: str
    actor: Actor
    origin: str
    """What it is to be called."""
    follows: Followed
    reason: str = ""


class LogBegun(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """The log goes on under another origin from the next start on; the one before is closed, and stays as it is."""

    origin: str
    follows: Followed
    by: str
    reason: str = ""


def is_origin(text: str) -> bool:
    """Say whether a log can be called so."""
    try:
        check_name(text)
    except FormatError:
        return False
    return len(text) <= LONGEST_ORIGIN
