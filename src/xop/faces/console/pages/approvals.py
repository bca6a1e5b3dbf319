"""Approvals: the inbox of what waits for one's word, each request read in full, and the answer to it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from xop.faces.console.page import Act, Answer, Moved, Page, Shown
from xop.faces.console.pages import assignments
from xop.faces.console.visit import Visit
from xop.faces.console.work.argument_form import ArgumentFault, fields_of, values_of
from xop.faces.console.work.inbox import ADDRESS, Inbox, Row, inbox, live_address, tone_of
from xop.faces.console.work.outcome import Outcome, outcome_of
from xop.faces.console.work.request import contract_input, request_of, standing_of
from xop.faces.console.work.undoing import undo
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.approvals import ApprovalAnswer, ApprovalDetail

_ANSWER = "POST /v1/invocations/{invocation}/approval"

_NOTHING: Mapping[str, Any] = {"problem": None, "note": ""}


async def _inbox(visit: Visit) -> Answer:
    """Show what waits, with the first of it open beside the list."""
    box = await inbox(visit)
    if not box.rows or "live" in visit.query:
        live = live_address(visit, ADDRESS, box.since)
        return Shown("approvals_none", {"box": box, "last": await _last(visit), "live": live, "listed": True})
    first: Row = box.rows[0]
    if first.kind == "approval":
        return await _shown(visit, first.path[1:], _NOTHING, listed=True)
    return await assignments.shown_first(visit, first.path)


async def _request(visit: Visit) -> Answer:
    return await _shown(visit, visit.path["invocation"], _NOTHING)


async def _shown(
    visit: Visit, name: str, again: Mapping[str, Any], *, status: int = 200, listed: bool = False
) -> Answer:
    """Show a request, open or over; `again` has what was typed before, and what was wrong with it."""
    path = f"/{quote(name, safe='')}"
    box, detail = await inbox(visit, path), await standing_of(visit, name)
    model: dict[str, Any] = {**again, "box": box, "name": name, "standing": detail, "listed": listed}
    model["over"] = await outcome_of(visit, name) if detail is None else None
    if detail is None and model["over"] is None:
        raise ProblemError("invocation-unknown", f"no invocation {name[:80]!r} waits for an approval")
    model |= {"last": await _last(visit), "next": _after(box, path)}
    model["tone"] = tone_of(visit, detail.answer_by) if detail is not None else ""
    model["live"] = live_address(visit, f"{ADDRESS}{path}", box.since)
    if "live" not in visit.query:
        sent = _sent(visit)
        model["request"] = await request_of(visit, detail, sent) if detail is not None else None
    return Shown("approvals", model, status=status)


def _after(box: Inbox, path: str) -> str:
    """Return the row after a path, the first one behind the last; empty when there is no other."""
    paths = [row.path for row in box.rows]
    at = paths.index(path) if path in paths else -1
    following = [row for row in (*paths[at + 1 :], *paths[: max(at, 0)]) if row != path]
    return f"{ADDRESS}{following[0]}" if following else ""


async def _last(visit: Visit) -> Outcome | None:
    """Return what became of the request that was answered just before."""
    name = visit.query.get("answered", "")
    return await outcome_of(visit, name) if name else None


def _sent(visit: Visit) -> dict[str, str]:
    return {name: values[0] for name, values in visit.form.items() if values}


async def _answer(visit: Visit) -> Answer:
    """Answer a request; what is wrong is said beside what was typed, which stays."""
    name, note = visit.path["invocation"], visit.field("note")
    before = await inbox(visit, f"/{quote(name, safe='')}")
    try:
        told = await _told(visit, name, note)
    except ProblemError as problem:
        again = {"problem": problem.document(), "note": note}
        return await _shown(visit, name, again, status=problem.status)
    to = _after(before, f"/{quote(name, safe='')}") or ADDRESS
    notice, kind = _notice(visit, told)
    return Moved(f"{to}?answered={quote(name, safe='')}", notice, kind)


async def _told(visit: Visit, name: str, note: str) -> ApprovalAnswer:
    """Send an answer on its way, unless something is wrong with the form; raises ProblemError."""
    wanted, path = visit.field("answer"), {"invocation": name}
    body: dict[str, Any] = {"approved": wanted != "refuse", "note": note, "binding": visit.field("binding")}
    if wanted not in {"approve", "refuse", "edit"}:
        raise ProblemError("parameter-invalid", "the form was sent without an answer", "press one of its buttons")
    if wanted == "refuse" and not note:
        raise ProblemError("parameter-invalid", "a refusal needs a note", "say why: it stays on record")
    detail = await standing_of(visit, name) if wanted != "refuse" else None
    if detail is not None:
        await _fit(visit, detail, body, edits=wanted == "edit")
    told: ApprovalAnswer = await visit.ask(_ANSWER, path=path, body=body)
    return told


async def _fit(visit: Visit, detail: ApprovalDetail, body: dict[str, Any], *, edits: bool) -> None:
    """Put changed arguments into an answer; raises ProblemError where the button does not fit what was typed."""
    sent, schema = _sent(visit), await contract_input(visit, detail.action)
    plain = fields_of(schema, detail.arguments, {})
    changed = any(_text(sent.get(each.name, each.value)) != _text(each.value) for each in plain)
    if changed and not edits:
        remedy = "approve it as changed, or put the arguments back"
        raise ProblemError("parameter-invalid", "arguments were changed and would not be approved so", remedy)
    if edits and not changed:
        raise ProblemError("parameter-invalid", "no argument was changed", "change one, or approve it as it is")
    if edits:
        try:
            body["arguments"] = values_of(schema, sent)
        except ArgumentFault as fault:
            raise ProblemError(
                "parameter-invalid", f"the argument {fault.label!r} cannot be read", fault.remedy
            ) from fault


def _text(value: str) -> str:
    return value.replace("\r\n", "\n").strip()


def _notice(visit: Visit, told: ApprovalAnswer) -> tuple[str, str]:
    """Return what came of an answer in words, and whether it is good news."""
    text = visit.words.text
    if told.successor:
        return text("Approved as changed: it is your own proposal now."), "done"
    if told.status == "queued":
        return text("Approved: it is on its way."), "done"
    if told.status == "held":
        waits = text("Approved: {given} of {people} people so far; it goes on waiting.")
        return waits.format(given=len(told.approved_by), people=told.people), "done"
    ruling = told.ruling
    if visit.field("answer") == "refuse" or not hasattr(ruling, "reasons"):
        return text("Refused: nothing is done."), "done"
    stopped = text("You approved it, and the rules stopped it all the same: {reasons}")
    return stopped.format(reasons=" ".join(map(text, ruling.reasons))), "problem"


async def _undo(visit: Visit) -> Answer:
    """Take back or undo what became of a request, as far as that is still possible."""
    name = visit.path["invocation"]
    notice, kind = await undo(visit, name)
    return Moved(f"{ADDRESS}?answered={quote(name, safe='')}", notice, kind)


_LOOKS = ("GET /v1/approvals", "GET /v1/approvals/{invocation}")

PAGES = (
    Page(
        path="/approvals",
        title="Approvals",
        view=_inbox,
        asks=("GET /v1/approvals",),
        live=("queue", "last"),
        menu="Work/approvals",
        keys="g a",
    ),
    Page(
        path="/approvals/{invocation}",
        title="Approval",
        view=_request,
        asks=_LOOKS,
        live=("queue", "last", "standing", "buttons"),
    ),
    *assignments.PAGES,
)

ACTS = (
    Act(path="/approvals/{invocation}", view=_answer, asks=(*_LOOKS, _ANSWER)),
    Act(path="/approvals/{invocation}/undo", view=_undo, asks=("GET /v1/approvals",)),
    *assignments.ACTS,
)
