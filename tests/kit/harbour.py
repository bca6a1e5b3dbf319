"""The harbour workspace, compiled, and commands for it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from xop.assembly import compiled, workspace_files
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Proposal, Signal
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release

FOLDER = Path(__file__).parent / "harbour"

NOON = 1_790_596_800_000
"""A moment at noon UTC, in milliseconds since the epoch."""

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

WEB = Actor("source", "web")
BOT = Actor("agent", "helper_bot")
SHY_BOT = Actor("agent", "shy_bot")
OLGA = Actor("operator", "olga")
OTTO = Actor("operator", "otto")


@cache
def release() -> Release:
    """Return the harbour's release."""
    return compiled(workspace_files(FOLDER))


def release_with(adapter: str = "simulated", limits: dict[str, Any] | None = None, **settings: Any) -> Release:
    """Return the harbour's release with its one connection made another, with its own rate, concurrency and breaker."""
    files = workspace_files(FOLDER)
    connections = {"connections": {"desk": {"adapter": adapter, "settings": settings, **(limits or {})}}}
    changed = {**files, "connections.yaml": json.dumps(connections).encode()}
    if adapter == "http":
        changed |= {name: _over_http(text) for name, text in files.items() if name.startswith("actions/")}
    return compiled(changed)


def _over_http(text: bytes) -> bytes:
    head, _, _ = text.partition(b"  request:")
    rest = text.partition(b"  request:")[2].partition(b"\n")[2]
    request = b"  request: {method: POST, path: /do, body: {action: '{{action.name}}'}}\n"
    return head + request + rest


def ids(*texts: str) -> tuple[Identifier, ...]:
    """Return identifiers written as `namespace:value`."""
    return tuple(Identifier(*text.split(":", 1)) for text in texts)


def signal(number: object, kind: str, *who: str, time: int = NOON, **data: Any) -> Signal:
    """Return a signal about whoever the identifiers name."""
    return Signal(f"signal:test|{number}", kind, "test", time, WEB, ids(*who), data)


def consent(number: object, change: str, purpose: str, channel: str, *who: str, time: int = NOON) -> Signal:
    """Return a signal of a change of consent."""
    return signal(number, f"xop.consent.{change}", *who, time=time, purpose=purpose, channel=channel)


def proposal(
    number: object, action: str, actor: Actor = OLGA, *, conversation: str | None = None, **arguments: Any
) -> Proposal:
    """Return a proposal."""
    return Proposal(f"proposal:test:{number}", actor, action, arguments, conversation=conversation)
