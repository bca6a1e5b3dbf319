"""What goes back and forth beside a call: what its caller sends along, and what the server says meanwhile."""

from collections.abc import Mapping
from typing import Any

from xop.ports.line import Line

PROGRESS = "progressToken"
"""In `_meta`: the name under which progress is told."""

PREFIX = "io.modelcontextprotocol/"

_TRACE = ("traceparent", "tracestate")
_ANSWERS = ("inputResponses", "requestState")
_CAPABILITIES = ("elicitation", "sampling", "roots")
"""What a caller may be asked; nothing else it can do concerns the server."""

TOLD = ("notifications/progress", "notifications/message")
"""What a server may tell a caller."""


def along(line: Line | None) -> Mapping[str, Any]:
    """Return what a caller sends along, nothing when nobody waits."""
    return line.along if line is not None else {}


def answers(line: Line | None) -> dict[str, Any]:
    """Return the caller's answers to what the server asked before, as parameters of the call."""
    sent = along(line)
    return {name: sent[name] for name in _ANSWERS if sent.get(name) is not None}


def trace(line: Line | None) -> dict[str, Any]:
    """Return the caller's trace context; its baggage is its own and stays behind."""
    sent = along(line)
    return {name: sent[name] for name in _TRACE if isinstance(sent.get(name), str)}


def capabilities(line: Line | None) -> dict[str, Any]:
    """Return what the caller can be asked for; nobody to ask, nothing to ask for."""
    sent = along(line).get("clientCapabilities")
    return {name: sent[name] for name in _CAPABILITIES if name in sent} if isinstance(sent, Mapping) else {}


def wishes(line: Line | None, number: int) -> dict[str, Any]:
    """Return the `_meta` that asks for progress and log messages, when the caller wants them.

    The token is our own: two callers may have chosen the same.
    """
    sent = along(line)
    level = sent.get("logLevel")
    return {
        **({PROGRESS: number} if sent.get(PROGRESS) is not None else {}),
        **({f"{PREFIX}logLevel": level} if isinstance(level, str) else {}),
    }


def tell(line: Line | None, method: str, params: Any) -> None:
    """Pass on what a server says, when it is something that a caller may hear."""
    if line is None or method not in TOLD or not isinstance(params, Mapping):
        return
    told = {name: value for name, value in params.items() if name != "_meta"}
    if method == "notifications/progress":
        if along(line).get(PROGRESS) is None:
            return
        told[PROGRESS] = along(line)[PROGRESS]
    line.tell(method, told)
