"""The status tool: what became of an agent's own earlier request, for clients that do not know tasks."""

from typing import Any

from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.requests import find, stand
from xop.faces.mcp.tasks import outcome
from xop.kernel.base.times import iso

_UNDECIDED = {"held": "It still waits.", "working": "It is under way."}


async def tell_status(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return how a request stands, or its result once it has ended; asking changes nothing."""
    name = arguments.get("request")
    request = await find(call.desk, call.actor, name) if isinstance(name, str) else None
    if request is None:
        return verdicts.error("There is no such request of yours. Give the id that the answer to your request named.")
    standing = await stand(call.desk, request)
    if standing.status not in _UNDECIDED:
        return outcome(call, request, standing)
    held = standing.invocation
    told: dict[str, Any] = {"request": request.decision.id, "status": standing.status}
    if held is not None and held.until:
        told |= {"until": held.until, "approvers": list(held.approvers), "expires": iso(held.expires_at)}
    note = f"{_UNDECIDED[standing.status]} {verdicts.reasons(request.decision)} Do not repeat it."
    content = [{"type": "text", "text": verdicts.sanitized(note)}]
    return verdicts.marked({"content": content, "structuredContent": told}, request.decision.id)
