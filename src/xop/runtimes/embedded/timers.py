"""Timers in SQLite."""

from collections.abc import Iterable, Sequence

import msgspec

from xop.kernel.commands import Command
from xop.ports.timers import Timer
from xop.runtimes.embedded.blind import timer_kind
from xop.runtimes.embedded.damage import Damage
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_DECODER: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)

_DUE = """
SELECT parts.number, parts.part, timers."key", timers.due, timers.command
FROM timers CROSS JOIN parts ON parts.number = timers.part WHERE timers.due <= ? ORDER BY timers.due LIMIT ?
"""
_FIRST = """
SELECT parts.number, parts.part, timers."key", timers.due
FROM timers CROSS JOIN parts ON parts.number = timers.part ORDER BY timers.due LIMIT ?
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
WHERE timers."key" >= ?1 AND timers."key" < ?2 AND timers."key" > ?3 AND instr(timers."key", char(1)) = 0
ORDER BY timers."key" LIMIT ?4
"""
_HIDDEN = """
SELECT parts.number, parts.part, timers."key", timers.due, timers.command
FROM timers CROSS JOIN parts ON parts.number = timers.part
WHERE timers."key" >= ?1 || char(1) AND timers."key" < ?1 || char(2)
"""
"""Timers of a kind whose keys are hidden; what is asked for by page has the platform's own keys, so that there are none."""
_HIDDEN_ANY = """
SELECT parts.number, parts.part, timers."key", timers.due, timers.command
FROM timers CROSS JOIN parts ON parts.number = timers.part WHERE instr(timers."key", char(1)) > 0
"""
_LENGTH = 4
"""Bytes in front of a sealed timer that say how long its key is."""
_LAST = chr(0x10FFFF)
"""Sorts behind everything that a key holds."""


class EmbeddedTimers:
    """Finds timers by part and by when they are due."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals
        self._damage = Damage()

    async def due(self, at: int, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers due at or before a moment, earliest first."""
        return self._damage.opened(lambda most: self._store.rows(_DUE, at, most), self._timer, max(limit, 0))

    async def next_due(self) -> int | None:
        """Return the earliest moment at which a timer is due."""
        passed = self._damage.rows
        first = self._store.rows(_FIRST, len(passed) + 1)
        return next((due for *name, due in first if tuple(name) not in passed), None)

    async def of(self, parts: Sequence[str]) -> Sequence[Timer]:
        """Return the timers of some parts, earliest first."""
        rows = self._store.each(_OF, ((part,) for part in set(parts)))
        return sorted(self._opened(rows), key=lambda timer: timer.due)

    async def find(self, key: str) -> Sequence[Timer]:
        """Return the timers with a key, whatever part they belong to."""
        return self._opened(self._store.rows(_FIND, self._seals.timer(key)))

    async def page(self, prefix: str, after: str | None, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers whose keys begin with a prefix, in order of their keys, beyond one when given."""
        end, begin = f"{prefix}{_LAST}", after or ""
        timers = self._damage.opened(
            lambda most: self._store.rows(_PAGE, prefix, end, begin, most), self._timer, max(limit, 0)
        )
        kind = timer_kind(prefix)
        rows = self._store.rows(_HIDDEN, kind) if kind else self._store.rows(_HIDDEN_ANY)
        hidden = self._damage.opened(lambda _: rows, self._timer, len(rows))
        timers.extend(each for each in hidden if begin < each.key and prefix <= each.key < end)
        return sorted(timers, key=lambda timer: timer.key)[: max(limit, 0)]

    async def count(self) -> int:
        """Return how many timers are pending."""
        count: int = self._store.value("SELECT count FROM tallies WHERE name = 'timers'")
        return count

    def _opened(self, rows: Iterable[Row]) -> list[Timer]:
        return [timer for row in rows if (timer := self._timer(row)) is not None]

    def _timer(self, row: Row) -> Timer | None:
        number, part, name, due, kept = row
        body = self._seals.opened(number, _place_of(number, name), kept)
        if body is None:
            return None
        end = _LENGTH + int.from_bytes(body[:_LENGTH], "big")
        key = body[_LENGTH:end].decode("utf-8", "surrogatepass")
        return Timer(part, key, due, _DECODER.decode(body[end:]))


def row_of(number: int, key: str, due: int, command: bytes, seals: Seals) -> Row:
    """Return the row of a timer, given its command as JSON; the key is sealed with it."""
    name = seals.timer(key)
    named = key.encode("utf-8", "surrogatepass")
    body = len(named).to_bytes(_LENGTH, "big") + named + command
    return number, name, due, seals.closed(number, _place_of(number, name), body)


def _place_of(number: int, name: str) -> bytes:
    return f"timers:{number}:{name}".encode("utf-8", "surrogatepass")
