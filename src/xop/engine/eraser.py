"""The eraser: removes whoever is being erased, once recipients of their data were told or the time for it is over."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from xop.engine.customers import Customers
from xop.engine.legal_holds import LegalHolds
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.ids import derive
from xop.kernel.base.values import Known
from xop.kernel.commands import Signal
from xop.kernel.context.customer import Customer
from xop.kernel.entry import Entry
from xop.kernel.erasure.commands import Removal
from xop.kernel.erasure.model import ERASURE, HELD, PURPOSE, REMOVED, LegalHold, Removed
from xop.kernel.facts import (
    CustomerErased,
    Fact,
    InvocationCancelled,
    InvocationDone,
    InvocationDropped,
    InvocationFailed,
    InvocationHeld,
    InvocationQueued,
)
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.kernel.retention.model import added
from xop.kernel.steps.erasure import REQUESTED, patience, recipients, removal_key
from xop.ports.runtime import Runtime
from xop.ports.timers import Timer

_ENDINGS = (InvocationDone, InvocationFailed, InvocationDropped, InvocationCancelled)


class ErasurePlan(msgspec.Struct, frozen=True):
    """What erasing a customer would come to."""

    customer: str
    parts: tuple[str, ...]
    counts: dict[str, int]
    """How many rows would go, by table."""
    suppressed: tuple[Identifier, ...]
    """What they would not be contacted by, should they be heard of again."""
    recipients: tuple[str, ...]
    """The actions by which others are told first, and journeys that hear of it as `journey:name`."""
    patience: int
    """Milliseconds that these have for it."""
    holds: tuple[LegalHold, ...]
    """What forbids it."""


class _Begun(msgspec.Struct):
    """A removal that was begun: what only the erased themselves could tell, and what has gone so far."""

    parts: list[str]
    told: tuple[str, ...]
    untold: tuple[str, ...]
    counts: dict[str, int]


class Eraser:
    """Erases customers, one at a time and while nothing else is stepped."""

    def __init__(
        self,
        runtime: Runtime,
        customers: Customers,
        holds: LegalHolds,
        alone: asyncio.Lock,
        fire: Callable[[Timer], Awaitable[None]],
    ) -> None:
        self._runtime = runtime
        self._customers = customers
        self._holds = holds
        self._alone = alone
        """Held by whoever changes customers."""
        self._fire = fire
        self._early: set[asyncio.Task[None]] = set()
        self._begun: dict[str, _Begun] = {}
        """Removals that the ledger does not tell of yet, by erasure."""

    async def plan(self, customer: Customer, release: Release) -> ErasurePlan:
        """Return what erasing a customer would come to, without doing it."""
        parts = [part.id for part in customer.parts]
        return ErasurePlan(
            customer=customer.id,
            parts=tuple(parts),
            counts=dict(await self._runtime.kept(parts)),
            suppressed=tuple(addresses(release, customer)),
            recipients=tuple(recipients(release)),
            patience=patience(release),
            holds=tuple(await self._holds.of(customer)),
        )

    async def held(self, customer: Customer) -> dict[str, Known]:
        """Return the incidents that keep a customer's data, as a step is given them."""
        found = await self._holds.by_incidents(customer)
        return {HELD: Known(msgspec.to_builtins(found), self._runtime.clock.now(), PLATFORM)} if found else {}

    async def remove(self, removal: Removal, release: Release) -> dict[str, Known]:
        """Remove a customer with all that is kept of them, and return what it came to, over all tries of this process.

        Whoever must be kept since it was asked for stays, and what keeps them is returned in its place.
        """
        async with self._alone:
            await self._customers.load([removal.part])
            customer = self._customers.customer_of(removal.part)
            if customer is not None:
                kept = await self.held(customer)
                if kept:
                    return kept
                if removal.suppress:
                    await self._runtime.suppressions.add(addresses(release, customer))
                told, untold = await self._recipients(customer)
                parts = [part.id for part in customer.parts]
                self._begun[removal.erasure] = _Begun(parts, told, untold, {})
            begun = self._begun.get(removal.erasure)
            if begun is None:
                return self._known(Removed({}, recorded=False))
            try:
                begun.counts = added(begun.counts, dict(await self._runtime.erase(begun.parts)))
            finally:
                # Whatever went wrong, nothing may be stepped on what may be erased by now.
                if customer is not None:
                    self._customers.drop(customer)
        # Of somebody there was, something went: where nothing is known to have, a try ended before it could tell.
        return self._known(Removed(begun.counts, begun.told, begun.untold, recorded=bool(begun.counts)))

    def follow(self, entry: Entry, release: Release) -> None:
        """Remove somebody as soon as the last recipient has been told, before time is over.

        While one could not be told there is time for a person to see to it.
        """
        for fact in entry.facts:
            if isinstance(fact, CustomerErased):
                self._begun.pop(fact.erasure, None)
        if _ends_something(entry, release):
            customer = self._customers.customer_of(entry.origin)
            if customer is not None and ERASURE in customer.view.flags and not _waiting(customer):
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
        """Return the actions that told recipients, and those that did not succeed in it."""
        asked: dict[str, str] = {}
        done: set[str] = set()
        for stored in await self._runtime.ledger.read([part.id for part in customer.parts]):
            for fact in stored.entry.facts:
                if isinstance(fact, InvocationDone):
                    done.add(fact.invocation)
                asked |= _asked(fact)
            ruled = stored.entry.decision
            if ruled is not None and ruled.purpose == PURPOSE and ruled.verdict == "deny":
                asked[ruled.invocation] = ruled.action
        told = (action for name, action in asked.items() if name in done)
        untold = (action for name, action in asked.items() if name not in done)
        return tuple(dict.fromkeys(told)), tuple(dict.fromkeys(untold))

    def _known(self, removed: Removed) -> dict[str, Known]:
        return {REMOVED: Known(msgspec.to_builtins(removed), self._runtime.clock.now(), PLATFORM)}


def erasure_of(command: str) -> str:
    """Return the id of the erasure that a command asks for."""
    return derive("era", command)


def addresses(release: Release, customer: Customer) -> list[Identifier]:
    """Return the identifiers by which a customer can be contacted."""
    reached = {channel.namespace for channel in release.channels.values()}
    links = (link.identifier for part in customer.parts for link in part.identifiers.values())
    return [each for each in links if each.namespace in reached]


def _asked(fact: Fact) -> Mapping[str, str]:
    if isinstance(fact, InvocationQueued | InvocationHeld) and fact.invocation.purpose == PURPOSE:
        return {fact.invocation.id: fact.invocation.action}
    return {}


def _ends_something(entry: Entry, release: Release) -> bool:
    """Say whether an entry may be the last that an erasure waits for: an ending, or an announcement nobody acts on."""
    command = entry.command
    if isinstance(command, Signal) and command.type == REQUESTED:
        # What is proposed by it is not under way yet: that is another step.
        return REQUESTED not in release.routes.heard and not recipients(release)
    return any(isinstance(fact, _ENDINGS) and _tells(release, fact.action) for fact in entry.facts)


def _tells(release: Release, action: str) -> bool:
    """Say whether an action tells recipients: nothing else that ends is waited for."""
    compiled = release.actions.get(action)
    return compiled is not None and PURPOSE in {compiled.action.purpose, *compiled.action.other_purposes}


def _waiting(customer: Customer) -> Mapping[str, Invocation]:
    """Return what was to tell recipients and has not."""
    return {name: each for name, each in customer.view.invocations.items() if each.purpose == PURPOSE}
