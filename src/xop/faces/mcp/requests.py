"""Requests: what an agent asked for earlier, and what has become of it, read from the ledger."""

from typing import Any, Literal

from msgspec import Struct

from xop.faces.mcp.desk import Desk
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Approval
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import (
    Fact,
    InvocationCancelled,
    InvocationDone,
    InvocationFailed,
    InvocationUncertain,
)

Status = Literal["held", "working", "done", "failed", "uncertain", "stopped", "denied"]

_PAGE = 256

_ENDINGS: dict[type[Fact], Status] = {
    InvocationDone: "done",
    InvocationFailed: "failed",
    InvocationUncertain: "uncertain",
    InvocationCancelled: "stopped",
}


class Request(Struct, frozen=True):
    """A proposal that was ruled on; its decision's id is its name."""

    decision: Decision
    origin: str
    """The part of the customer it is about."""
    position: int


class Standing(Struct, frozen=True):
    """How a request stands."""

    status: Status
    ending: Fact | None = None
    invocation: Invocation | None = None
    """The invocation, as long as it needs something."""
    instead: dict[str, Any] | None = None
    """The arguments that a person approved in place of those that were asked."""
    ruling: Decision | None = None
    """The refusal of what a person approved instead."""


async def find(desk: Desk, actor: Actor, name: str) -> Request | None:
    """Return a request that an agent itself made, or None; raises StorageError."""
    stored = await desk.platform.runtime.ledger.decided(name)
    decision = stored.entry.decision if stored is not None else None
    if stored is None or decision is None or decision.actor != actor or not decision.invocation:
        return None
    return Request(decision, stored.entry.origin, stored.position)


async def stand(desk: Desk, request: Request, seconds: float = 0.0) -> Standing:
    """Return how a request stands, after at most some seconds if it is under way; raises StorageError.

    Where a person put another invocation in its place, it stands as that one does.
    """
    if request.decision.verdict == "deny" or request.decision.shadow:
        return Standing("denied")
    name = request.decision.invocation
    instead: dict[str, Any] | None = None
    while True:
        ending = await desk.engine.ended(name, request.origin, request.position, seconds)
        if not isinstance(ending, InvocationCancelled) or not ending.successor:
            break
        instead, ruling = await _replacement(desk, request, name, ending.successor)
        if ruling is not None and ruling.verdict == "deny":
            return Standing("denied", instead=instead, ruling=ruling)
        name = ending.successor
    if ending is not None:
        return Standing(_ENDINGS.get(type(ending), "stopped"), ending, instead=instead)
    customer = await desk.engine.customer(request.origin)
    invocation = customer.view.invocations.get(name) if customer is not None else None
    held = invocation is not None and invocation.status == "held"
    return Standing("held" if held else "working", None, invocation, instead)


async def _replacement(
    desk: Desk, request: Request, name: str, successor: str
) -> tuple[dict[str, Any] | None, Decision | None]:
    """Return the arguments that a person put in place of an invocation's, and the first ruling on them if there is one."""
    ledger, after = desk.platform.runtime.ledger, request.position
    instead: dict[str, Any] | None = None
    while page := await ledger.page(after, _PAGE, [request.origin]):
        for stored in page:
            command, ruled = stored.entry.command, stored.entry.decision
            if isinstance(command, Approval) and command.invocation == name and command.arguments is not None:
                instead = command.arguments
            if ruled is not None and ruled.invocation == successor:
                return instead, ruled
        after = page[-1].position
    return instead, None
