"""What became of a request: who answered it and when, what was done since, and whether it can be undone."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.invocations import Happened, InvocationStory

WORDS: Mapping[str, str] = marked(
    {
        "approved": "approved",
        "refused": "refused",
        "edited": "approved with other arguments",
        "withdrawn": "taken back",
        "expired": "over: nobody answered in time",
        "stopped": "stopped by a rule",
        "denied": "denied by a rule",
        "done": "carried out",
        "failed": "failed",
        "uncertain": "sent, and nobody knows whether it was carried out",
        "dropped": "given up",
        "escalated": "passed on",
    }
)

_TONES = {"approved": "good", "edited": "good", "done": "good", "escalated": "wait", "uncertain": "wait"}

_ANSWERS = ("approved", "refused", "edited", "withdrawn", "expired", "stopped")

_STORY = "GET /v1/invocations/{invocation}"

Way = Literal["withdrawal", "reversal", ""]


class Line(Struct, frozen=True):
    """One thing that happened."""

    what: str
    tone: str
    by: str
    at: str
    note: str
    detail: str


class Outcome(Struct, frozen=True):
    """What became of an invocation so far."""

    invocation: str
    action: str
    decision: str
    lines: list[Line]
    answer: Line | None
    """The last word on the request."""
    way: Way
    """How it can be undone; empty when it cannot."""
    target: str
    """What would be taken back or undone: the invocation, or the one that took its place."""
    why_not: str
    """Why it cannot be undone."""


async def outcome_of(visit: Visit, invocation: str) -> Outcome | None:
    """Return what became of an invocation; None when that is not known, or not this person's to know."""
    try:
        told: InvocationStory | None = await visit.ask_if_allowed(_STORY, path={"invocation": invocation})
    except ProblemError:
        return None
    if told is None:
        return None
    after = told.after
    lines = [_line(each) for each in after]
    successor = next((each.successor for each in after if each.successor), "")
    way, why_not = await _undoing(visit, told, successor)
    return Outcome(
        invocation=invocation,
        action=told.action,
        decision=told.decision,
        lines=lines,
        answer=next((line for line, each in reversed(list(zip(lines, after, strict=True))) if _answers(each)), None),
        way=way,
        target=successor or invocation,
        why_not=why_not,
    )


def _answers(happened: Happened) -> bool:
    return happened.what in _ANSWERS


def _line(happened: Happened) -> Line:
    what = happened.what
    return Line(
        what=WORDS.get(what, what),
        tone=_TONES.get(what, "bad"),
        by=happened.by.partition(":")[2] or happened.by,
        at=happened.at,
        note=happened.note,
        detail=happened.detail,
    )


async def _undoing(visit: Visit, told: InvocationStory, successor: str) -> tuple[Way, str]:
    """Return how it can be undone, or why it cannot be."""
    after = told.after
    own = any(each.what == "edited" and each.by == str(visit.caller.actor) for each in after)
    last = next((each.what for each in reversed(after) if each.what != "escalated"), "")
    if last == "done":
        return await _reversal(visit, told.action)
    if successor and own and last == "edited" and visit.may("POST /v1/invocations/{invocation}/withdrawal"):
        return "withdrawal", ""
    asked_by_them = told.actor == str(visit.caller.actor) and last in {"", "approved"}
    if asked_by_them and visit.may("POST /v1/invocations/{invocation}/withdrawal"):
        return "withdrawal", ""
    if last in {"refused", "withdrawn", "expired", "stopped", "denied", "dropped"}:
        return "", marked("Nothing was done. Whoever asked may ask again.")
    if last == "approved":
        return "", marked("It is on its way. Until it starts, whoever asked for it can take it back.")
    return "", marked("It cannot be undone here.")


async def _reversal(visit: Visit, action: str) -> tuple[Way, str]:
    try:
        shown = await visit.ask_if_allowed("GET /v1/catalog/{action}", path={"action": action})
    except ProblemError:
        shown = None
    if shown is None or not shown.action.contract.get("reversible_by"):
        return "", marked("It cannot be undone: no action takes it back.")
    if not visit.may("POST /v1/invocations/{invocation}/reversal"):
        return "", marked("It can be undone, but not by you.")
    return "reversal", ""
