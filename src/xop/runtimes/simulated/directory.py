"""The directory in memory."""

from collections.abc import Sequence

from xop.kernel.identity.model import Identifier
from xop.runtimes.simulated.memory import Lease


class SimulatedDirectory:
    """Finds customers."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        """Return the part each known identifier leads to."""
        links = self._lease.memory.links
        return {each: links[each] for each in identifiers if each in links}

    async def customers(self, parts: Sequence[str]) -> dict[str, str]:
        """Return the customer each part belongs to; a part without any entry is missing."""
        customers = self._lease.memory.customers
        return {part: customers[part] for part in parts if part in customers}

    async def parts(self, customers: Sequence[str]) -> dict[str, list[str]]:
        """Return the parts of each customer: its own first, then those merged into it, by id."""
        heads = self._lease.memory.customers
        asked = {customer for customer in customers if heads.get(customer) == customer}
        found = {customer: [customer] for customer in asked}
        for part in sorted(heads):
            if heads[part] != part and heads[part] in asked:
                found[heads[part]].append(part)
        return found

    async def apart(self, parts: Sequence[str]) -> set[tuple[str, str]]:
        """Return the pairs of parts taken apart by a person, among those that name any of `parts`, each pair sorted."""
        asked = set(parts)
        return {pair for pair in self._lease.memory.apart if not asked.isdisjoint(pair)}

    async def count(self) -> int:
        """Return how many customers there are."""
        return sum(part == customer for part, customer in self._lease.memory.customers.items())
