"""Customers in memory: loaded from snapshots and ledger when needed, bounded, dropped at will."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import msgspec

from xop.kernel.context.customer import Customer, Part, new_customer
from xop.kernel.fold import fold_entry
from xop.kernel.identity.model import Identifier
from xop.kernel.steps.identity import arranged
from xop.ports.runtime import Runtime

_PART = msgspec.json.Decoder(Part)


class Customers:
    """The states and directory entries in use; one writer changes them, only as durable batches do."""

    def __init__(self, runtime: Runtime, most: int = 50_000) -> None:
        self._runtime = runtime
        self._most = most
        self._states: OrderedDict[str, Customer] = OrderedDict()
        self._heads: OrderedDict[str, str] = OrderedDict()
        self._links: OrderedDict[Identifier, str] = OrderedDict()
        self._apart: set[tuple[str, str]] = set()

    async def find(self, identifiers: Iterable[Identifier]) -> None:
        """Look up where identifiers lead, for those not in memory."""
        missing = [each for each in dict.fromkeys(identifiers) if each not in self._links]
        if missing:
            self._links.update(await self._runtime.directory.find(missing))

    async def load(self, parts: Iterable[str]) -> None:
        """Bring the customers of some parts into memory; unknown parts are left out."""
        unplaced = [part for part in dict.fromkeys(parts) if part not in self._heads]
        if unplaced:
            self._heads.update(await self._runtime.directory.customers(unplaced))
        wanted = dict.fromkeys(self._heads[part] for part in parts if part in self._heads)
        absent = [customer for customer in wanted if customer not in self._states]
        if absent:
            await self._rebuild(absent)

    async def _rebuild(self, customers: Sequence[str]) -> None:
        members = await self._runtime.directory.parts(customers)
        states = await self.fold_parts([part for parts in members.values() for part in parts])
        for customer, parts in members.items():
            self._states[customer] = arranged(customer, tuple(states[part] for part in parts))
            self._heads.update(dict.fromkeys(parts, customer))

    async def fold_parts(self, parts: Sequence[str]) -> dict[str, Part]:
        """Return parts folded from their snapshots and the entries since."""
        kept = await self._runtime.snapshots.load(parts)
        states = {part: new_customer(part) for part in parts}
        for part, (_, state) in kept.items():
            states[part] = Customer(part, (_PART.decode(state),))
        tail = await self._runtime.snapshots.tail({part: kept[part][0] if part in kept else 0 for part in parts})
        for stored in tail:
            states[stored.entry.origin] = fold_entry(states[stored.entry.origin], stored.entry)
        return {part: state.parts[0] for part, state in states.items()}

    async def fetch_apart(self, groups: Iterable[Sequence[Identifier]]) -> None:
        """Look up whom a person took apart, for groups of identifiers that lead to more than one customer."""
        parts: set[str] = set()
        for identifiers in groups:
            owners = {
                self._heads[part] for each in identifiers if (part := self._links.get(each)) in self._heads and part
            }
            if len(owners) > 1:
                parts.update(part.id for owner in owners if owner in self._states for part in self._states[owner].parts)
        if parts:
            self._apart |= await self._runtime.directory.apart(sorted(parts))

    def apart(self, one: Customer, other: Customer) -> bool:
        """Say whether a person took any part of one customer apart from one of the other."""
        if not self._apart:
            return False
        return any(tuple(sorted((mine.id, theirs.id))) in self._apart for mine in one.parts for theirs in other.parts)

    def separate(self, one: str, other: str) -> None:
        """Note that a person took two parts apart."""
        self._apart.add((min(one, other), max(one, other)))

    def reunite(self, one: str, other: str) -> None:
        """Note that two parts are one person's again."""
        self._apart.discard((min(one, other), max(one, other)))

    def part_of(self, identifier: Identifier) -> str | None:
        """Return the part an identifier leads to; `find` must have been asked before."""
        return self._links.get(identifier)

    def customer_of(self, part: str) -> Customer | None:
        """Return the customer a part belongs to; `load` must have been asked before."""
        head = self._heads.get(part)
        return self._states.get(head) if head is not None else None

    def keep(self, customer: Customer) -> None:
        """Take a customer's new state."""
        self._states[customer.id] = customer
        self._states.move_to_end(customer.id)
        for part in customer.parts:
            self._heads[part.id] = customer.id

    def forget(self, customer: str) -> None:
        """Drop a customer's state: it was merged away or its batch was not kept."""
        self._states.pop(customer, None)

    def link(self, identifier: Identifier, part: str) -> None:
        """Note that an identifier now leads to a part."""
        self._links[identifier] = part

    def clear(self) -> None:
        """Forget everything; the ledger still has it."""
        self._states.clear()
        self._heads.clear()
        self._links.clear()
        self._apart.clear()

    def trim(self) -> None:
        """Forget what was not used for longest, down to the bound."""
        while len(self._states) > self._most:
            self._states.popitem(last=False)
        for index in (self._heads, self._links):
            while len(index) > self._most * 4:
                index.popitem(last=False)
