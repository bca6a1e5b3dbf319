"""Definitions: what a server says it offers, listed page by page within bounds."""

from collections.abc import Collection, Mapping
from typing import Any

from mcp.shared.inbound import find_invalid_x_mcp_header, x_mcp_header_map
from msgspec import Struct

from xop.adapters.mcp.call import Call, Caller
from xop.adapters.mcp.failures import UnsentError

MOST_PAGES = 100
MOST_DEFINITIONS = 5_000
"""Definitions of one kind."""

_UNKNOWN_METHOD = -32601


class Kind(Struct, frozen=True):
    """How one kind of operation is listed."""

    method: str
    items: str
    """The result's field that holds them."""
    key: str
    """The field that names each."""
    capability: str
    """What a server that has any of them says it can do."""


KINDS: Mapping[str, Kind] = {
    "tools": Kind("tools/list", "tools", "name", "tools"),
    "resources": Kind("resources/list", "resources", "uri", "resources"),
    "templates": Kind("resources/templates/list", "resourceTemplates", "uriTemplate", "resources"),
    "prompts": Kind("prompts/list", "prompts", "name", "prompts"),
}
"""The kinds, by the section of an operations file."""

Listed = dict[str, dict[str, dict[str, Any]]]
"""By kind and name: the definition, word for word."""


class Listing(Struct, frozen=True):
    """What a server offers, and for how long it says so."""

    found: Listed
    fresh_for: int | None = None
    """Milliseconds; None where the server says nothing."""


async def listing(caller: Caller, kinds: Collection[str] = tuple(KINDS)) -> Listing:
    """Return what a server offers of some kinds; a kind that it does not know is empty."""
    found: Listed = {}
    times: list[int] = []
    for name in kinds:
        found[name] = await _listed(caller, KINDS[name], times)
    return Listing(found, min(times, default=None))


async def everything(caller: Caller) -> Listing:
    """Return all that a server offers, of the kinds that it says it has."""
    able = await caller.capabilities()
    return await listing(caller, [name for name, kind in KINDS.items() if kind.capability in able])


async def _listed(caller: Caller, kind: Kind, times: list[int]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    cursor: Any = None
    for _ in range(MOST_PAGES):
        answer = await caller.call(Call(kind.method, {} if cursor is None else {"cursor": cursor}))
        if answer.code == _UNKNOWN_METHOD:
            return {}
        if answer.result is None:
            raise UnsentError(f"{kind.method} was refused with {answer.code}", again=True)
        _take(answer.result.get(kind.items), kind, found)
        fresh = answer.result.get("ttlMs")
        if isinstance(fresh, int) and not isinstance(fresh, bool) and fresh >= 0:
            times.append(fresh)
        cursor = answer.result.get("nextCursor")
        if not isinstance(cursor, str):
            return found
    raise UnsentError(f"{kind.method} has more than {MOST_PAGES} pages", again=False)


def _take(items: Any, kind: Kind, found: dict[str, dict[str, Any]]) -> None:
    for item in items if isinstance(items, list) else []:
        name = item.get(kind.key) if isinstance(item, dict) else None
        if not isinstance(name, str) or name in found:
            # Of two definitions under one name nobody knows which one a call would meet.
            raise UnsentError(f"{kind.method} holds one without a name, or one name twice", again=False)
        found[name] = item
    if len(found) > MOST_DEFINITIONS:
        raise UnsentError(f"{kind.method} has more than {MOST_DEFINITIONS} definitions", again=False)


def mirrors(tools: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[tuple[str, ...], str]]:
    """Return which arguments of each tool are mirrored in headers, by the tools' definitions."""
    maps = {name: x_mcp_header_map(definition.get("inputSchema")) for name, definition in tools.items()}
    return {name: found for name, found in maps.items() if found}


def unusable(definition: Mapping[str, Any]) -> str | None:
    """Return why a tool's definition must not be used: headers that its schema asks for and nobody may send."""
    return find_invalid_x_mcp_header(definition.get("inputSchema"))
