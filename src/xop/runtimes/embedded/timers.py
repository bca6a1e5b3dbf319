"""Timers in SQLite."""

from collections.abc import Iterable, Sequence

import msgspec

from xop.kernel.commands import Command
from xop.ports.timers import Timer
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_DECODER: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)

_DUE = """
SELECT parts.number, parts.part, timers."key", timers.due, timers.command
FROM timers CROSS JOIN parts ON parts.number = timers.part WHERE timers.due <= ? ORDER BY timers.due LIMIT ?
"""
_OF = """
SELECT parts.number, parts.part, timers."key", timers.due, timers.command
FROM parts CROSS JOIN timers ON timers.part = parts.number WHERE parts.part = ?
"""
_FIND = """
SELECT parts.number, parts.part, timers."key", timers.due, timers.command
FROM timers CROSS JOIN parts ON parts.number = timers.part WHERE timers."key" = ? ORDER BY parts.part
"""

_PAGE = """
SELECT parts.number, parts.part, timers."key", timers.due, timers.command
FROM timers CROSS JOIN parts ON parts.number = timers.part
WHERE timers."key" >= ? AND timers."key" < ? AND timers."key" > ? ORDER BY timers."key" LIMIT ?
"""
_LAST = chr(0x10FFFF)
"""Sorts behind everything that a key holds."""


class EmbeddedTimers:
    """Finds timers by part and by when they are due."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def due(self, at: int, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers due at or before a moment, earliest first."""
        return self._opened(self._store.rows(_DUE, at, max(limit, 0)))

    async def next_due(self) -> int | None:
        """Return the earliest moment at which a timer is due."""
        moment: int | None = self._store.value("SELECT min(due) FROM timers")
        return moment

    async def of(self, parts: Sequence[str]) -> Sequence[Timer]:
        """Return the timers of some parts, earliest first."""
        rows = self._store.each(_OF, ((part,) for part in set(parts)))
        return sorted(self._opened(rows), key=lambda timer: timer.due)

    async def find(self, key: str) -> Sequence[Timer]:
        """Return the timers with a key, whatever part they belong to."""
        return self._opened(self._store.rows(_FIND, key))

    async def page(self, prefix: str, after: str | None, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers whose keys begin with a prefix, in order of their keys, beyond one when given."""
        end = f"{prefix}{_LAST}"
        return self._opened(self._store.rows(_PAGE, prefix, end, after or "", max(limit, 0)))

    async def count(self) -> int:
        """Return how many timers are pending."""
        count: int = self._store.value("SELECT count FROM tallies WHERE name = 'timers'")
        return count

    def _opened(self, rows: Iterable[Row]) -> list[Timer]:
        opened = (
            (part, key, due, self._seals.opened(number, place_of(number, key), command))
            for number, part, key, due, command in rows
        )
        return [
            Timer(part, key, due, _DECODER.decode(command)) for part, key, due, command in opened if command is not None
        ]


def place_of(number: int, key: str) -> bytes:
    """Return the place that a timer's seal is bound to."""
    return b"timers:%d:%s" % (number, key.encode("utf-8", "surrogatepass"))
