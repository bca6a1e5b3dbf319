"""Parts by number: names are long and stored once."""

from collections.abc import Iterable

from xop.runtimes.embedded.index import End, Index
from xop.runtimes.embedded.store import Row, Store

_ROOM = 100_000


_FIND = """
SELECT parts.part, parts.number, coalesce(ends.last, 0), coalesce(ends.seq, 0)
FROM json_each(?) AS asked CROSS JOIN parts ON parts.part = asked.value LEFT JOIN ends ON ends.part = parts.number
"""


class Place:
    """A part's number and where its entries end; `last` and `seq` are 0 for a part without entries."""

    __slots__ = ("last", "number", "seq")

    def __init__(self, number: int, last: int, seq: int) -> None:
        self.number = number
        self.last = last
        self.seq = seq


class Parts:
    """Finds parts by name, and remembers those asked for lately."""

    def __init__(self, store: Store, index: Index, least: int = 0) -> None:
        """Give new parts numbers beyond all there are, and beyond `least`."""
        self._store = store
        self._index = index
        self._recent: dict[str, Place] = {}
        self._older: dict[str, Place] = {}
        self.highest: int = max(least, store.value("SELECT coalesce(max(number), 0) FROM parts"))
        """The highest number ever given to a part."""

    def find(self, names: Iterable[str]) -> dict[str, Place]:
        """Return the places of those parts that are known or were mentioned, in no particular order."""
        found: dict[str, Place] = {}
        unknown: list[str] = []
        for name in names:
            place = self._recent.get(name)
            if place is None and (place := self._older.get(name)):
                self._recent[name] = place
            if place is None:
                unknown.append(name)
            else:
                found[name] = place
        if unknown:
            found.update(self.take(self._store.among(_FIND, unknown)))
        return found

    def take(self, rows: Iterable[Row]) -> dict[str, Place]:
        """Return the places of parts, given the name, the number and the stored end of each."""
        places = {name: self._place(number, End(last, seq)) for name, number, last, seq in rows}
        self._keep(places)
        return places

    def add(self, fresh: dict[str, Place]) -> None:
        """Take in new parts, once they are durable."""
        self.highest += len(fresh)
        self._keep(fresh)

    def forget(self, names: Iterable[str]) -> None:
        """Let go of parts that were erased."""
        for name in names:
            self._recent.pop(name, None)
            self._older.pop(name, None)

    def _keep(self, places: dict[str, Place]) -> None:
        if len(self._recent) + len(places) > _ROOM:
            self._older, self._recent = self._recent, {}
        self._recent.update(places)

    def _place(self, number: int, stored: End) -> Place:
        end = self._index.end(number) or stored
        return Place(number, end.last, end.seq)
