"""The directory in SQLite."""

from collections.abc import Sequence

from xop.kernel.identity.model import Identifier
from xop.runtimes.embedded.store import Store

_FIND = """
SELECT links.namespace, links.value, parts.part FROM links CROSS JOIN parts ON parts.number = links.part
WHERE links.namespace = ? AND links.value = ?
"""
_CUSTOMER = """
SELECT parts.part, customers.part FROM parts CROSS JOIN parts AS customers ON customers.number = parts.customer
WHERE parts.part = ?
"""
_OWN = "SELECT number FROM parts WHERE part = ? AND customer = number"
_MERGED = "SELECT part FROM parts WHERE customer = ? AND customer <> number"
_APART = """
SELECT one.part, other.part FROM parts AS asked
CROSS JOIN apart ON {side} = asked.number
CROSS JOIN parts AS one ON one.number = apart.one CROSS JOIN parts AS other ON other.number = apart.other
WHERE asked.part = ?
"""


class EmbeddedDirectory:
    """Finds customers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        """Return the part each known identifier leads to."""
        wanted = ((each.namespace, each.value) for each in identifiers)
        return {Identifier(namespace, value): part for namespace, value, part in self._store.each(_FIND, wanted)}

    async def customers(self, parts: Sequence[str]) -> dict[str, str]:
        """Return the customer each part belongs to; a part without any entry is missing."""
        return dict(self._store.each(_CUSTOMER, ((part,) for part in parts)))

    async def parts(self, customers: Sequence[str]) -> dict[str, list[str]]:
        """Return the parts of each customer, its own first, then those merged into it by id."""
        found: dict[str, list[str]] = {}
        for customer in customers:
            number = self._store.value(_OWN, customer)
            if number is not None:
                found[customer] = [customer, *sorted(part for (part,) in self._store.rows(_MERGED, number))]
        return found

    async def apart(self, parts: Sequence[str]) -> set[tuple[str, str]]:
        """Return the pairs of parts taken apart by a person, among those that name any of `parts`, each pair sorted."""
        asked = [(part,) for part in parts]
        rows = [
            row for side in ("apart.one", "apart.other") for row in self._store.each(_APART.format(side=side), asked)
        ]
        return {(min(one, other), max(one, other)) for one, other in rows}

    async def count(self) -> int:
        """Return how many customers there are."""
        count: int = self._store.value("SELECT count FROM tallies WHERE name = 'customers'")
        return count
