"""What became of what was ruled on: approved, refused, changed, taken back or carried out, by whom and with which remark."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from xop.kernel.base.phrase import Phrase, marked, phrase
from xop.kernel.base.times import iso

_WORDS: Mapping[str, str] = marked(
    {
        "approved": "approved",
        "refused": "refused",
        "edited": "approved with other arguments",
        "withdrawn": "withdrawn",
        "expired": "given up: its time was over",
        "stopped": "stopped",
        "denied": "denied",
        "done": "carried out",
        "failed": "failed",
        "uncertain": "sent, and nobody knows whether it was carried out",
        "dropped": "given up",
        "escalated": "passed on",
    }
)

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


def happening_told(happening: Happening) -> Phrase:
    """Return one happening in plain language."""
    said: Any = phrase(_WORDS[happening.what])
    if happening.by:
        said = phrase("{said} by {who}", said=said, who=happening.by)
    if happening.detail:
        said = phrase("{said} ({detail})", said=said, detail=happening.detail)
    if happening.arguments:
        said = phrase("{said} as {arguments}", said=said, arguments=repr(happening.arguments))
    if happening.note:
        return phrase("{at}: {said}, who remarked: {note}", at=iso(happening.at), said=said, note=happening.note)
    return phrase("{at}: {said}.", at=iso(happening.at), said=said)
