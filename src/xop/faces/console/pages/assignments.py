"""Assignments: tasks that people carry out, and questions that journeys ask of them; both stand in the inbox."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from xop.faces.console.page import Act, Answer, Moved, Page, Shown
from xop.faces.console.visit import Visit
from xop.faces.console.work.argument_form import ArgumentFault, fields_of, values_of
from xop.faces.console.work.customer_card import customer_card
from xop.faces.console.work.inbox import ADDRESS, inbox, live_address, question_path, questions, tone_of
from xop.faces.console.work.outcome import outcome_of
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.questions import Question
from xop.faces.http.routes.tasks import TaskView

_TASK = "GET /v1/tasks/{invocation}"
_COMPLETE = "POST /v1/tasks/{invocation}/completion"
_ANSWER = "POST /v1/customers/{customer}/runs/{run}/answers"

_NOTHING: Mapping[str, Any] = {"problem": None, "note": ""}


async def shown_first(visit: Visit, path: str) -> Answer:
    """Show a task or question as the first of the inbox, by its page below it."""
    kind, *named = [unquote(each) for each in path.strip("/").split("/")]
    if kind == "tasks":
        return await _shown_task(replace(visit, path={"invocation": named[0]}), _NOTHING, listed=True)
    of = dict(zip(("customer", "run", "token"), named, strict=True))
    return await _shown_question(replace(visit, path=of), _NOTHING, listed=True)


async def _task(visit: Visit) -> Answer:
    return await _shown_task(visit, _NOTHING)


async def _question(visit: Visit) -> Answer:
    return await _shown_question(visit, _NOTHING)


async def _shown_task(visit: Visit, again: Mapping[str, Any], *, status: int = 200, listed: bool = False) -> Answer:
    """Show a task; one that is over says so."""
    name = visit.path["invocation"]
    task = await _open_task(visit, name)
    model = await _around(visit, f"/tasks/{quote(name, safe='')}", again, listed=listed)
    model |= {"task": task, "tone": tone_of(visit, task.due) if task is not None else ""}
    if task is not None and "live" not in visit.query:
        model["card"] = await customer_card(visit, task.customer)
        model["fields"] = [] if task.options else fields_of(task.output, {}, _sent(visit))
    return Shown("approvals_task", model, title="Task", status=status)


async def _shown_question(visit: Visit, again: Mapping[str, Any], *, status: int = 200, listed: bool = False) -> Answer:
    """Show a question; one that is over says so."""
    path = visit.path
    found = next((each for each in await questions(visit, path["run"]) if _is(each, path)), None)
    where = question_path(found) if found is not None else "/questions"
    model = await _around(visit, where, again, listed=listed)
    if found is None:
        model["live"] = ""
    model |= {"question": found, "tone": tone_of(visit, found.due) if found is not None else ""}
    if found is not None and "live" not in visit.query:
        model["card"] = await customer_card(visit, found.customer)
    return Shown("approvals_question", model, title="Question", status=status)


async def _around(visit: Visit, path: str, again: Mapping[str, Any], *, listed: bool) -> dict[str, Any]:
    box = await inbox(visit, path)
    live = live_address(visit, f"{ADDRESS}{path}", box.since)
    answered = visit.query.get("answered", "")
    last = await outcome_of(visit, answered) if answered else None
    return {**again, "box": box, "last": last, "listed": listed, "live": live}


async def _open_task(visit: Visit, name: str) -> TaskView | None:
    try:
        found: TaskView = await visit.ask(_TASK, path={"invocation": name})
    except ProblemError as problem:
        if problem.code == "invocation-unknown":
            return None
        raise
    return found


def _is(each: Question, path: Mapping[str, str]) -> bool:
    return (each.customer, each.run, str(each.token)) == (path["customer"], path["run"], path["token"])


def _sent(visit: Visit) -> dict[str, str]:
    return {name: values[0] for name, values in visit.form.items() if values}


async def _complete(visit: Visit) -> Answer:
    """Say what came of a task."""
    name, note, done = visit.path["invocation"], visit.field("note"), visit.field("answer") == "done"
    try:
        body: dict[str, Any] = {"done": done, "note": note}
        if done:
            body["output"] = await _output(visit, name)
        else:
            _require_note(note)
        await visit.ask(_COMPLETE, path={"invocation": name}, body=body)
    except ProblemError as problem:
        again = {"problem": problem.document(), "note": note}
        return await _shown_task(visit, again, status=problem.status)
    return Moved(ADDRESS, visit.words.text("Noted: it is done." if done else "Noted: it was not done."))


def _require_note(note: str) -> None:
    if not note:
        raise ProblemError("parameter-invalid", "what was not done needs a note", "say why: it stays on record")


async def _output(visit: Visit, name: str) -> Any:
    task = await _open_task(visit, name)
    if task is None:
        raise ProblemError("task-not-open", "it is no longer open", "somebody may have done it")
    if task.options:
        return {"choice": visit.field("choice")}
    try:
        return values_of(task.output, _sent(visit))
    except ArgumentFault as fault:
        raise ProblemError("parameter-invalid", f"the field {fault.label!r} cannot be read", fault.remedy) from fault


async def _reply(visit: Visit) -> Answer:
    """Answer what a journey asks."""
    path, note = visit.path, visit.field("note")
    try:
        body = {"choice": visit.field("choice"), "note": note, "token": _token(path["token"])}
        await visit.ask(_ANSWER, path={"customer": path["customer"], "run": path["run"]}, body=body)
    except ProblemError as problem:
        again = {"problem": problem.document(), "note": note}
        return await _shown_question(visit, again, status=problem.status)
    return Moved(ADDRESS, visit.words.text("Answered: the journey goes on."))


def _token(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ProblemError("parameter-invalid", "the question is not named", "go back to the inbox")
    return int(text)


_LIVE = ("queue", "last", "standing", "buttons")

PAGES = (
    Page(path="/approvals/tasks/{invocation}", title="Task", view=_task, asks=("GET /v1/tasks", _TASK), live=_LIVE),
    Page(
        path="/approvals/questions/{customer}/{run}/{token}",
        title="Question",
        view=_question,
        asks=("GET /v1/questions",),
        live=_LIVE,
    ),
)

ACTS = (
    Act(path="/approvals/tasks/{invocation}", view=_complete, asks=(_TASK, _COMPLETE)),
    Act(path="/approvals/questions/{customer}/{run}/{token}", view=_reply, asks=("GET /v1/questions", _ANSWER)),
)
