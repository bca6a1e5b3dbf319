"""The quarantine: what the other side of a connection offers otherwise than a person accepted."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from xop.faces.http.operation import Call
from xop.faces.http.problems import ProblemError
from xop.kernel.actions.model import Action, Connection
from xop.kernel.actions.operations import Operations, PinnedConnection
from xop.kernel.base.times import iso
from xop.ports.catalogue import CatalogueError, Offered
from xop.workspace.acceptance import Difference, accept, changed_lines, diff_lines, differences, hidden
from xop.workspace.operations import FOLDER, KINDS, operations_text

_FIELDS: Mapping[str, str] = {"tools": "tool", "resources": "resource", "templates": "resource", "prompts": "prompt"}
"""How the request of an action's binding names an operation of each kind."""

_SAID = 1_000
"""Characters of what the other side says about an operation."""


class PinnedOperation(Struct, frozen=True):
    """One operation that a person accepted."""

    kind: str
    name: str
    sha256: str
    """Of its definition as canonical JSON."""
    says: str
    """What the other side says about it, which nobody believes and no agent is told."""
    actions: list[str]
    """The actions bound to it."""


class Quarantined(Struct, frozen=True):
    """One operation that is not as it was accepted."""

    kind: str
    name: str
    change: Literal["new", "changed", "gone"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    lines: list[str]
    """What it says otherwise, as a unified diff."""
    concealed: bool
    """Whether it holds characters that cannot be seen."""
    refused: str
    """Why nobody may accept it; empty when a person may."""
    actions: list[str]
    """The actions bound to it: calls of them fail without leaving, unless it is new."""


class Acceptance(Struct, frozen=True):
    """How a person takes over what differs."""

    file: str
    """The file of the workspace that would change."""
    lines: list[str]
    """What would change of it, as a unified diff."""
    commands: list[str]
    """What to run in the workspace's folder."""
    why: str


class Quarantine(Struct, frozen=True):
    """What a connection's other side offers, held against what was accepted."""

    connection: str
    adapter: str
    looked: str | None
    """When it was looked at last; null for never since the server began."""
    fault: str
    """Why it could not be looked at since."""
    pinned: list[PinnedOperation]
    differences: list[Quarantined]
    acceptance: Acceptance | None
    """Null when nothing differs that may be accepted."""


async def quarantine(call: Call, connection: Connection, *, fresh: bool) -> Quarantine:
    """Return what a connection offers otherwise than accepted; raises ProblemError (409, 502)."""
    known = call.platform.engine.connections
    if not known.has_catalogue(connection):
        cause = f"the connection {connection.name!r} is of the kind {connection.adapter!r}, which has no operations"
        raise ProblemError("operations-none", cause)
    now, age, fault = call.platform.runtime.clock.now(), 0.0, ""
    offered = await _asked(call, connection) if fresh else None
    if offered is None and (seen := known.seen(connection)) is not None:
        offered, age, fault = (seen.offered or None), seen.age, seen.fault
    found = differences(_accepted(connection), offered) if offered is not None else []
    return Quarantine(
        connection=connection.name,
        adapter=connection.adapter,
        looked=iso(round(now - age * 1000)) if offered is not None else None,
        fault=fault,
        pinned=[_pinned(call, connection, *each) for each in pinned_operations(connection)],
        differences=[_told(call, connection, each) for each in found],
        acceptance=_acceptance(connection, [each for each in found if not _refused(call, connection, each)]),
    )


def stopped(call: Call, connection: Connection) -> list[str]:
    """Return the names of accepted operations that are in quarantine, as far as anybody looked."""
    accepted = _accepted(connection)
    seen = call.platform.engine.connections.seen(connection) if accepted is not None else None
    if accepted is None or seen is None or not seen.offered:
        return []
    return [each.name for each in differences(accepted, seen.offered) if each.change != "new"]


def pinned_operations(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of every operation of a connection that was accepted."""
    accepted = _accepted(connection)
    for kind in KINDS if accepted is not None else ():
        for name in getattr(accepted, kind):
            yield kind, name


def _accepted(connection: Connection) -> Operations | None:
    return connection.operations if isinstance(connection, PinnedConnection) else None


async def _asked(call: Call, connection: Connection) -> Offered | None:
    try:
        return await call.platform.engine.connections.offered(connection)
    except CatalogueError as error:
        cause = f"the connection {connection.name!r} cannot be asked: {error}"
        raise ProblemError("upstream-unreachable", cause) from error


def _pinned(call: Call, connection: Connection, kind: str, name: str) -> PinnedOperation:
    held = getattr(_accepted(connection), kind)[name]
    said = held.definition.get("description") or held.definition.get("title") or ""
    return PinnedOperation(kind, name, held.sha256, str(said)[:_SAID], _bound(call, connection, kind, name))


def _told(call: Call, connection: Connection, one: Difference) -> Quarantined:
    return Quarantined(
        kind=one.kind,
        name=one.name,
        change=one.change,
        before=one.before,
        after=one.after,
        lines=changed_lines(one),
        concealed=hidden(one.after),
        refused=_refused(call, connection, one),
        actions=_bound(call, connection, one.kind, one.name),
    )


def _refused(call: Call, connection: Connection, one: Difference) -> str:
    return call.platform.engine.connections.unusable(connection, one.kind, one.after) if one.after is not None else ""


def _bound(call: Call, connection: Connection, kind: str, name: str) -> list[str]:
    """Return the actions whose request names an operation; all of a connection to an agent, which has but its card."""
    bound = [
        each.action
        for each in call.platform.engine.release.actions.values()
        if each.action.binding.connection == connection.name
    ]
    return sorted(each.name for each in bound if connection.adapter == "a2a" or _names(each, kind, name))


def _names(action: Action, kind: str, name: str) -> bool:
    return bool(action.binding.request.get(_FIELDS[kind]) == name)


def _acceptance(connection: Connection, taken: list[Difference]) -> Acceptance | None:
    if not taken:
        return None
    accepted, name = _accepted(connection), connection.name
    before = operations_text(accepted) if accepted is not None else ""
    first = "accept" if accepted is not None else "import"
    return Acceptance(
        file=f"{FOLDER}/{name}.yaml",
        lines=diff_lines(before, operations_text(accept(name, accepted, taken))),
        commands=[f"xop operations {first} {name}", "xop check .", "xop publish ."],
        why=(
            "The server has the published release, and not the folder it was made of. What is accepted is written into that "
            "folder, where it is reviewed and kept with its history; publishing makes it rule."
        ),
    )
