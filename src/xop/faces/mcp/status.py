"""The status tool: what became of an agent's own earlier request or handover, for clients that do not know tasks."""

from typing import Any

from xop.engine import desk
from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.requests import Request, Standing, find, stand
from xop.faces.mcp.tasks import outcome
from xop.kernel.base.actor import Actor
from xop.kernel.base.times import iso
from xop.kernel.handovers.model import Handover

_UNDECIDED = {"held": "It still waits.", "working": "It is under way."}


async def tell_status(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return how a request or a handover stands, or its result once it has ended; asking changes nothing."""
    name = arguments.get("request")
    request = await find(call.desk, call.actor, name) if isinstance(name, str) else None
    if request is not None:
        standing = await stand(call.desk, request)
        ended = standing.status not in _UNDECIDED
        return outcome(call, request, standing) if ended else _undecided(request, standing)
    found = await desk.find(call.desk.engine, name) if isinstance(name, str) else None
    if found is None or found.handover.actor != call.actor:
        return verdicts.error("There is no such request of yours. Give the id that the answer to your request named.")
    return _handed_over(found.handover, call.actor)


def _undecided(request: Request, standing: Standing) -> dict[str, Any]:
    """Return that a request still waits or is under way."""
    held = standing.invocation
    told: dict[str, Any] = {"request": request.decision.id, "status": standing.status}
    if held is not None and held.until:
        told |= {"until": held.until, "approvers": list(held.approvers), "expires": iso(held.expires_at)}
    note = f"{_UNDECIDED[standing.status]} {verdicts.reasons(request.decision)} Do not repeat it."
    if standing.instead is not None:
        told["instead"] = standing.instead
        note = "Do not repeat it."
    content = [{"type": "text", "text": verdicts.sanitized(note)}]
    result = verdicts.marked({"content": content, "structuredContent": told}, request.decision.id)
    if standing.instead is None:
        return result
    return verdicts.replaced(result, standing.instead, standing.status)


def _handed_over(handover: Handover, actor: Actor) -> dict[str, Any]:
    """Return what has become of a conversation that an agent handed over."""
    told = {
        "handover": handover.id,
        "queue": handover.queue,
        "status": handover.status,
        "outcome": handover.outcome,
        "notes": handover.notes,
        "continues": handover.continues,
    }
    content = [{"type": "text", "text": verdicts.sanitized(_words(handover, actor))}]
    return {"content": content, "structuredContent": told}


def _words(handover: Handover, actor: Actor) -> str:
    match handover.status:
        case "waiting":
            return f"It waits in {handover.queue}: nobody has taken it yet. Do nothing in this conversation."
        case "accepted":
            return f"A person of {handover.queue} has taken it. Do nothing in this conversation."
        case "expired":
            return f"Nobody took it (outcome: {handover.outcome}). Tell the customer what was promised, or go on."
        case _:
            notes = f" Their notes: {handover.notes}" if handover.notes else ""
            return f"People handed it back (outcome: {handover.outcome}). {_next(handover, actor)}{notes}"


def _next(handover: Handover, actor: Actor) -> str:
    if handover.continues == "agent":
        return "You go on with the conversation." if handover.back == actor else "Another agent goes on with it."
    return "A journey goes on with it." if handover.continues == "journey" else "The person keeps the conversation."
