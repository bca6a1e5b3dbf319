"""Connections: how every outside system is doing, what it offers otherwise than accepted, and what is on its way there."""

from collections.abc import Mapping
from typing import Any

from xop.faces.console.arbiter.definition_change import changed_words
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.agents import HALT, halt_row
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError

_LIST = "GET /v1/connections"
_ONE = "GET /v1/connections/{connection}"
_OPERATIONS = "GET /v1/connections/{connection}/operations"
_OUTBOX = "GET /v1/outbox"
_DEAD = "GET /v1/dead-letters"
_LETTER = "GET /v1/outbox/{invocation}"
_RECONCILE = "POST /v1/outbox/{invocation}/reconcile"

_ROWS = 25

CHOICES = marked(
    {
        "resend": "It was not carried out: it is judged once more and sent again.",
        "done": "It was carried out: it counts as done from now on.",
        "drop": "It is given up: nothing is done, and nobody tries again.",
    }
)

_SETTLED = marked({"resend": "It is sent again.", "done": "It counts as carried out.", "drop": "It is given up."})

_STATES: Mapping[str, str] = marked(
    {
        "working": "working",
        "unused": "not used yet",
        "resting": "resting",
        "trying": "trying again",
        "doubt": "in doubt",
    }
)
"""What the circuit of a connection is called."""

_TONES = {"working": "good", "resting": "bad", "trying": "wait", "doubt": "wait"}


async def _connections(visit: Visit) -> Answer:
    told = await visit.ask(_LIST)
    dead = await visit.ask(_DEAD, query={"after": visit.query.get("after", ""), "limit": _ROWS})
    pending = await visit.ask(_OUTBOX, query={"state": "pending", "limit": _ROWS})
    sending = await visit.ask(_OUTBOX, query={"state": "sending", "limit": _ROWS})
    model = {
        "rows": [connection_row(visit, each) for each in told.connections],
        "dead": dead.requests,
        "older": f"{PREFIX}/connections?after={dead.next}" if dead.next else "",
        "newest": f"{PREFIX}/connections" if visit.query.get("after") else "",
        "leaving": [*sending.requests, *pending.requests][:_ROWS],
        "more": pending.next is not None or sending.next is not None,
        "stops": visit.may(HALT),
    }
    return Shown("connections", model)


def connection_row(visit: Visit, told: Any) -> dict[str, Any]:
    """Return one connection as its row, or its head, shows it."""
    waiting, state = told.waiting, _circuit(told)
    return {
        "told": told,
        "page": f"{PREFIX}/connections/{told.connection}",
        "state": visit.words.text(_STATES[state]),
        "tone": _TONES.get(state, ""),
        "leaving": waiting["pending"] + waiting["sending"],
        "dead": waiting["failed"] + waiting["uncertain"],
        "halt": halt_row(visit, told.halted) if told.halted is not None else None,
    }


def _circuit(told: Any) -> str:
    if told.circuit == "unused":
        return "unused"
    if told.open_until is not None:
        return "resting"
    if told.circuit == "open":
        return "trying"
    return "doubt" if told.failures else "working"


async def _connection(visit: Visit) -> Answer:
    """Show one connection, with what its other side offered when it was looked at last."""
    if "live" in visit.query:
        return Shown("connection", await _standing(visit))
    held = None
    try:
        held = await visit.ask(_OPERATIONS, path=visit.path)
    except ProblemError as problem:
        if problem.code != "operations-none":
            raise
    return await _connection_shown(visit, held)


async def _look(visit: Visit) -> Answer:
    """Ask the other side of a connection what it offers now."""
    try:
        held = await visit.ask(_OPERATIONS, path=visit.path, query={"fresh": True})
    except ProblemError as problem:
        if problem.code != "upstream-unreachable":
            raise
        known = await visit.ask(_OPERATIONS, path=visit.path)
        return await _connection_shown(visit, known, problem)
    return await _connection_shown(visit, held)


async def _connection_shown(visit: Visit, held: Any, problem: ProblemError | None = None) -> Answer:
    """Return the page of a connection; `held` is what it offers, None for one without operations."""
    differences = held.differences if held is not None else ()
    model = {
        **await _standing(visit),
        "held": held,
        "changes": [(each, changed_words(each, visit.words.text)) for each in differences],
        "problem": problem.document() if problem is not None else None,
    }
    return Shown("connection", model, visit.path["connection"])


async def _standing(visit: Visit) -> dict[str, Any]:
    told = await visit.ask(_ONE, path=visit.path)
    return {"row": connection_row(visit, told), "told": told, "stops": visit.may(HALT)}


async def _letter(visit: Visit) -> Answer:
    return await _letter_shown(visit, None)


async def _letter_shown(visit: Visit, problem: Any, status: int = 200) -> Answer:
    told = await visit.ask(_LETTER, path={"invocation": visit.path["invocation"]})
    dead = told.state in {"failed", "uncertain"}
    model = {
        "told": told,
        "dead": dead,
        "answers": dead and visit.may(_RECONCILE),
        "choices": CHOICES,
        "problem": problem,
        "note": visit.field("note"),
    }
    return Shown("letter", model, status=status)


async def _reconcile(visit: Visit) -> Answer:
    choice, text = visit.field("choice"), visit.words.text
    if choice not in CHOICES:
        problem = ProblemError("parameter-invalid", "the form was sent without an answer", "press one of its buttons")
        return await _letter_shown(visit, problem.document(), problem.status)
    body, path = {"choice": choice, "note": visit.field("note")}, {"invocation": visit.path["invocation"]}
    try:
        answer = await visit.ask(_RECONCILE, path=path, body=body)
    except ProblemError as problem:
        return await _letter_shown(visit, problem.document(), problem.status)
    ruling = answer.ruling
    if choice == "resend" and ruling and ruling.verdict != "permit":
        said = text("The rules do not let it leave again: {reasons}")
        return Moved(f"{PREFIX}/connections", said.format(reasons=" ".join(map(text, ruling.reasons))), "problem")
    return Moved(f"{PREFIX}/connections", text(_SETTLED[choice]))


PAGES = (
    Page(
        path="/connections",
        title="Connections",
        view=_connections,
        asks=(_LIST, _OUTBOX, _DEAD),
        live=("connections", "dead", "leaving"),
        menu="Rules/connections",
        keys="g t",
    ),
    Page(
        path="/connections/{connection}",
        title="Connection",
        view=_connection,
        asks=(_ONE, _OPERATIONS),
        live=("standing",),
    ),
    Page(path="/outbox/{invocation}", title="Request", view=_letter, asks=(_LETTER,)),
)

ACTS = (
    Act(path="/connections/{connection}", view=_look, asks=(_ONE, _OPERATIONS)),
    Act(path="/outbox/{invocation}", view=_reconcile, asks=(_LETTER, _RECONCILE)),
)
