"""The directory in SQLite."""

from collections.abc import Mapping, Sequence

from xop.kernel.entry import Entry
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.ports.directory import Kept, Loaded
from xop.runtimes.embedded.entries import Entries
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Store

_LINKS = """
SELECT links.namespace, links.value, parts.part, customers.number, customers.part FROM json_each(?) AS asked
CROSS JOIN links ON links.namespace = asked.value ->> 0 AND links.value = asked.value ->> 1
CROSS JOIN parts ON parts.number = links.part
LEFT JOIN parts AS customers ON customers.number = parts.customer
"""
_CUSTOMERS = """
SELECT customers.number, customers.part FROM json_each(?) AS asked
CROSS JOIN parts ON parts.part = asked.value
CROSS JOIN parts AS customers ON customers.number = parts.customer
"""
_PARTS = """
SELECT asked.value, parts.part, parts.number, coalesce(ends.last, 0), coalesce(ends.seq, 0),
    coalesce(snapshots.seq, 0), snapshots.state
FROM json_each(?) AS asked
CROSS JOIN parts ON (parts.number = asked.value AND parts.customer = asked.value)
    OR (parts.customer = asked.value AND parts.customer <> parts.number)
LEFT JOIN ends ON ends.part = parts.number
LEFT JOIN snapshots ON snapshots.part = parts.number
"""
_APART = """
SELECT one.part, other.part FROM json_each(?) AS asked
CROSS JOIN parts ON parts.part = asked.value
CROSS JOIN apart ON apart.one = parts.number OR apart.other = parts.number
CROSS JOIN parts AS one ON one.number = apart.one CROSS JOIN parts AS other ON other.number = apart.other
"""
_PAGE = "SELECT part FROM parts WHERE part > ? AND customer IS NOT NULL ORDER BY part LIMIT ?"


class EmbeddedDirectory:
    """Finds customers."""

    def __init__(self, store: Store, entries: Entries, parts: Parts, seals: Seals) -> None:
        self._store = store
        self._seals = seals
        self._entries = entries
        self._parts = parts

    async def load(self, identifiers: Sequence[Identifier], parts: Sequence[str]) -> Loaded:
        """Return the customers that some identifiers and parts lead to, with one statement for each kind of table."""
        links: dict[Identifier, str] = {}
        customers: dict[int | None, str] = {}
        asked = {(each.namespace, self._seals.blind(each.namespace, each.value)): each for each in identifiers}
        for namespace, hidden, part, number, customer in self._store.among(_LINKS, list(asked)):
            links[asked[namespace, hidden]] = part
            customers[number] = customer
        customers.update(self._store.among(_CUSTOMERS, parts))
        customers.pop(None, None)
        return Loaded(links, self._kept(customers))

    def _kept(self, customers: Mapping[int | None, str]) -> dict[str, list[Kept]]:
        # Rows of the erased may be there for a moment longer than their secrets.
        destroyed = self._seals.vault.destroyed
        rows = [row for row in self._store.among(_PARTS, list(customers)) if row[2] not in destroyed]
        places = self._parts.take([row[1:5] for row in rows])
        ends = ((places[row[1]], row[5]) for row in rows)
        tails: dict[str, list[Entry]] = {}
        for entry in self._entries.tail([(place.last, folded) for place, folded in ends if place.seq > folded]):
            tails.setdefault(entry.origin, []).append(entry)
        found: dict[str, list[Kept]] = {}
        for customer, part, number, *_, folded, kept in rows:
            state = self._seals.opened(number, place_of(number), kept) if kept else None
            found.setdefault(customers[customer], []).append(Kept(part, folded, state or b"", tails.get(part, [])))
        for name, together in found.items():
            together.sort(key=lambda each: (each.part != name, each.part))
        return found

    async def apart(self, parts: Sequence[str]) -> set[tuple[str, str]]:
        """Return the pairs of parts taken apart by a person, among those that name any of `parts`, each pair sorted."""
        return {(min(one, other), max(one, other)) for one, other in self._store.among(_APART, parts)}

    async def count(self) -> int:
        """Return how many customers there are; the platform itself is none."""
        count: int = self._store.value("SELECT count FROM tallies WHERE name = 'customers'")
        place = self._parts.find((PLATFORM,)).get(PLATFORM)
        return count - (place is not None and place.last > 0)

    async def page(self, after: str, limit: int) -> Sequence[str]:
        """Return the ids of at most `limit` parts that have an entry, in order, beyond one; `""` begins with the first."""
        return [part for (part,) in self._store.rows(_PAGE, after, max(limit, 0))]


def place_of(number: int) -> bytes:
    """Return the place that a snapshot's seal is bound to."""
    return b"snapshots:%d" % number
