"""Events kept for clients that come back for what they missed, as the era before had it."""

from collections.abc import Awaitable, Callable

from mcp.server.streamable_http import EventMessage, EventStore
from mcp_types import JSONRPCMessage


class KeptEvents(EventStore):
    """Keeps every event in memory, in the order it came."""

    def __init__(self) -> None:
        self._events: list[tuple[str, JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep an event of a stream; returns its id."""
        self._events.append((stream_id, message))
        return str(len(self._events))

    async def replay_events_after(
        self, last_event_id: str, send_callback: Callable[[EventMessage], Awaitable[None]]
    ) -> str | None:
        """Send every event of the same stream after one; returns the stream."""
        last = int(last_event_id) if last_event_id.isdigit() else 0
        if not 0 < last <= len(self._events):
            return None
        stream = self._events[last - 1][0]
        for number, (of, message) in enumerate(self._events[last:], last + 1):
            if of == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream
