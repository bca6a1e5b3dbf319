"""The customers of one run as they stand, with the merges that have been made."""

from xop.kernel.context.customer import Customer, side
from xop.kernel.facts import CustomersMerged, CustomersUnmerged, Fact
from xop.kernel.steps.identity import joined, parted


class Population:
    """Customers by id, and the customer of each part."""

    def __init__(self) -> None:
        self._states: dict[str, Customer] = {}
        self._heads: dict[str, str] = {}

    def copy(self) -> "Population":
        """Return a population that goes its own way from here."""
        copied = Population()
        copied._states, copied._heads = dict(self._states), dict(self._heads)
        return copied

    def head(self, part: str) -> str:
        """Return the id of the customer a part belongs to."""
        return self._heads.get(part, part)

    def customer(self, part: str) -> Customer | None:
        """Return the customer a part belongs to; None for a part that is not known."""
        return self._states.get(self._heads.get(part, part))

    def keep(self, customer: Customer) -> None:
        """Take a customer's new state, made of the same parts as before."""
        self._states[customer.id] = customer

    def rearrange(self, customer: Customer, facts: tuple[Fact, ...], other: Customer | None) -> None:
        """Take the state of a customer after a merge or unmerge, which moves parts."""
        for fact in facts:
            if isinstance(fact, CustomersMerged) and other is not None:
                customer = joined(customer, other)
                self._states.pop(other.id, None)
            elif isinstance(fact, CustomersUnmerged):
                given = side(customer, fact.other)
                customer, gone = parted(customer, fact.other)
                self._states[gone.id] = gone
                self._heads.update(dict.fromkeys(given, gone.id))
        self._states[customer.id] = customer
        self._heads.update({part.id: customer.id for part in customer.parts})
