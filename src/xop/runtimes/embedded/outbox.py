"""The outbox in SQLite."""

import asyncio
from collections.abc import Sequence

import msgspec

from xop.ports.outbox import OPEN, Finished, Load, OutboxEntry, OutboxState
from xop.runtimes.embedded.damage import Damage
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.search import SLICE
from xop.runtimes.embedded.store import Row, Store

_DUE = """
SELECT * FROM requests WHERE state <> 'done' AND state = 'pending' AND due <= ?
AND connection NOT IN (SELECT value FROM json_each(?)) ORDER BY due LIMIT ?
"""
_PAGE = """
SELECT * FROM requests WHERE invocation > ? AND state IN (SELECT value FROM json_each(?)) ORDER BY invocation LIMIT ?
"""
_PAGE_OPEN = """
SELECT * FROM requests WHERE state <> 'done' AND +invocation > ? AND state IN (SELECT value FROM json_each(?))
ORDER BY +invocation LIMIT ?
"""
"""Entries that are not done are few, so they are found by state and sorted."""

_LOADS = """
SELECT connection, state, count(*), min(created) FROM outbox
WHERE state <> 'done' AND state IN (SELECT value FROM json_each(?)) GROUP BY connection, state ORDER BY connection, state
"""

_OVER = """
SELECT outbox.invocation, parts.part, outbox.action, outbox.due, outbox.created, outbox.number
FROM outbox CROSS JOIN parts ON parts.number = outbox.part
WHERE outbox.number > ? AND outbox.number <= ? AND outbox.state IN ('done', 'cancelled') AND outbox.due < ?
ORDER BY outbox.number LIMIT ?
"""
_EARLIEST = "SELECT min(created) FROM outbox WHERE number > ? AND number <= ?"
_FIRST = "SELECT min(number) FROM outbox WHERE number > ?"
_DROP = "DELETE FROM outbox WHERE invocation = ? AND state IN ('done', 'cancelled')"

_ENCODER = msgspec.json.Encoder()


class EmbeddedOutbox:
    """Finds requests by id, state and by when they are due."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals
        self._damage = Damage()

    async def due(self, at: int, limit: int, skip: Sequence[str] = ()) -> Sequence[OutboxEntry]:
        """Return at most `limit` pending entries due at or before a moment, earliest first, without the connections in `skip`."""
        skipped = _array(skip)
        return self._damage.opened(lambda most: self._store.rows(_DUE, at, skipped, most), self._entry, max(limit, 0))

    async def next_due(self, after: int) -> int | None:
        """Return the earliest moment after the given one at which a pending entry is due."""
        moment: int | None = self._store.value(
            "SELECT min(due) FROM outbox WHERE state <> 'done' AND state = 'pending' AND due > ?", after
        )
        return moment

    async def get(self, invocation: str) -> OutboxEntry | None:
        """Return one entry."""
        rows = self._store.rows("SELECT * FROM requests WHERE invocation = ?", invocation)
        return next(map(self._entry, rows), None)

    async def page(self, states: Sequence[OutboxState], after: str | None, limit: int) -> Sequence[OutboxEntry]:
        """Return at most `limit` entries in some states in order of invocation id, beyond one when given."""
        statement = _PAGE if "done" in states else _PAGE_OPEN
        asked = after or "", _array(states)
        return self._damage.opened(lambda most: self._store.rows(statement, *asked, most), self._entry, max(limit, 0))

    async def counts(self) -> dict[OutboxState, int]:
        """Return how many entries are in each state that has any."""
        return dict(
            self._store.rows("SELECT substr(name, 8), count FROM tallies WHERE name GLOB 'outbox *' AND count > 0")
        )

    async def loads(self) -> Sequence[Load]:
        """Return how many requests of each connection are not over, by connection and state."""
        return [Load(*row) for row in self._store.rows(_LOADS, _array(OPEN))]

    async def over(self, before: int, after: Finished | None, limit: int) -> Sequence[Finished]:
        """Return at most `limit` requests that were over before a moment, in the order of their coming, beyond one of them."""
        found: list[Finished] = []
        number = after.number if after is not None else 0
        while len(found) < limit and (first := self._store.value(_FIRST, number)) is not None:
            begin, end = first - 1, first - 1 + SLICE
            if self._store.value(_EARLIEST, begin, end) >= before:
                break
            rows = self._store.rows(_OVER, begin, end, before, limit - len(found))
            found += [Finished(*row) for row in rows]
            number = end
            await asyncio.sleep(0)
        return found

    async def drop(self, invocations: Sequence[str]) -> int:
        """Erase requests that are over for good; return how many there were. Durable when this returns."""
        return self._store.dropped(_DROP, [(each,) for each in invocations])

    def _entry(self, row: Row) -> OutboxEntry | None:
        invocation, part, action, connection, release, kept, state, due, created, attempt, said, number = row
        request = self._seals.opened(number, place_of(invocation, "request"), kept)
        if request is None:
            return None
        detail = self._seals.opened_text(number, place_of(invocation, "detail"), said)
        return OutboxEntry(invocation, part, action, connection, release, request, state, due, created, attempt, detail)


def place_of(invocation: str, field: str) -> bytes:
    """Return the place that the seal of a field is bound to."""
    return f"outbox:{field}:{invocation}".encode("utf-8", "surrogatepass")


def _array(values: Sequence[str]) -> str:
    return _ENCODER.encode(values).decode()
