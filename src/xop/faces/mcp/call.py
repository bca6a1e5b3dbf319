"""A call: one request of an agent, whichever revision of the protocol it speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from xop.faces.http.keys import Caller
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.line import Waiting
from xop.faces.mcp.wire import TASKS, capability_missing
from xop.kernel.base.actor import Actor
from xop.kernel.release import Release

TRACE = ("traceparent", "tracestate", "baggage")
"""What of a request's `_meta` belongs to its trace (W3C)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its caller known and its envelope checked."""

    desk: Desk
    caller: Caller
    method: str
    params: Mapping[str, Any]
    meta: Mapping[str, Any]
    headers: Mapping[bytes, bytes]
    query: Mapping[str, str]
    capabilities: Mapping[str, Any]
    """What the client can do, as it declared."""
    era: Literal["modern", "legacy"]
    """Whether every request stands for itself, or belongs to a session that began with a handshake."""
    line: Waiting
    base: str
    """The address that the client reached us by, such as `https://xop.example`."""

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.caller.actor

    @property
    def release(self) -> Release:
        """The release that rules now."""
        return self.desk.release

    @property
    def trace(self) -> dict[str, Any]:
        """The trace that the request belongs to, as its `_meta` says, or else its headers."""
        found: dict[str, Any] = {}
        for name in TRACE:
            told = self.meta.get(name) or self.headers.get(name.encode(), b"").decode("latin-1")
            if isinstance(told, str) and told:
                found[name] = told
        return found

    def elicits(self, mode: Literal["form", "url"]) -> bool:
        """Say whether the client can put a question to its user, in a form or by a link; no modes at all means forms."""
        elicitation = self.capabilities.get("elicitation")
        if self.era == "legacy" or not isinstance(elicitation, Mapping):
            return False
        return mode in elicitation or (mode == "form" and "url" not in elicitation)

    @property
    def has_tasks(self) -> bool:
        """Whether the client knows tasks."""
        extensions = self.capabilities.get("extensions")
        return self.era == "modern" and isinstance(extensions, Mapping) and TASKS in extensions

    def require_tasks(self) -> None:
        """Let only clients pass that know tasks; raises RpcError."""
        if not self.has_tasks:
            raise capability_missing({"extensions": {TASKS: {}}})
