"""Reading entries from the ledger's table."""

from collections.abc import Iterable, Sequence

import msgspec

from xop.kernel.entry import Entry
from xop.ports.ledger import Stored
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_DECODER = msgspec.json.Decoder(Entry)

_WALK = """
WITH RECURSIVE chain (position, seq, previous, ruled) AS (
    SELECT position, seq, previous, decision IS NOT NULL FROM ledger WHERE position = ?1
    UNION ALL
    SELECT ledger.position, ledger.seq, ledger.previous, ledger.decision IS NOT NULL
    FROM chain CROSS JOIN ledger ON ledger.position = chain.previous WHERE chain.previous > ?2
)
SELECT position, ruled FROM chain
"""
"""From a part's last entry back, while positions are beyond the second value."""

_BACK = """
WITH RECURSIVE chain (position, previous) AS (
    SELECT position, previous FROM ledger WHERE position = ?1
    UNION ALL
    SELECT ledger.position, ledger.previous FROM chain CROSS JOIN ledger ON ledger.position = chain.previous
)
SELECT position FROM chain WHERE position < ?2 LIMIT ?3
"""
"""From a part's last entry back: the first positions before the second value, and no more than so many."""

_TAIL = """
WITH RECURSIVE chain (position, folded) AS (
    SELECT value ->> 0, value ->> 1 FROM json_each(?)
    UNION ALL
    SELECT ledger.previous, chain.folded
    FROM chain CROSS JOIN ledger ON ledger.position = chain.position WHERE ledger.seq > chain.folded
)
SELECT ledger.position, ledger.part, ledger.body FROM chain
CROSS JOIN ledger ON ledger.position = chain.position AND ledger.seq > chain.folded
ORDER BY ledger.position
"""
"""From each part's last entry back, while there are more than so many before it."""

_AT = """
SELECT position, part, body FROM json_each(?) AS asked CROSS JOIN ledger ON position = asked.value ORDER BY position
"""


class Entries:
    """Entries by position, and the positions of a part's entries."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    def at(self, positions: Iterable[int]) -> list[Stored]:
        """Return the entries at some positions, in order of position."""
        return self._opened(self._store.among(_AT, list(positions)))

    def body(self, position: int) -> bytes | None:
        """Return the bytes of an entry."""
        rows = self._store.rows("SELECT part, body FROM ledger WHERE position = ?", position)
        return next((self._seals.opened(part, place_of(position), body) for part, body in rows), None)

    def beyond(self, after: int, limit: int) -> list[Stored]:
        """Return at most `limit` entries beyond a position, in order."""
        return self._opened(
            self._store.rows(
                "SELECT position, part, body FROM ledger WHERE position > ? ORDER BY position LIMIT ?",
                after,
                max(limit, 0),
            )
        )

    def before(self, end: int, limit: int) -> list[Stored]:
        """Return at most `limit` entries before a position, newest first."""
        sql = "SELECT position, part, body FROM ledger WHERE position < ? ORDER BY position DESC LIMIT ?"
        return self._opened(self._store.rows(sql, end, limit))

    def ruled(self, before: int, limit: int) -> list[Stored]:
        """Return at most `limit` entries that hold a decision before a position, newest first."""
        return self._opened(
            self._store.rows(
                "SELECT position, part, body FROM ledger WHERE decision IS NOT NULL AND position < ? "
                "ORDER BY position DESC LIMIT ?",
                before,
                max(limit, 0),
            )
        )

    def walk(self, lasts: Iterable[int], after: int = 0) -> list[tuple[int, bool]]:
        """Return the positions beyond `after` of parts that end at `lasts`, and whether each entry holds a decision."""
        rows = self._store.each(_WALK, ((last, after) for last in lasts if last > after))
        return [(position, bool(ruled)) for position, ruled in rows]

    def back(self, lasts: Iterable[int], end: int, limit: int) -> list[int]:
        """Return of each part that ends at one of `lasts` the last positions before `end`, at most `limit` of them."""
        return [position for (position,) in self._store.each(_BACK, ((last, end, limit) for last in lasts))]

    def tail(self, ends: Sequence[tuple[int, int]]) -> list[Entry]:
        """Return the entries of parts beyond a count each, given where each part ends and the count, in order."""
        return [stored.entry for stored in self._opened(self._store.among(_TAIL, ends))]

    def _opened(self, rows: Iterable[Row]) -> list[Stored]:
        opened = ((position, self._seals.opened(part, place_of(position), body)) for position, part, body in rows)
        return [Stored(position, _DECODER.decode(body)) for position, body in opened if body is not None]


def place_of(position: int) -> bytes:
    """Return the place that an entry's seal is bound to."""
    return b"ledger:%d" % position
