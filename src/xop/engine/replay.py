"""Replay: takes every stored step again under its release and compares what comes out, byte for byte."""

from collections.abc import AsyncIterator, Awaitable, Callable

from msgspec import Struct

from xop.kernel.base.json import canonical
from xop.kernel.commands import Merge
from xop.kernel.context.customer import Customer, new_customer, side
from xop.kernel.decide import decide
from xop.kernel.entry import Entry
from xop.kernel.facts import CustomersMerged, CustomersUnmerged
from xop.kernel.fold import fold_entry
from xop.kernel.release import Release
from xop.kernel.steps.identity import joined, parted
from xop.ports.ledger import Ledger, Stored

_PAGE = 1000

Releases = Callable[[str], Awaitable[Release | None]]
"""Gives a release by its digest, or None when it cannot be had any more."""


class Difference(Struct, frozen=True):
    """A step that came out otherwise."""

    position: int
    command: str
    cause: str
    stored: str = ""
    again: str = ""


class Replayer:
    """Refolds the ledger from its beginning and decides every step again."""

    def __init__(self, ledger: Ledger, releases: Releases) -> None:
        self.entries = 0
        self.decisions = 0
        self._ledger = ledger
        self._releases = releases
        self._states: dict[str, Customer] = {}
        self._heads: dict[str, str] = {}

    async def run(self) -> AsyncIterator[Difference | None]:
        """Go through the whole ledger; yields a difference, or None for a step that came out the same."""
        position = 0
        while page := await self._ledger.page(position, _PAGE):
            for stored in page:
                yield await self._again(stored)
            position = page[-1].position

    async def _again(self, stored: Stored) -> Difference | None:
        entry = stored.entry
        self.entries += 1
        self.decisions += entry.decision is not None
        customer = self._state(entry)
        other = self._states.get(entry.other) if isinstance(entry.command, Merge) else None
        release = await self._releases(entry.release)
        if release is None:
            difference: Difference | None = Difference(
                stored.position, entry.command.id, f"the release {entry.release} cannot be compiled any more"
            )
        else:
            step = decide(release, customer, entry.command, entry.moment, other)
            before, after = canonical([entry.facts, entry.decision]), canonical([step.facts, step.decision])
            difference = (
                None
                if before == after
                else Difference(
                    stored.position, entry.command.id, "the step came out otherwise", before.decode(), after.decode()
                )
            )
        self._fold(entry, customer, other)
        return difference

    def _state(self, entry: Entry) -> Customer:
        head = self._heads.setdefault(entry.origin, entry.customer)
        return self._states.get(head) or new_customer(entry.origin)

    def _fold(self, entry: Entry, customer: Customer, other: Customer | None) -> None:
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
