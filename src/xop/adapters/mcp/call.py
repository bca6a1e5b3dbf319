"""A call: one request of MCP on its way to a server."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from xop.adapters.mcp.message import Answer
from xop.adapters.mcp.trip import Trip
from xop.ports.line import Line


@dataclass(frozen=True, slots=True)
class Call:
    """A method with its parameters, and who waits for the answer."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    line: Line | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of this call alone."""
    trip: Trip = field(default_factory=Trip)
    checked: bool = False
    """Whether it may only go where the definitions have been looked at, and not into a session that replaces a lost one."""


class Caller(Protocol):
    """Calls one server, in whichever revision it speaks."""

    async def call(self, call: Call) -> Answer:
        """Return what the server answers; raises UnsentError, UnsureError or MissingSecretError."""
        ...

    async def capabilities(self) -> Collection[str]:
        """Return the names of what the server says it can do; raises as `call` does."""
        ...

    async def close(self) -> None:
        """Let go of the server."""
        ...
