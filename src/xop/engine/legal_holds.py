"""Legal holds: what keeps a customer's data, and everybody whose data must be kept."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from msgspec import Struct

from xop.engine.customers import Customers
from xop.kernel.context.customer import Customer, has_part
from xop.kernel.erasure.model import LegalHold, in_force
from xop.kernel.halts.model import PLATFORM
from xop.kernel.oversight.incident import Incident, hold_name
from xop.ports.errors import DamagedError
from xop.ports.runtime import Runtime

INCIDENT = "incident"
"""The ground on which an incident keeps the data behind the decisions it names."""

_PAGE = 256
_LOOKED_AT = 4_096
"""Most parts that are looked at for one page."""

Find = Callable[[str], Awaitable[Customer | None]]


class HeldCustomer(Struct, frozen=True):
    """A customer whose data must be kept."""

    customer: str
    holds: list[LegalHold]


class HoldPage(Struct, frozen=True):
    """Some of those whose data must be kept, in the order of their ids."""

    held: list[HeldCustomer]
    unread: list[str]
    """The parts of customers of whom nobody can say, since what is kept of them is damaged."""
    next: str | None
    """The id beyond which there may be more; None at the end."""


class LegalHolds:
    """Finds legal holds, those that people imposed and those that follow from incidents."""

    def __init__(self, runtime: Runtime, find: Find) -> None:
        self._runtime = runtime
        self._find = find

    async def of(self, customer: Customer) -> list[LegalHold]:
        """Return all that keeps a customer's data now."""
        own = (hold for part in customer.parts for hold in part.legal_holds.values())
        return [*in_force(own, self._runtime.clock.now()), *await self.by_incidents(customer)]

    async def by_incidents(self, customer: Customer) -> list[LegalHold]:
        """Return the incidents that are not closed and keep the evidence of decisions about a customer, as legal holds."""
        known = {name for part in customer.parts for name in part.legal_holds}
        return [
            LegalHold(hold_name(each.id), INCIDENT, each.by, each.opened_at)
            for each in await self._incidents()
            if hold_name(each.id) not in known and await self._concerns(each, customer)
        ]

    async def page(self, after: str, limit: int) -> HoldPage:
        """Return customers beyond an id whose data must be kept, until they have `limit` holds or enough were looked at.

        They are read apart from the customers in use, so that a look through everybody drives nobody from memory.
        """
        concerned = await self._concerned()
        reader, looked_at = Customers(self._runtime), 0
        held: list[HeldCustomer] = []
        unread: list[str] = []
        while parts := await self._runtime.directory.page(after, _PAGE):
            damaged = await _loaded(reader, parts)
            for part in parts:
                customer = reader.customer_of(part)
                if part in damaged:
                    unread.append(part)
                elif customer is not None and customer.id == part != PLATFORM and _maybe(customer, concerned):
                    holds = await self.of(customer)
                    held += [HeldCustomer(part, holds)] if holds else []
                    limit -= len(holds)
                    if limit <= 0:
                        return HoldPage(held, unread, part)
            reader.clear()
            after, looked_at = parts[-1], looked_at + len(parts)
            if looked_at >= _LOOKED_AT:
                return HoldPage(held, unread, after)
        return HoldPage(held, unread, None)

    async def _incidents(self) -> list[Incident]:
        platform = await self._find(PLATFORM)
        known = platform.parts[0].incidents.values() if platform is not None else ()
        return [each for each in known if not each.closed_at]

    async def _concerns(self, incident: Incident, customer: Customer) -> bool:
        for decision in incident.keeps:
            stored = await self._runtime.ledger.decided(decision)
            if stored is not None and has_part(customer, stored.entry.origin):
                return True
        return False

    async def _concerned(self) -> set[str]:
        """Return the parts that incidents concern."""
        decisions = {decision for incident in await self._incidents() for decision in incident.keeps}
        found = [await self._runtime.ledger.decided(each) for each in decisions]
        return {stored.entry.origin for stored in found if stored is not None}


def _maybe(customer: Customer, concerned: Collection[str]) -> bool:
    return any(part.legal_holds or part.id in concerned for part in customer.parts)


async def _loaded(reader: Customers, parts: Sequence[str]) -> list[str]:
    """Bring the customers of some parts into memory; return the parts that cannot be read."""
    try:
        await reader.load(parts)
    except DamagedError:
        if len(parts) == 1:
            return [*parts]
        return [part for each in parts for part in await _loaded(reader, [each])]
    return []
