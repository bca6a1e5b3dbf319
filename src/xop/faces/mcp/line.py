"""The line: what an upstream says while an agent waits, on its way to that agent."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from mcp_types import LOG_LEVEL_META_KEY

from xop.ports.line import Line

LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")

_MOST = 1000
"""Messages kept for a client that reads slowly; what comes beyond is dropped."""


class Waiting(Line, Protocol):
    """A line that keeps the whole answer of the other side."""

    along: dict[str, Any]
    given: dict[str, Any] | None


class ModernLine:
    """The line of a request that stands for itself: it may hear of progress, and cannot be asked."""

    def __init__(self, meta: Mapping[str, Any]) -> None:
        self.along: dict[str, Any] = {}
        self.given: dict[str, Any] | None = None
        for name, wish in (("progressToken", "progressToken"), ("logLevel", LOG_LEVEL_META_KEY)):
            if meta.get(wish) is not None:
                self.along[name] = meta[wish]
        self.told: asyncio.Queue[dict[str, Any] | None] | None = None
        """What is to be told, if the client asked to be told anything."""
        self._token = meta.get("progressToken")
        self._level = level_of(meta.get(LOG_LEVEL_META_KEY))
        if self._token is not None or self._level is not None:
            self.told = asyncio.Queue(_MOST)

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Pass on what the client asked to hear: progress under its own token, log messages from its level on."""
        if self.told is None or self.told.full():
            return
        heard = audible(method, params, self._token, self._level)
        if heard is not None:
            self.told.put_nowait({"jsonrpc": "2.0", "method": method, "params": heard})

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Answer nothing: on this wire questions travel in results."""
        del method, params
        return None

    def give(self, result: Mapping[str, Any]) -> None:
        """Keep the other side's whole answer."""
        self.given = dict(result)


def level_of(name: Any) -> int | None:
    """Return the rank of a log level; None for no level."""
    return LEVELS.index(name) if isinstance(name, str) and name in LEVELS else None


def audible(method: str, params: Mapping[str, Any], token: Any, level: int | None) -> dict[str, Any] | None:
    """Return what of a notification its client is to hear, or None when it is to hear nothing."""
    if method == "notifications/progress" and token is not None:
        return {**_bare(params), "progressToken": token}
    if method == "notifications/message" and level is not None:
        rank = level_of(params.get("level"))
        return _bare(params) if rank is not None and rank >= level else None
    return None


def _bare(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the other side writes into `_meta` speaks of its own connection."""
    return {name: value for name, value in params.items() if name != "_meta"}
