"""Snapshots in SQLite."""

from collections.abc import Sequence

from xop.ports.ledger import Stored
from xop.runtimes.embedded.entries import Entries
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.store import Store


class EmbeddedSnapshots:
    """Loads folded parts and what was appended since."""

    def __init__(self, store: Store, entries: Entries, parts: Parts) -> None:
        self._store = store
        self._entries = entries
        self._parts = parts

    async def load(self, parts: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Return the number of entries folded in and the state, for those parts that have a snapshot."""
        names = {place.number: name for name, place in self._parts.find(set(parts)).items()}
        rows = self._store.each(
            "SELECT part, seq, state FROM snapshots WHERE part = ?", ((number,) for number in names)
        )
        return {names[number]: (seq, state) for number, seq, state in rows}

    async def tail(self, counts: dict[str, int]) -> list[Stored]:
        """Return the entries of each part beyond the given number, in order of position."""
        places = self._parts.find(counts)
        return self._entries.tail(
            [(place.last, counts[name]) for name, place in places.items() if place.seq > counts[name]]
        )
