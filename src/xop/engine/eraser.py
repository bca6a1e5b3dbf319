"""The eraser: removes whoever is being erased, once recipients of their data were told or the time for it is over."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from xop.engine.customers import Customers
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.values import Known
from xop.kernel.commands import Removal
from xop.kernel.context.customer import Customer
from xop.kernel.entry import Entry
from xop.kernel.erasure.model import ERASURE, PURPOSE, Removed
from xop.kernel.facts import InvocationDone, InvocationDropped, InvocationFailed, InvocationQueued
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.kernel.steps.erasure import removal_key
from xop.ports.runtime import Runtime
from xop.ports.timers import Timer

_ENDINGS = (InvocationDone, InvocationFailed, InvocationDropped)


class Eraser:
    """Erases customers, one at a time and while nothing else is stepped."""

    def __init__(
        self,
        runtime: Runtime,
        customers: Customers,
        alone: asyncio.Lock,
        fire: Callable[[Timer], Awaitable[None]],
    ) -> None:
        self._runtime = runtime
        self._customers = customers
        self._alone = alone
        """Held by whoever changes customers."""
        self._fire = fire
        self._early: set[asyncio.Task[None]] = set()

    async def remove(self, removal: Removal, release: Release) -> Known:
        """Remove a customer with all that is kept of them, and return what it came to; again, it comes to nothing more."""
        async with self._alone:
            await self._customers.load([removal.part])
            customer = self._customers.customer_of(removal.part)
            if customer is None:
                return self._known(Removed({}))
            told, untold = await self._recipients(customer)
            if removal.suppress:
                await self._runtime.suppressions.add(addresses(release, customer))
            counts = await self._runtime.erase([part.id for part in customer.parts])
            self._customers.drop(customer)
        return self._known(Removed(dict(counts), told, untold))

    def follow(self, entry: Entry) -> None:
        """Remove somebody as soon as the last recipient has been told, before time is over."""
        if any(isinstance(fact, _ENDINGS) for fact in entry.facts):
            customer = self._customers.customer_of(entry.origin)
            if customer is not None and ERASURE in customer.view.flags and not _open(customer):
                task = asyncio.create_task(self._finish(customer), name="xop-eraser")
                self._early.add(task)
                task.add_done_callback(self._early.discard)

    async def stop(self) -> None:
        """Finish what has begun."""
        if self._early:
            await asyncio.wait(self._early)

    async def _finish(self, customer: Customer) -> None:
        for reference in customer.view.flags[ERASURE]:
            erasure, _, _ = reference.partition("@")
            for timer in await self._runtime.timers.find(removal_key(erasure)):
                await self._fire(timer)

    async def _recipients(self, customer: Customer) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the actions that told recipients, and those that had not succeeded."""
        untold = {name: each.action for name, each in _open_or_failed(customer).items()}
        asked: dict[str, str] = {}
        for stored in await self._runtime.ledger.read([part.id for part in customer.parts]):
            for fact in stored.entry.facts:
                if isinstance(fact, InvocationQueued) and fact.invocation.purpose == PURPOSE:
                    asked[fact.invocation.id] = fact.invocation.action
        told = (action for name, action in asked.items() if name not in untold)
        return tuple(dict.fromkeys(told)), tuple(dict.fromkeys(untold.values()))

    def _known(self, removed: Removed) -> Known:
        return Known(msgspec.to_builtins(removed), self._runtime.clock.now(), PLATFORM)


def addresses(release: Release, customer: Customer) -> list[Identifier]:
    """Return the identifiers by which a customer can be contacted."""
    reached = {channel.namespace for channel in release.channels.values()}
    links = (link.identifier for part in customer.parts for link in part.identifiers.values())
    return [each for each in links if each.namespace in reached]


def _open_or_failed(customer: Customer) -> Mapping[str, Invocation]:
    return {name: each for name, each in customer.view.invocations.items() if each.purpose == PURPOSE}


def _open(customer: Customer) -> bool:
    return any(each.status in {"held", "queued", "started"} for each in _open_or_failed(customer).values())
