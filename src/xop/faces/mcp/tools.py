"""Tools: the actions an agent sees, and the calls by which it proposes them."""

from typing import Any

from mcp.shared.inbound import validate_mcp_param_headers
from mcp_types.jsonrpc import INVALID_PARAMS
from msgspec.structs import replace

from xop.engine.engine import Performed
from xop.faces.http.reach import CAUSE, REMEDY, note_attempt
from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.catalogue import STATUS, Tool, hands_over
from xop.faces.mcp.handing_over import hand_over
from xop.faces.mcp.handover_form import HAND_OVER
from xop.faces.mcp.holds import ask_purpose, chosen_purpose, go_on, hold, lacks_purpose, opened
from xop.faces.mcp.proposing import Asked, named_key, named_purpose, out_of_reach, perform
from xop.faces.mcp.requests import find
from xop.faces.mcp.seal import State
from xop.faces.mcp.status import tell_status
from xop.faces.mcp.subject import names_customer, subject
from xop.faces.mcp.upstream import asks, error_of, relay_question
from xop.faces.mcp.wire import RpcError, object_of, text_of
from xop.kernel.commands import Evaluation

_FRESH = 30_000
"""Milliseconds for which a client may keep a list."""

_PARAM_PREFIX = b"mcp-param-"


async def list_tools(call: Call) -> dict[str, Any]:
    """Answer `tools/list`: what was granted to the caller, in order of name, for nobody else's cache."""
    listed = call.desk.catalogue.listing(call.release, call.caller, named=names_customer(call))
    return {"tools": listed, "ttlMs": _FRESH, "cacheScope": "private"}


async def call_tool(call: Call) -> dict[str, Any]:
    """Answer `tools/call`: propose the action and tell what came of it."""
    name = text_of(call.params, "name")
    arguments = object_of(call.params, "arguments")
    if name == STATUS:
        return await tell_status(call, arguments)
    if name == HAND_OVER and hands_over(call.release, call.caller):
        return await hand_over(call, arguments)
    tool = call.desk.catalogue.tool(call.release, call.caller.principal, name)
    if tool is None:
        await _note_attempt(call, name, arguments)
        raise RpcError(INVALID_PARAMS, f"Unknown tool: {verdicts.sanitized(name)[:100]}")
    _check_mirrors(call, tool, arguments)
    try:
        about = subject(call, arguments, tool.properties)
    except RpcError as error:
        return verdicts.error(error.message)
    misfit = tool.compiled.misfit(arguments)
    if misfit is not None:
        return verdicts.error(f"The arguments do not fit: {misfit}")
    asked = Asked(tool.compiled, arguments, about, named_purpose(call), named_key(call))
    state = opened(call, asked)
    return await (_propose(call, tool, asked) if state is None else _resume(call, tool, asked, state))


async def _note_attempt(call: Call, action: str, arguments: dict[str, Any]) -> None:
    """Have the ledger tell who asked for what was not granted; a call that names nobody leaves no trace."""
    given = dict(arguments)
    try:
        about = subject(call, given, {})
    except RpcError:
        return
    actor = call.actor
    name = f"evaluation:{actor.kind}:{actor.id}:{call.desk.fresh('call')}"
    attempt = Evaluation(name, actor, action, given, named_purpose(call), about.conversation)
    await note_attempt(call.desk.engine, attempt, about.target)


async def _propose(call: Call, tool: Tool, asked: Asked) -> dict[str, Any]:
    responses = call.params.get("inputResponses")
    if responses is not None:
        call.line.along.setdefault("inputResponses", responses)
    performed = await perform(call, asked)
    if await out_of_reach(call, asked, performed):
        return verdicts.error(f"{CAUSE[:1].upper()}{CAUSE[1:]}: {REMEDY}.")
    return _answer(call, tool, asked, performed)


async def _resume(call: Call, tool: Tool, asked: Asked, state: State) -> dict[str, Any]:
    """Go on with a request; what its state names is done once, however often it is brought back."""
    if state.kind == "verification":
        return await go_on(call, asked, state)
    again = replace(asked, key=state.nonce, answers=True)
    if state.kind == "upstream":
        call.line.along["requestState"] = state.content.get("state")
        return await _propose(call, tool, again)
    purpose = chosen_purpose(call, asked)
    if purpose:
        return await _propose(call, tool, replace(again, purpose=purpose))
    request = await find(call.desk, call.actor, str(state.content.get("decision", "")))
    if request is None:
        raise RpcError(INVALID_PARAMS, "Invalid or expired requestState", {"reason": "invalid_request_state"})
    return ask_purpose(call, asked, request.decision) if purpose is None else verdicts.denied(request.decision)


def _answer(call: Call, tool: Tool, asked: Asked, performed: Performed) -> dict[str, Any]:
    answer = performed.answer
    if answer.refusal is not None:
        return verdicts.refused(answer.refusal)
    decision = answer.decision
    if decision is None:
        return verdicts.error("The request was taken without a verdict. Do not repeat it.")
    if decision.shadow:
        return verdicts.observed(decision)
    if decision.verdict == "deny":
        return ask_purpose(call, asked, decision) if lacks_purpose(call, asked, decision) else verdicts.denied(decision)
    if decision.verdict == "hold":
        return hold(call, asked, performed, decision)
    given = call.line.given
    if given is not None and asks(call, given):
        return relay_question(call, asked, given, decision.id)
    error = error_of(given, whole=tool.whole)
    if error is not None:
        raise error
    if performed.ending is None:
        return verdicts.pending(decision.id)
    return verdicts.ended(performed.ending, decision.id, whole=tool.whole, given=given)


def _check_mirrors(call: Call, tool: Tool, arguments: dict[str, Any]) -> None:
    """Arguments repeated in headers must be the same there, or somebody in between was told something else."""
    if call.era == "legacy" or not (tool.mirrored or any(name.startswith(_PARAM_PREFIX) for name in call.headers)):
        return
    told = {name.decode("latin-1"): value.decode("latin-1").strip() for name, value in call.headers.items()}
    wrong = validate_mcp_param_headers(tool.compiled.action.input, arguments, told)
    if wrong is not None:
        raise RpcError(wrong.code, wrong.message, wrong.data)
