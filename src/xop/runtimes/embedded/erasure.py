"""Erasing parts from the store, the write-ahead log and the vault.

The order makes a kill harmless at every moment. The rows go in a transaction that is not committed yet: a kill leaves all
as it was. Then the parts are listed as destroyed, and their secrets with them: a kill from here on leaves rows that nobody
can read, and the list, by which the next start deletes them before anything else happens. Only then is the transaction
committed. So there is never a part of which some rows can be read and others are gone, nor a secret without its rows. An
older copy of the store meets the same list and loses the same parts.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from xop.kernel.halts.model import PLATFORM
from xop.ports.errors import StorageError
from xop.runtimes.embedded.entries import Entries
from xop.runtimes.embedded.index import Erased, Index
from xop.runtimes.embedded.parts import Parts, Place
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.search import Found, Search
from xop.runtimes.embedded.store import Row, Store

_BY_PART = {
    "snapshots": "DELETE FROM snapshots WHERE part IN (SELECT value FROM json_each(?1))",
    "timers": "DELETE FROM timers WHERE part IN (SELECT value FROM json_each(?1))",
    "standings": "DELETE FROM standings WHERE part IN (SELECT value FROM json_each(?1))",
    "handovers": "DELETE FROM handovers WHERE part IN (SELECT value FROM json_each(?1))",
    "apart": """
DELETE FROM apart
WHERE one IN (SELECT value FROM json_each(?1)) OR other IN (SELECT value FROM json_each(?1))
""",
}
_CONTRASTED = """
SELECT count(*) FROM contrasts WHERE CAST(contrast AS TEXT) ->> '$.decision' IN (SELECT value FROM json_each(?1))
"""
_ROWS = "SELECT command, decision FROM ledger WHERE position = ?"
_CONTRASTS = """
DELETE FROM contrasts WHERE CAST(contrast AS TEXT) ->> '$.decision' IN (SELECT value FROM json_each(?1))
"""
# Parts that were merged into one that goes are customers of their own again; one that goes is none any more.
_FREED = """
UPDATE parts SET customer = number
WHERE customer IN (SELECT value FROM json_each(?1)) AND number NOT IN (SELECT value FROM json_each(?1))
"""
_NOBODY = "UPDATE parts SET customer = NULL WHERE number IN (SELECT value FROM json_each(?1))"
_PARTS = "DELETE FROM parts WHERE number IN (SELECT value FROM json_each(?1))"
_HIGHS = "UPDATE keeping SET position = max(position, ?), evidence = max(evidence, ?)"
_LISTED = "SELECT part, number, 0, 0 FROM json_each(?) AS asked CROSS JOIN parts ON number = asked.value"


class _Entries(NamedTuple):
    """The entries of parts: where they are, what they decided, and by what they are found."""

    positions: Sequence[Row]
    decisions: Sequence[str]
    keys: Erased


class EmbeddedErasure:
    """Erases parts."""

    def __init__(self, store: Store, index: Index, parts: Parts, entries: Entries, seals: Seals) -> None:
        self._store = store
        self._index = index
        self._parts = parts
        self._entries = entries
        self._seals = seals
        self._vault = seals.vault
        self._search = Search(store)

    async def erase(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Erase parts with all that is kept of them, for good; return how much went, by table."""
        if PLATFORM in parts:
            raise StorageError(f"{PLATFORM!r} is the platform itself and cannot be erased: name parts of a customer")
        places = self._parts.find(set(parts))
        if not places:
            return {}
        while True:
            lasts = [place.last for place in places.values()]
            found = await self._search.of([place.number for place in places.values()])
            if lasts == [place.last for place in places.values()]:
                return self._erase(places, found)

    async def kept(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Return how much is kept of parts, by table: what erasing them would return."""
        places = self._parts.find(set(parts))
        if not places:
            return {}
        numbers = [place.number for place in places.values()]
        found = await self._search.of(numbers)
        positions = [(position,) for position, _ in self._entries.walk([place.last for place in places.values()])]
        rows = self._store.each(_ROWS, positions)
        decisions = [decision for _, decision in rows if decision is not None]
        counts = {"ledger": len(positions), "evidence": len(found.evidence), "outbox": len(found.outbox)}
        counts |= {
            "links": len(found.links),
            "contrasts": self._store.value(_CONTRASTED, self._store.listed(decisions)),
        }
        asked = str(numbers)
        counts |= {table: self._store.value(_counting(statement), asked) for table, statement in _BY_PART.items()}
        return counts | {"parts": self._store.value(_counting(_PARTS), asked)}

    def finish(self) -> None:
        """Finish what a kill cut short, and erase again whom an older copy of the store still has."""
        self._vault.tidy()
        rows = self._store.among(_LISTED, sorted(self._vault.destroyed))
        if rows:
            places = self._parts.find([row[0] for row in rows])
            self._erase(places, self._search.at_once([place.number for place in places.values()]))
        else:
            # A kill may have come after something went and before the write-ahead log was emptied.
            self._store.empty_log()

    def _erase(self, places: Mapping[str, Place], found: Found) -> Mapping[str, int]:
        numbers = [place.number for place in places.values()]
        with self._store.deleting(), self._store.transaction():
            entries = self._entries_of(numbers, [place.last for place in places.values()])
            completes = self._index.erase(entries.keys)
            counts = self._delete(numbers, entries, found)
            self._vault.destroy(numbers)
        self._parts.forget(places)
        self._seals.timer.cache_clear()
        self._index.forget(entries.keys, completes=completes)
        self._store.empty_log()
        return counts

    def _entries_of(self, numbers: Sequence[int], lasts: Collection[int]) -> _Entries:
        positions = [(position,) for position, _ in self._entries.walk(lasts)]
        rows = self._store.each(_ROWS, positions)
        decisions = [decision for _, decision in rows if decision is not None]
        rulings = [self._index.digest(decision) for decision in decisions]
        return _Entries(positions, decisions, Erased([command for command, _ in rows], rulings, numbers))

    def _delete(self, numbers: Collection[int], entries: _Entries, found: Found) -> dict[str, int]:
        asked, decisions = str(list(numbers)), entries.decisions
        counts = {
            "ledger": self._each("DELETE FROM ledger WHERE position = ?", entries.positions),
            "evidence": self._each("DELETE FROM evidence WHERE number = ?", found.evidence),
            "outbox": self._each("DELETE FROM outbox WHERE number = ?", found.outbox),
            "links": self._each("DELETE FROM links WHERE namespace = ? AND value = ?", found.links),
            "contrasts": self._one(_CONTRASTS, self._store.listed(decisions)) if decisions else 0,
        }
        counts |= {table: self._one(statement, asked) for table, statement in _BY_PART.items()}
        self._store.rows(_HIGHS, self._index.position, self._index.evidence)
        for statement in (_FREED, _NOBODY):
            self._store.rows(statement, asked)
        counts["parts"] = self._one(_PARTS, asked)
        return counts

    def _each(self, statement: str, rows: Sequence[Row]) -> int:
        self._store.each(statement, rows)
        return len(rows)

    def _one(self, statement: str, asked: str) -> int:
        self._store.rows(statement, asked)
        return self._store.connection.changes()


def _counting(statement: str) -> str:
    """Return the statement that counts what another deletes."""
    return statement.strip().replace("DELETE", "SELECT count(*)", 1)
