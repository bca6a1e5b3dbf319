"""Where the runs stand, in SQLite."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice

from msgspec.structs import replace

from xop.ports.runs import Cursor, Selection, Standing, Tally, selects
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_COLUMNS = """
SELECT standings.part, standings.run, standings.token, parts.part, stations.journey, stations.version, standings."key",
    stations.step, stations.waits, standings.since, standings.due, standings."on", standings.at, stations.aside
"""
_NAMED = """
CROSS JOIN stations ON stations.number = standings.station CROSS JOIN parts ON parts.number = standings.part
"""
_BEYOND = "(standings.part, standings.run, standings.token) > (?, ?, ?)"
_ORDERED = "ORDER BY standings.part, standings.run, standings.token LIMIT ?"
_PAGE = f"{_COLUMNS} FROM standings {_NAMED} WHERE {_BEYOND} {_ORDERED}"
_ASKED = "standings.station IN (SELECT value FROM json_each(?))"
_AMONG = f"{_COLUMNS} FROM standings {_NAMED} WHERE {_BEYOND} AND {_ASKED} {_ORDERED}"
_AT_STATION = f"""
{_COLUMNS} FROM standings INDEXED BY sought_standings {_NAMED}
WHERE standings.sought = 1 AND standings.station = ? AND {_BEYOND} {_ORDERED}
"""
_OF = f"{_COLUMNS} FROM standings {_NAMED} WHERE standings.part = ? ORDER BY standings.run, standings.token"
_STATIONS = "SELECT number, journey, version, step, waits, aside FROM stations WHERE tokens > 0"
_COUNTS = "SELECT journey, version, step, waits, aside, tokens FROM stations WHERE tokens > 0"

_LEAST = 8
"""Rows read at once of one of many stations."""

_Key = tuple[int, str, int]
_START: _Key = (0, "", 0)


class EmbeddedRuns:
    """Finds runs by part and by where they stand; the order of parts is that of their numbers."""

    def __init__(self, store: Store, parts: Parts, seals: Seals) -> None:
        self._store = store
        self._seals = seals
        self._parts = parts

    async def count(self) -> int:
        """Return how many runs there are, whatever the number of their tokens."""
        count: int = self._store.value("SELECT count FROM tallies WHERE name = 'runs'")
        return count

    async def counts(self, journey: str | None = None) -> Sequence[Tally]:
        """Return how many tokens stand where, in order; of one journey only when given."""
        tallies = (
            Tally(name, version, step, waits, bool(aside), tokens)
            for name, version, step, waits, aside, tokens in self._store.rows(_COUNTS)
        )
        return sorted(each for each in tallies if journey in (None, each.journey))

    async def page(self, selection: Selection, after: Cursor | None, limit: int) -> Sequence[Standing]:
        """Return at most `limit` of the standings asked for, beyond a cursor of an earlier page when given."""
        begin = self._begin(after)
        if begin is None or limit < 1:
            return []
        if selection.part is not None:
            found = (row for row in self._of(selection.part) if row[:3] > begin)
            return list(islice((each for each in self._standings(found) if selects(selection, each)), limit))
        if selection == Selection():
            return list(self._standings(self._store.rows(_PAGE, *begin, limit)))
        stations = self._stations(selection)
        if not all(stations.values()):
            return list(self._standings(self._store.rows(_AMONG, *begin, str(list(stations)), limit)))
        many = max(_LEAST, 2 * limit // max(len(stations), 1)) if len(stations) > 1 else limit
        rows = merge(*(self._walk(station, begin, min(many, limit)) for station in stations))
        return list(self._standings(islice(rows, limit)))

    async def of(self, part: str) -> Sequence[Standing]:
        """Return the standings of a part, by run and token."""
        return list(self._standings(self._of(part)))

    def _begin(self, after: Cursor | None) -> _Key | None:
        """Return the key to go on beyond; None when the cursor is of no part the store knows, and so of no page."""
        if after is None:
            return _START
        place = self._parts.find([after.part]).get(after.part)
        return (place.number, after.run, after.token) if place else None

    def _stations(self, selection: Selection) -> dict[int, bool]:
        """Return the stations asked for, and whether what stands there has an index; they are few, however many runs."""
        asked = replace(selection, part=None)
        return {
            number: waits == "person" or bool(aside)
            for number, journey, version, step, waits, aside in self._store.rows(_STATIONS)
            if selects(asked, Standing("", "", journey, version, "", 0, step, waits, 0, 0, "", 0, bool(aside)))
        }

    def _walk(self, station: int, begin: _Key, many: int) -> Iterator[Row]:
        """Yield the rows of a station in order, reading only so many ahead."""
        while rows := self._store.rows(_AT_STATION, station, *begin, many):
            yield from rows
            begin = rows[-1][:3]

    def _of(self, part: str) -> list[Row]:
        place = self._parts.find([part]).get(part)
        return self._store.rows(_OF, place.number) if place else []

    def _standings(self, rows: Iterable[Row]) -> Iterator[Standing]:
        for number, run, token, part, journey, version, kept, step, waits, since, due, on, at, aside in rows:
            key = self._seals.opened_text(number, place_of(number, run, token), kept)
            yield Standing(part, run, journey, version, key, token, step, waits, since, due, on, at, bool(aside))


def place_of(number: int, run: str, token: int) -> bytes:
    """Return the place that the seal of a standing's key is bound to."""
    return f"standings:{number}:{token}:{run}".encode("utf-8", "surrogatepass")
