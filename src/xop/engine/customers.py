"""Customers in memory: loaded from snapshots and ledger when needed, bounded, dropped at will."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

import msgspec

from xop.engine.draft_batch import SNAPSHOT_EVERY
from xop.kernel.context.customer import Customer, Part, new_customer
from xop.kernel.fold import fold_entry
from xop.kernel.identity.model import Identifier
from xop.kernel.steps.identity import arranged
from xop.ports.directory import Kept, Loaded
from xop.ports.runtime import Runtime

_PART = msgspec.json.Decoder(Part)
_ENCODER = msgspec.json.Encoder()

LONG_TAIL = 8
"""Entries since a part's snapshot from which reading them again costs more than another snapshot."""
ROOM = 256 * 1024 * 1024
"""Bytes that the customers in memory may take, as far as samples of them tell."""
_SAMPLES = 64
"""Over how many customers their size is averaged."""
_SAMPLED = 64
"""One customer among so many uses is measured: to encode it costs as much as much of a step."""
_LEAVING = 256
"""Most parts that wait for a snapshot; it is only a cache, so that the oldest may go without."""


class Customers:
    """The customers in use and what leads to them; one writer changes them, only as durable batches do."""

    def __init__(self, runtime: Runtime, room: int = ROOM) -> None:
        self._runtime = runtime
        self._room = room
        self._size = 4_000.0
        """The bytes a customer takes, averaged over those used of late."""
        self._uses = 0
        self._states: OrderedDict[str, Customer] = OrderedDict()
        self._heads: dict[str, str] = {}
        """The customer of each part in memory."""
        self._links: dict[Identifier, str] = {}
        """Parts in memory by identifiers that lead to them."""
        self._folded: dict[str, int] = {}
        """How many entries the stored snapshot of a part in memory holds, where it has one."""
        self._leaving: deque[Part] = deque(maxlen=_LEAVING)
        self._apart: set[tuple[str, str]] = set()

    async def find(self, identifiers: Iterable[Identifier], parts: Iterable[str] = ()) -> None:
        """Bring the customers that some identifiers and parts lead to into memory; unknown ones are left out."""
        self._trim()
        unknown = [each for each in dict.fromkeys(identifiers) if not self._used(self._links.get(each))]
        absent = [part for part in dict.fromkeys(parts) if not self._used(part)]
        if unknown or absent:
            self._take(await self._runtime.directory.load(unknown, absent))

    async def load(self, parts: Iterable[str]) -> None:
        """Bring the customers of some parts into memory; unknown parts are left out."""
        await self.find((), parts)

    def _used(self, part: str | None) -> bool:
        """Say whether a part is in memory; if so, its customer is the one used last."""
        head = None if part is None else self._heads.get(part)
        if head is None:
            return False
        self._states.move_to_end(head)
        return True

    def _take(self, loaded: Loaded) -> None:
        for customer, kept in loaded.customers.items():
            # What came into memory while the store was read is newer.
            if self._heads.keys().isdisjoint(each.part for each in kept):
                self.keep(arranged(customer, tuple(_part(each) for each in kept)))
                self._folded.update({each.part: each.folded for each in kept if each.folded})
        for identifier, part in loaded.links.items():
            if part in self._heads and self._links.get(identifier) not in self._heads:
                self._links[identifier] = part

    async def fetch_apart(self, groups: Iterable[Sequence[Identifier]]) -> None:
        """Look up whom a person took apart, among the customers that some groups of identifiers lead to.

        They are looked at together: one signal may link an identifier by which the next leads to two customers.
        """
        found = [self.part_of(each) for identifiers in groups for each in identifiers]
        owners = {
            owner.id: owner for part in found if part is not None and (owner := self.customer_of(part)) is not None
        }
        parts = {part.id for owner in owners.values() for part in owner.parts} if len(owners) > 1 else set()
        self._apart = await self._runtime.directory.apart(sorted(parts)) if parts else set()

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
        """Return the customer a part belongs to; `find` or `load` must have been asked before."""
        head = self._heads.get(part)
        return self._states.get(head) if head is not None else None

    def keep(self, customer: Customer) -> None:
        """Take a customer's new state."""
        self._states[customer.id] = customer
        self._states.move_to_end(customer.id)
        for part in customer.parts:
            self._heads[part.id] = customer.id

    def forget(self, customer: str) -> None:
        """Drop the state of a customer that was merged away; its parts are kept with another."""
        self._states.pop(customer, None)

    def drop(self, customer: Customer) -> None:
        """Forget a customer who was erased."""
        self._states.pop(customer.id, None)
        for part in customer.parts:
            self._drop(part)
        self._leaving.clear()

    def link(self, identifier: Identifier, part: str) -> None:
        """Note that an identifier now leads to a part."""
        self._links[identifier] = part

    def clear(self) -> None:
        """Forget everything; the ledger still has it."""
        self._states.clear()
        self._heads.clear()
        self._links.clear()
        self._folded.clear()
        self._leaving.clear()
        self._apart.clear()

    def leaving(self) -> list[Part]:
        """Return the parts that left memory with a long tail, once; the batch that comes next keeps a snapshot of each."""
        parts = list(self._leaving)
        self._leaving.clear()
        return parts

    def _trim(self) -> None:
        """Forget the customers not used for longest, until the others have room."""
        self._uses += 1
        if self._states and self._uses % _SAMPLED == 0:
            latest = next(reversed(self._states.values()))
            self._size += (_weight(latest) - self._size) / _SAMPLES
        while len(self._states) * self._size > self._room:
            _, customer = self._states.popitem(last=False)
            for part in customer.parts:
                self._drop(part)

    def _drop(self, part: Part) -> None:
        folded = max(self._folded.pop(part.id, 0), part.seq - part.seq % SNAPSHOT_EVERY)
        if part.seq - folded >= LONG_TAIL:
            self._leaving.append(part)
        self._heads.pop(part.id, None)
        for link in part.identifiers.values():
            if self._links.get(link.identifier) == part.id:
                del self._links[link.identifier]


def _weight(customer: Customer) -> int:
    """Return about how many bytes a customer takes in memory: objects take several times the bytes of their JSON."""
    return 1_500 + 4 * len(_ENCODER.encode(customer.parts))


def _part(kept: Kept) -> Part:
    """Return a part folded from its snapshot and the entries since."""
    part = _PART.decode(kept.state) if kept.folded else new_customer(kept.part).parts[0]
    customer = Customer(kept.part, (part,))
    for entry in kept.tail:
        customer = fold_entry(customer, entry)
    return customer.parts[0]
