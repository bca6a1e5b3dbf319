"""Connections: how each outside system is doing, what is on its way there, and what it offers otherwise than accepted."""

from collections.abc import Mapping

from msgspec import Struct

from xop.engine.gate import Gate, Trouble
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.halts import HaltView, halt_view
from xop.faces.http.routes.quarantine import Quarantine, pinned_operations, quarantine, stopped
from xop.kernel.actions.model import Connection
from xop.kernel.base.times import iso
from xop.kernel.halts.model import EVERYTHING
from xop.ports.outbox import OPEN, Load

CONNECTION = "A connection of connections.yaml."


class OperationQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether to ask the other side first."""

    fresh: bool = False
    """Ask it now; otherwise what it offered when it was looked at last is told."""


class TroubleView(Struct, frozen=True):
    """What was wrong with the last request that did not go well."""

    at: str
    action: str
    detail: str


class ConnectionView(Struct, frozen=True):
    """One outside system, and how it is doing."""

    connection: str
    adapter: str
    """What reaches it."""
    description: str
    agent: str
    """The agent of this workspace that it leads to; empty for none."""
    halted: HaltView | None
    circuit: str
    """`closed`, `open` after too many failures in a row, or `unused` since the server began."""
    open_until: str | None
    """Until when nothing is sent; null while something may be."""
    failures: int
    """In a row."""
    failures_most: int
    """That many open the circuit."""
    rate: float | None
    """Most requests a second; null for no limit."""
    concurrency: int
    """Most requests at once."""
    flying: int
    """Requests on their way now."""
    served: str | None
    """When a request was carried out last, since the server began."""
    trouble: TroubleView | None
    """The last one since the server began."""
    waiting: dict[str, int]
    """Requests that are not over, by `pending`, `sending`, `failed` and `uncertain`."""
    oldest: str | None
    """Since when the first of those waits that is still to be sent."""
    actions: list[str]
    """The actions it carries out."""
    pinned: int
    """Operations of the other side that a person accepted."""
    quarantined: list[str]
    """Those that differ from what was accepted, as far as anybody looked: calls to them fail without leaving."""


class ConnectionList(Struct, frozen=True):
    """Every connection of the release that rules."""

    connections: list[ConnectionView]


async def _list(call: Call) -> Reply:
    loads = await call.platform.runtime.outbox.loads()
    known = call.platform.engine.release.connections.values()
    return Reply(
        ConnectionList([_view(call, each, [it for it in loads if it.connection == each.name]) for each in known])
    )


async def _show(call: Call) -> Reply:
    connection = _named(call)
    loads = await call.platform.runtime.outbox.loads()
    return Reply(_view(call, connection, [each for each in loads if each.connection == connection.name]))


async def _operations(call: Call) -> Reply:
    return Reply(await quarantine(call, _named(call), fresh=call.query.fresh))


def _named(call: Call) -> Connection:
    name = call.path["connection"]
    found = call.platform.engine.release.connections.get(name)
    if found is None:
        raise ProblemError("connection-unknown", f"there is no connection {name[:64]!r}")
    return found


def _view(call: Call, connection: Connection, loads: list[Load]) -> ConnectionView:
    engine, name = call.platform.engine, connection.name
    gate, now = engine.gate(name), call.platform.runtime.clock.now()
    halt = engine.halted.get(f"connection:{name}") or engine.halted.get(EVERYTHING)
    waiting: Mapping[str, int] = {each.state: each.requests for each in loads}
    pending = [each.oldest for each in loads if each.state == "pending"]
    return ConnectionView(
        connection=name,
        adapter=connection.adapter,
        description=connection.description,
        agent=connection.agent,
        halted=halt_view(halt) if halt is not None else None,
        circuit=gate.state if gate is not None else "unused",
        open_until=iso(gate.open_until) if gate is not None and gate.open_until > now else None,
        failures=gate.failures if gate is not None else 0,
        failures_most=connection.breaker_failures,
        rate=connection.rate,
        concurrency=connection.concurrency,
        flying=gate.flying if gate is not None else 0,
        served=iso(gate.served) if gate is not None and gate.served else None,
        trouble=_trouble(gate),
        waiting={state: waiting.get(state, 0) for state in OPEN},
        oldest=iso(min(pending)) if pending else None,
        actions=sorted(
            each.action.name for each in engine.release.actions.values() if each.action.binding.connection == name
        ),
        pinned=len(list(pinned_operations(connection))),
        quarantined=stopped(call, connection),
    )


def _trouble(gate: Gate | None) -> TroubleView | None:
    trouble: Trouble | None = gate.trouble if gate is not None else None
    return TroubleView(iso(trouble.at), trouble.action, trouble.detail) if trouble is not None else None


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/connections",
        summary="List connections",
        description="The health of each, its limits, what is on its way there, and what is in quarantine.",
        handler=_list,
        scope="outbox:read",
        answers=(Content(JSON, ConnectionList),),
    ),
    Operation(
        method="GET",
        path="/v1/connections/{connection}",
        summary="Look at one connection",
        handler=_show,
        scope="outbox:read",
        parameters={"connection": CONNECTION},
        answers=(Content(JSON, ConnectionView),),
        problems=("connection-unknown",),
    ),
    Operation(
        method="GET",
        path="/v1/connections/{connection}/operations",
        summary="Compare what a connection offers with what was accepted",
        description=(
            "Every accepted operation, and whatever differs from it: what it says otherwise, which actions that stops, and how "
            "to take it over. Only the workspace's own folder can take it over; publishing that makes it rule."
        ),
        handler=_operations,
        scope="outbox:read",
        parameters={"connection": CONNECTION},
        query=OperationQuery,
        answers=(Content(JSON, Quarantine),),
        problems=("connection-unknown", "operations-none", "upstream-unreachable"),
    ),
)
