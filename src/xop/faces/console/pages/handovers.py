"""The handover desk: who waits in which queue, the packet of each, and what people do for them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from xop.faces.console.asking import Elsewhere
from xop.faces.console.page import Act, Answer, Moved, Page, Shown
from xop.faces.console.turns import SPEAKERS, Turn, turns
from xop.faces.console.visit import Visit
from xop.faces.console.work.inbox import tone_of
from xop.faces.console.work.naming import names_of
from xop.faces.console.work.packet_view import DESK, actions_of, draft_of, packet_view
from xop.faces.console.work.undoing import undo
from xop.faces.console.work.wish import PROPOSE, propose, proposed, sent
from xop.faces.http.counter import HandoverState, HandoverView
from xop.faces.http.problems import ProblemError

_LIST = "GET /v1/handovers"
_GET = "GET /v1/handovers/{handover}"
_ACCEPT = "POST /v1/handovers/{handover}/acceptance"
_DECLINE = "POST /v1/handovers/{handover}/decline"
_RETURN = "POST /v1/handovers/{handover}/return"
_CHOOSE = "POST /v1/choices"

_TIMELINE = "GET /v1/customers/{customer}/timeline"

_MOST_TURNS = 200
"""What is shown at once of what was said in a conversation."""

_NOTHING: Mapping[str, Any] = {"problem": None, "sent": {}}


class Waiting(Struct, frozen=True):
    """One row of the desk."""

    view: HandoverView
    name: str
    """What the customer is called."""
    address: str
    tone: str


async def _desk(visit: Visit) -> Answer:
    """Show the queues, who waits in them, and what one has taken."""
    queue, after = visit.query.get("queue", ""), visit.query.get("after", "")
    queues = (await visit.ask("GET /v1/queues")).queues
    query = {"queue": queue, "after": after, "summaries": True}
    waiting = await visit.ask(_LIST, query=query)
    taken = {"status": "accepted", "by": str(visit.caller.actor), "after": visit.query.get("mine", "")}
    mine = await visit.ask(_LIST, query={**taken, "summaries": True})
    names = await names_of(visit, (each.customer for each in (*waiting.handovers, *mine.handovers)))
    tabs = [(f"{visit.words.text('All queues')} {sum(each.waiting for each in queues)}", DESK, not queue)]
    tabs += [
        (f"{each.queue} {each.waiting}", f"{DESK}?queue={quote(each.queue)}", each.queue == queue) for each in queues
    ]
    older = f"{DESK}?{urlencode({'queue': queue, 'after': waiting.next})}" if waiting.next else ""
    model = {
        "queues": queues,
        "tabs": tabs,
        "waiting": [_row(visit, each, names) for each in waiting.handovers],
        "mine": [_row(visit, each, names) for each in mine.handovers],
        "further": f"{DESK}?{urlencode({'queue': queue, 'mine': mine.next})}" if mine.next else "",
        "first": DESK if taken["after"] else "",
        "older": older,
        "newer": DESK if after else "",
    }
    return Shown("handovers", model)


def _row(visit: Visit, view: HandoverView, names: Mapping[str, str]) -> Waiting:
    return Waiting(view, names[view.customer], f"{DESK}/{quote(view.handover, safe='')}", tone_of(visit, view.due))


async def _handover(visit: Visit) -> Answer:
    return await _shown(visit, _NOTHING)


async def _shown(visit: Visit, again: Mapping[str, Any], status: int = 200) -> Answer:
    """Show a handover with its packet; `again` has what was typed before, and what was wrong with it."""
    name = visit.path["handover"]
    state: HandoverState = await visit.ask(_GET, path={"handover": name})
    typed, whom = again["sent"], state.handover.customer
    known = packet_view(state, (await names_of(visit, [whom]))[whom])
    mine = state.handover.by == str(visit.caller.actor)
    model: dict[str, Any] = {**again, "shown": known, "handover": state.handover, "mine": mine}
    model |= {"address": f"{DESK}/{quote(name, safe='')}", "tone": tone_of(visit, state.handover.due)}
    kept = {each: visit.query[each] for each in ("proposed", "choice", "said") if each in visit.query}
    live = f"{model['address']}?{urlencode(kept)}&live" if kept else f"{model['address']}?live"
    model |= {"proposed": await proposed(visit), "name": name, "live": live}
    model |= await _said(visit, state, model["address"])
    model["speakers"] = SPEAKERS
    if "live" not in visit.query:
        acting = mine and state.handover.status == "accepted" and visit.may(PROPOSE)
        model |= {"acting": acting, "actions": await actions_of(visit) if acting else []}
        model |= {"sets": await _sets(visit) if acting else [], "choice": await _choice(visit)}
        arguments = _suggested(visit, known.steps) if not typed else {}
        wanted = visit.query.get("act") or typed.get("wanted", "")
        model["draft"] = await draft_of(visit, wanted, arguments, dict(typed)) if acting and wanted else None
    return Shown("handover", model, title=known.title, status=status)


async def _said(visit: Visit, state: HandoverState, address: str) -> dict[str, Any]:
    """Return what was said last in the conversation, or before a position, with the ways to what was before and after."""
    text = visit.query.get("said", "")
    before = text if text.isascii() and text.isdecimal() and 0 < len(text) < len(str(2**62)) else ""
    told = await _timeline(visit, state, before)
    said: list[Turn] = turns(told.steps) if told is not None else []
    earlier = f"{address}?{urlencode({'said': told.next})}#said-title" if told is not None and told.next else ""
    return {"turns": said, "earlier": earlier, "latest": f"{address}#said-title" if before else ""}


async def _timeline(visit: Visit, state: HandoverState, before: str) -> Any:
    """Return what was said, for those who may read what happened; None for others."""
    view = state.handover
    if not view.conversation:
        return None
    query = {"conversation": view.conversation, "kind": "signals", "limit": _MOST_TURNS, "before": before}
    try:
        return await visit.ask_if_allowed(_TIMELINE, path={"customer": view.customer}, query=query)
    except Elsewhere as elsewhere:
        return await visit.ask(_TIMELINE, path={"customer": elsewhere.customer}, query=query)
    except ProblemError:
        return None


def _suggested(visit: Visit, steps: list[Any]) -> dict[str, Any]:
    """Return the arguments of the suggested step that a form is to be filled with."""
    step = visit.query.get("step", "")
    found: dict[str, Any] = next((each.arguments for each in steps if str(each.number) == step), {})
    return found


async def _sets(visit: Visit) -> list[Any]:
    """Return the decision sets that this person may ask what to do next."""
    if not visit.may(_CHOOSE):
        return []
    try:
        found = await visit.ask_if_allowed("GET /v1/decision-sets")
    except ProblemError:
        return []
    granted = set(visit.caller.principal.decisions)
    return [each for each in (found.decision_sets if found is not None else ()) if granted & {"*", each.name}]


async def _choice(visit: Visit) -> dict[str, Any] | None:
    """Return what a decision set answered just before."""
    name = visit.query.get("choice", "")
    if not name:
        return None
    try:
        told = await visit.ask_if_allowed("GET /v1/decisions/{decision}", path={"decision": name})
    except ProblemError:
        return None
    if told is None or "candidates" not in told:
        return None
    ranked = [each for each in told["candidates"] if each["fell"] in {"", "outranked"}]
    fallen = [each for each in told["candidates"] if each["fell"] not in {"", "outranked"}]
    return {"decision": name, "set": told["decision_set"], "ranked": ranked, "fallen": len(fallen)}


def _back(visit: Visit, **query: str) -> str:
    asked = f"?{urlencode(query)}" if query else ""
    return f"{DESK}/{quote(visit.path['handover'], safe='')}{asked}"


async def _accept(visit: Visit) -> Answer:
    """Take a handover; whoever comes second is told who has it."""
    return await _done(visit, _ACCEPT, None, visit.words.text("It is yours: the conversation waits for you."))


async def _decline(visit: Visit) -> Answer:
    """Pass a handover by, or give it back to its queue."""
    reason = visit.field("reason")
    if not reason:
        fault = ProblemError("parameter-invalid", "declining needs a reason", "say why: whoever comes next reads it")
        return await _again(visit, fault)
    return await _done(visit, _DECLINE, {"reason": reason}, visit.words.text("Declined: somebody else is asked."), DESK)


async def _hand_back(visit: Visit) -> Answer:
    """Hand the conversation back with what came of it."""
    try:
        facts = _learned(visit.field("facts"))
    except ProblemError as fault:
        return await _again(visit, fault)
    body = {
        "outcome": visit.field("outcome"),
        "continues": visit.field("continues"),
        "notes": visit.field("notes"),
        "facts": facts,
    }
    return await _done(visit, _RETURN, body, visit.words.text("Handed back."), DESK)


async def _done(visit: Visit, operation: str, body: Any, notice: str, to: str = "") -> Answer:
    try:
        await visit.ask(operation, path={"handover": visit.path["handover"]}, body=body)
    except ProblemError as problem:
        return await _again(visit, problem)
    return Moved(to or _back(visit), notice)


async def _again(visit: Visit, problem: ProblemError) -> Answer:
    """Show the handover again, with what is wrong beside what was typed."""
    return await _shown(visit, {"problem": problem.document(), "sent": sent(visit)}, problem.status)


def _learned(text: str) -> dict[str, Any]:
    """Return what was learned, written as one `name: value` a line; raises ProblemError."""
    facts: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not (colon and name.strip() and value.strip()):
            cause = f"{line[:60]!r} is no fact"
            raise ProblemError("parameter-invalid", cause, "write one `name: value` a line, such as plan: Large")
        facts[name.strip()] = _value(value.strip())
    return facts


def _value(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, bool | int | float | str) else text


async def _propose(visit: Visit) -> Answer:
    """Propose an action for the customer in this conversation; the arbiter judges it as anybody's."""
    try:
        state: HandoverState = await visit.ask(_GET, path={"handover": visit.path["handover"]})
        decision, notice, kind = await propose(visit, state.handover.customer, state.handover.conversation)
    except ProblemError as problem:
        return await _again(visit, problem)
    return Moved(_back(visit, proposed=decision), notice, kind)


