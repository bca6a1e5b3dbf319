"""Leaves of the log in SQLite."""

from collections.abc import Sequence

from xop.ports.log import LeafPlace
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.store import Store

_PAGE = "SELECT body FROM leaves WHERE number > ? ORDER BY number LIMIT ?"
_PLACE = """
SELECT ledger.leaf - 1, ledger.leaf_name, parts.part FROM ledger CROSS JOIN parts ON parts.number = ledger.part
WHERE ledger.position = ? AND ledger.leaf IS NOT NULL
"""
_FIRST = "SELECT leaf - 1 FROM ledger WHERE position = ? AND leaf IS NOT NULL"


class EmbeddedLeaves:
    """Finds leaves by index, and where a decision is among them."""

    def __init__(self, store: Store, index: Index) -> None:
        self._store = store
        self._index = index

    async def count(self) -> int:
        """Return how many there are."""
        return self._index.leaves

    async def page(self, first: int, limit: int) -> Sequence[bytes]:
        """Return at most `limit` leaves from an index on."""
        return [body for (body,) in self._store.rows(_PAGE, max(first, 0), max(limit, 0))]

    async def place(self, decision: str) -> LeafPlace | None:
        """Return where a decision is in the log; None for one that is unknown or whose customer was erased."""
        position = self._index.ruling(decision).position
        rows = [] if position is None else self._store.rows(_PLACE, position)
        return next((LeafPlace(index, name or decision, origin) for index, name, origin in rows), None)

    async def first(self, position: int) -> int | None:
        """Return the index of the first leaf of the ledger entry at a position; None when it has none or is gone."""
        return next((index for (index,) in self._store.rows(_FIRST, position)), None)
