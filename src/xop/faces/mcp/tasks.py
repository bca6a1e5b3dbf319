"""Tasks: requests that take longer, as the tasks extension tells them; the ledger is all they are kept in."""

from typing import Any

from mcp_types.jsonrpc import INVALID_PARAMS

from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.requests import Request, Standing, find, stand
from xop.faces.mcp.wire import RpcError, text_of
from xop.kernel.base.times import iso
from xop.kernel.commands import Withdrawal
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import InvocationCancelled

_POLL = 2000
"""Milliseconds after which it is worth asking again."""

WITHDRAWN = "xop.withdrawn"
"""Why a request was stopped that its own agent took back."""


def created(decision: Decision) -> dict[str, Any]:
    """Return the result that says a request has become a task."""
    told = {"resultType": "task", **_task(decision, "working", _message(decision))}
    code = verdicts.authorization(decision.code, decision.id, verdicts.hints(decision)) if decision.code else None
    return verdicts.marked(told, decision.id, code)


async def get_task(call: Call) -> dict[str, Any]:
    """Answer `tasks/get`: how the request stands now."""
    request = await _own(call)
    return await detailed(call, request)


async def detailed(call: Call, request: Request) -> dict[str, Any]:
    """Return a request as the extension's task, with its result once it has one."""
    standing = await stand(call.desk, request)
    decision = request.decision
    match standing.status:
        case "held" | "working":
            message = _message(decision) if standing.status == "held" else "It is under way."
            if standing.instead is None:
                return _task(decision, "working", message)
            task = _task(decision, "working", verdicts.instead(standing.instead, standing.status))
            return verdicts.marked(task, "", {verdicts.INSTEAD: standing.instead})
        case "stopped" if isinstance(standing.ending, InvocationCancelled) and standing.ending.code == WITHDRAWN:
            return _task(decision, "cancelled", "It was taken back.")
        case _:
            return {**_task(decision, "completed", ""), "result": outcome(call, request, standing)}


async def update_task(call: Call) -> dict[str, Any]:
    """Answer `tasks/update`: our tasks ask their client for nothing, so whatever is sent is ignored."""
    await _own(call)
    return {}


async def cancel_task(call: Call) -> dict[str, Any]:
    """Answer `tasks/cancel`: a request that still waits is withdrawn."""
    request = await _own(call)
    invocation = request.decision.invocation
    await call.desk.engine.submit(Withdrawal(f"withdrawal:{invocation}", call.actor, invocation), request.origin)
    return {}


def outcome(call: Call, request: Request, standing: Standing) -> dict[str, Any]:
    """Return the result that an ended request would have had at once."""
    decision = request.decision
    if standing.ending is None:
        told = verdicts.denied(standing.ruling or decision)
    else:
        compiled = call.release.actions.get(decision.action)
        whole = compiled is not None and compiled.action.binding.request.get("result") == "whole"
        told = verdicts.ended(standing.ending, decision.id, whole=whole)
    if standing.instead is not None:
        told = verdicts.replaced(told, standing.instead, standing.status)
    return {"resultType": "complete", **told}


async def _own(call: Call) -> Request:
    """Return the request that a task id names, if it is the caller's own; raises RpcError."""
    call.require_tasks()
    request = await find(call.desk, call.actor, text_of(call.params, "taskId"))
    if request is None:
        raise RpcError(INVALID_PARAMS, "there is no such task of yours")
    return request


def _task(decision: Decision, status: str, message: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "taskId": decision.id,
        "status": status,
        "createdAt": iso(decision.at),
        "lastUpdatedAt": iso(decision.at),
        "ttlMs": None,
        "pollIntervalMs": _POLL,
    }
    return {**told, "statusMessage": verdicts.sanitized(message)} if message else told


def _message(decision: Decision) -> str:
    return f"{verdicts.reasons(decision)} It waits and needs no repeating."
