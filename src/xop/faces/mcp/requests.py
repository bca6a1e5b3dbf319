"""Requests: what an agent asked for earlier, and what has become of it, read from the ledger."""

from typing import Literal

from msgspec import Struct

from xop.faces.mcp.desk import Desk
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import Actor
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import (
    Fact,
    InvocationCancelled,
    InvocationDone,
    InvocationFailed,
    InvocationUncertain,
)

Status = Literal["held", "working", "done", "failed", "uncertain", "stopped", "denied"]

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
    while True:
        ending = await desk.engine.ended(name, request.origin, request.position, seconds)
        if not isinstance(ending, InvocationCancelled) or not ending.successor:
            break
        name = ending.successor
    if ending is not None:
        return Standing(_ENDINGS.get(type(ending), "stopped"), ending)
    customer = await desk.engine.customer(request.origin)
    invocation = customer.view.invocations.get(name) if customer is not None else None
    held = invocation is not None and invocation.status == "held"
    return Standing("held" if held else "working", None, invocation)
