"""Refolding: the states of customers, brought back entry by entry as the ledger has them."""

from xop.kernel.commands import Merge
from xop.kernel.context.customer import Customer, new_customer, side
from xop.kernel.entry import Entry
from xop.kernel.facts import CustomersMerged, CustomersUnmerged
from xop.kernel.fold import fold_entry
from xop.kernel.steps.identity import joined, parted


class Refolding:
    """Customers as they were after the entries folded so far."""

    def __init__(self) -> None:
        self._states: dict[str, Customer] = {}
        self._heads: dict[str, str] = {}

    def state(self, entry: Entry) -> Customer:
        """Return the customer that an entry is to be folded into."""
        head = self._heads.setdefault(entry.origin, entry.customer)
        return self._states.get(head) or new_customer(entry.origin)

    def customer(self, part: str) -> Customer | None:
        """Return the customer whom a part belongs to by now; None when nothing of it was folded."""
        return self._states.get(self._heads.get(part, ""))

    def other(self, entry: Entry) -> Customer | None:
        """Return the second customer of an entry that merges two."""
        return self._states.get(entry.other) if isinstance(entry.command, Merge) else None

    def fold(self, entry: Entry) -> None:
        """Bring the states up to date with the next entry."""
        customer, other = self.state(entry), self.other(entry)
        after = fold_entry(customer, entry)
        for fact in entry.facts:
            if isinstance(fact, CustomersMerged) and other is not None:
                after = joined(after, other)
                self._states.pop(other.id, None)
            elif isinstance(fact, CustomersUnmerged):
                given = side(customer, fact.other)
                after, gone = parted(after, fact.other)
                self._states[gone.id] = gone
                self._heads.update(dict.fromkeys(given, gone.id))
        self._states[after.id] = after
        self._heads.update({part.id: after.id for part in after.parts})
