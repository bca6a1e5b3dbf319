"""What became of what was ruled on: approved, refused, changed, taken back or carried out, by whom and with which remark."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from xop.kernel.base.times import iso

_WORDS: Mapping[str, str] = {
    "edited": "approved with other arguments",
    "expired": "given up: its time was over",
    "done": "carried out",
    "uncertain": "sent, and nobody knows whether it was carried out",
    "dropped": "given up",
    "escalated": "passed on",
}

FINAL = frozenset({"refused", "withdrawn", "expired", "stopped", "done", "dropped", "denied"})
"""After these nothing more happens to an invocation."""


class Happening(Struct, frozen=True, omit_defaults=True):
    """One thing that happened to an invocation after it was ruled on."""

    at: int
    what: str
    """approved, refused, edited, withdrawn, expired, stopped, denied, done, failed, uncertain, dropped or escalated."""
    invocation: str
    by: str = ""
    note: str = ""
    """What a person remarked."""
    detail: str = ""
    """The code of a refusal, the cause of a failure, or the role that may answer from then on."""
    successor: str = ""
    """Of what was edited: the invocation that took its place."""
    arguments: dict[str, Any] = {}
    """Of what was edited: what was approved instead."""


def happening_told(happening: Happening) -> str:
    """Return one happening in plain language."""
    words = [_WORDS.get(happening.what, happening.what)]
    if happening.by:
        words.append(f"by {happening.by}")
    if happening.detail:
        words.append(f"({happening.detail})")
    if happening.arguments:
        words.append(f"as {happening.arguments!r}")
    told = f"{iso(happening.at)}: {' '.join(words)}"
    return f"{told}, who remarked: {happening.note}" if happening.note else f"{told}."
