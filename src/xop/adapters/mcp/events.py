"""Server-sent events, taken apart as their bytes come in."""

from collections.abc import Iterator

from xop.adapters.mcp.failures import UnsureError

MOST_EVENTS = 10_000
"""Events of one answer."""

STREAMS = 8
"""How many times the largest answer all events of one stream may have together."""


class Events:
    """Takes bytes and gives the data of every whole event; raises UnsureError beyond its bounds."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._line = bytearray()
        self._data: list[bytes] = []
        self._held = 0
        self._taken = 0
        self._count = 0
        self._after_return = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take bytes and yield the data of the events that they complete."""
        self._taken += len(chunk)
        if self._taken > STREAMS * self._largest:
            raise UnsureError(f"the stream has more than {STREAMS * self._largest} bytes")
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_return = chunk.endswith(b"\r") or (self._after_return and not chunk)
        # Only what is new is searched: one byte at a time must not cost a search of everything before.
        first, *rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._line += first
        if len(self._line) > self._largest:
            raise UnsureError(f"an event has more than {self._largest} bytes")
        for piece in rest:
            line, self._line = bytes(self._line), bytearray(piece)
            yield from self._take(line)

    def _take(self, line: bytes) -> Iterator[bytes]:
        if not line:
            if self._data:
                self._count += 1
                if self._count > MOST_EVENTS:
                    raise UnsureError(f"the stream has more than {MOST_EVENTS} events")
                yield b"\n".join(self._data)
            self._data, self._held = [], 0
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._held += len(value)
            if self._held > self._largest:
                raise UnsureError(f"an event has more than {self._largest} bytes")