async def _undo(visit: Visit) -> Answer:
    """Take back or undo what was done for the customer, as far as that is still possible."""
    try:
        state: HandoverState = await visit.ask(_GET, path={"handover": visit.path["handover"]})
    except ProblemError as problem:
        return await _again(visit, problem)
    notice, kind = await undo(visit, visit.field("invocation"), state.handover.conversation)
    return Moved(_back(visit, proposed=visit.field("proposed")), notice, kind)


async def _ask(visit: Visit) -> Answer:
    """Ask a decision set what to do next; it proposes nothing by itself."""
    name = visit.path["handover"]
    try:
        state: HandoverState = await visit.ask(_GET, path={"handover": name})
        body = {
            "decision_set": visit.field("decision_set"),
            "customer": state.handover.customer,
            "propose": False,
            "conversation": state.handover.conversation or None,
        }
        chosen = await visit.ask(_CHOOSE, body=body)
    except ProblemError as problem:
        return await _again(visit, problem)
    return Moved(_back(visit, choice=chosen.decision))


PAGES = (
    Page(
        path="/handovers",
        title="Handovers",
        view=_desk,
        asks=("GET /v1/queues", _LIST),
        live=("queues", "waiting", "mine"),
        menu="Work/handovers",
        keys="g h",
    ),
    Page(
        path="/handovers/{handover}",
        title="Handover",
        view=_handover,
        asks=(_GET,),
        live=("standing", "proposed", "chat"),
    ),
)

_ONE = "/handovers/{handover}"

ACTS = (
    Act(path=f"{_ONE}/acceptance", view=_accept, asks=(_GET, _ACCEPT)),
    Act(path=f"{_ONE}/decline", view=_decline, asks=(_GET, _DECLINE)),
    Act(path=f"{_ONE}/return", view=_hand_back, asks=(_GET, _RETURN)),
    Act(path=f"{_ONE}/proposals", view=_propose, asks=(_GET, PROPOSE)),
    Act(path=f"{_ONE}/undo", view=_undo, asks=(_GET, PROPOSE)),
    Act(path=f"{_ONE}/choices", view=_ask, asks=(_GET, _CHOOSE)),
)
