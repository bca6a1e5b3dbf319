"""Holds: what a request waits for that the client's user can give, asked in the result and answered by a retry."""

from collections.abc import Mapping
from typing import Any

from mcp_types.jsonrpc import INVALID_PARAMS

from xop.engine.engine import Performed
from xop.faces.mcp import tasks, verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.proposing import Asked
from xop.faces.mcp.requests import Request, find, stand
from xop.faces.mcp.seal import LIFETIME, Kind, State, digest, kind_of
from xop.faces.mcp.wire import RpcError, object_of
from xop.kernel.decisions.model import Decision

_PATIENCE = 15.0
"""Seconds for which a retry waits for its user to come through."""

PURPOSE_NOT_ALLOWED = "xop.purpose_not_allowed"


def sealed(call: Call, kind: Kind, asked: Asked, content: dict[str, Any]) -> str:
    """Return a state that only this principal can bring back, once, with the same request, and not for long."""
    until = call.desk.now + LIFETIME
    return call.desk.seal.close(
        State(kind, call.desk.fresh("round"), until, str(call.actor), _bound(call, asked), content)
    )


def opened(call: Call, asked: Asked) -> State | None:
    """Return the state that a request brings back, None when it brings none; raises RpcError for one that is not its own."""
    given = call.params.get("requestState")
    if given is None:
        return None
    state = kind_of(call.desk.seal, given, call.desk.now) if isinstance(given, str) else None
    if state is None or state.actor != str(call.actor) or state.bound != _bound(call, asked):
        raise RpcError(INVALID_PARAMS, "Invalid or expired requestState", {"reason": "invalid_request_state"})
    return state


def _bound(call: Call, asked: Asked) -> str:
    subject = asked.subject
    return digest(call.method, asked.compiled.action.name, asked.arguments, str(subject.target), subject.conversation)


def allowed_purposes(call: Call, asked: Asked) -> list[str]:
    """Return the purposes of an action that its agent may pursue."""
    action, own = asked.compiled.action, call.caller.principal.purposes
    return [name for name in (action.purpose, *action.other_purposes) if not own or name in own]


def lacks_purpose(call: Call, asked: Asked, decision: Decision) -> bool:
    """Say whether a refusal only means that none of the purposes was named that the agent may pursue."""
    refused = decision.verdict == "deny" and decision.code == PURPOSE_NOT_ALLOWED
    return refused and asked.purpose is None and bool(allowed_purposes(call, asked))


def ask_purpose(call: Call, asked: Asked, decision: Decision) -> dict[str, Any]:
    """Return the question for the purpose, or how to name it for a client that cannot ask."""
    allowed = allowed_purposes(call, asked)
    if not call.elicits("form"):
        told = verdicts.denied(decision)
        text = f"Name why this is done: send `_meta` io.xop/purpose as one of {', '.join(allowed)}."
        return {**told, "content": [*told["content"], {"type": "text", "text": text}]}
    schema = {
        "type": "object",
        "properties": {"purpose": {"type": "string", "title": "Purpose", "enum": allowed}},
        "required": ["purpose"],
    }
    message = f"Why is {asked.compiled.action.name} asked for?"
    params = {"mode": "form", "message": message, "requestedSchema": schema}
    state = sealed(call, "purpose", asked, {"decision": decision.id})
    return _input_required({"purpose": {"method": "elicitation/create", "params": params}}, state, decision)


def chosen_purpose(call: Call, asked: Asked) -> str | None:
    """Return the purpose that the user chose; None for no answer, empty when they would not; raises RpcError."""
    answer = object_of(call.params, "inputResponses").get("purpose")
    if not isinstance(answer, Mapping):
        return None
    if answer.get("action") != "accept":
        return ""
    content = answer.get("content")
    purpose = content.get("purpose") if isinstance(content, Mapping) else None
    if purpose not in allowed_purposes(call, asked):
        raise RpcError(INVALID_PARAMS, "the purpose is none of those that were offered")
    return str(purpose)


def hold(call: Call, asked: Asked, performed: Performed, decision: Decision) -> dict[str, Any]:
    """Return what a held request answers: a question for the user, a task, or guidance."""
    entry = performed.answer.entry
    origin = entry.origin if entry is not None else ""
    link = call.desk.step_up_link(decision, origin, asked.subject.conversation, call.base)
    if link and call.elicits("url"):
        return ask_verification(call, asked, decision, link)
    if call.has_tasks:
        return tasks.created(decision)
    told = verdicts.held(decision, link)
    if decision.until == "verification" and asked.subject.conversation is None and call.desk.step_up is not None:
        text = "To be given a link for the customer, ask again in a conversation: name it as `conversation`."
        return {**told, "content": [*told["content"], {"type": "text", "text": text}]}
    return told


def ask_verification(call: Call, asked: Asked, decision: Decision, link: str) -> dict[str, Any]:
    """Return the question to confirm who the customer is, on a page of our own: no secret passes through the agent."""
    message = "Please confirm who you are, so that this can go on."
    params = {"mode": "url", "message": message, "url": link}
    state = sealed(call, "verification", asked, {"decision": decision.id})
    return _input_required({"verification": {"method": "elicitation/create", "params": params}}, state, decision)


async def go_on(call: Call, asked: Asked, state: State) -> dict[str, Any]:
    """Return what became of a request that waited for its user; a state used twice reads the same outcome twice."""
    request = await find(call.desk, call.actor, str(state.content.get("decision", "")))
    if request is None:
        raise RpcError(INVALID_PARAMS, "Invalid or expired requestState", {"reason": "invalid_request_state"})
    answer = object_of(call.params, "inputResponses").get("verification")
    willing = isinstance(answer, Mapping) and answer.get("action") == "accept"
    standing = await stand(call.desk, request, _PATIENCE if willing else 0.0)
    if standing.status not in {"held", "working"}:
        return tasks.outcome(call, request, standing)
    held = standing.invocation
    if held is None or held.until != "verification":
        return tasks.created(request.decision) if call.has_tasks else verdicts.held(request.decision)
    return _ask_again(call, asked, request, refused=isinstance(answer, Mapping) and not willing)


def _ask_again(call: Call, asked: Asked, request: Request, *, refused: bool) -> dict[str, Any]:
    link = call.desk.step_up_link(request.decision, request.origin, asked.subject.conversation, call.base)
    if refused or not link or not call.elicits("url"):
        return verdicts.held(request.decision, link)
    return ask_verification(call, asked, request.decision, link)


def _input_required(requests: dict[str, Any], state: str, decision: Decision) -> dict[str, Any]:
    told = {"resultType": "input_required", "inputRequests": requests, "requestState": state}
    link = next((each["params"].get("url", "") for each in requests.values()), "")
    more = verdicts.authorization(decision.code, decision.id, verdicts.hints(decision, link))
    return verdicts.marked(told, decision.id, more)
