"""Retention: lets go of whatever is past its time, class by class and paced, and shows beforehand what that would be.

What goes is looked for anew by every run, so that one which was cut short is simply gone on with.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from xop.engine.riddance import HELD, REQUIRED, Candidate, Riddance, riddances
from xop.engine.ticket import Overloaded, Stopping
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.days import DAY
from xop.kernel.commands import Command
from xop.kernel.context.customer import Customer
from xop.kernel.entry import Entry
from xop.kernel.erasure.model import in_force
from xop.kernel.facts import RetentionBegun
from xop.kernel.halts.model import PLATFORM
from xop.kernel.release import Release
from xop.kernel.retention.commands import Retain, Retained
from xop.kernel.retention.model import TIMER, RetentionStanding, added
from xop.kernel.retention.period import Period
from xop.ports.errors import DamagedError, StorageError
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.retention")

PACE = 2_000
"""Things looked at in a second."""

_AFTER_A_FAULT = 1000
"""Milliseconds until a run that met a fault goes on."""

Submit = Callable[[Command, str], Awaitable[object]]
Find = Callable[[str], Awaitable[Customer | None]]


class ClassPlan(Struct, frozen=True):
    """What would go of one class of data."""

    name: str
    period: Period
    before: int
    """What is older than this moment is past its time; milliseconds since the epoch."""
    count: int = 0
    oldest: int = 0
    """Of what would go, in milliseconds since the epoch; 0 when there is nothing."""
    newest: int = 0
    held: int = 0
    """How much stays for a legal hold or an incident."""
    required: int = 0
    """How much stays since the law wants records of high-risk systems kept."""


class Keeper:
    """Keeps data for as long as the release says, and no longer."""

    def __init__(
        self, runtime: Runtime, find: Find, alone: asyncio.Lock, submit: Submit, release: Callable[[], Release]
    ) -> None:
        self._runtime = runtime
        self._find = find
        self._alone = alone
        """Held by whoever changes customers: no legal hold comes about meanwhile."""
        self._submit = submit
        self._release = release
        self._task: asyncio.Task[None] | None = None
        self._setting: asyncio.Task[None] | None = None
        self._started = False
        self._untold: dict[str, int] = {}
        """What has gone of which the ledger does not know yet, by class."""

    async def start(self) -> None:
        """Go on with a run that was cut short, and see to it that there is a next one."""
        standing = await self.standing()
        if standing is not None and not standing.over_at:
            self._begin(standing.run)
        self._started = True
        self.adopt()

    def adopt(self) -> None:
        """See to it that there is a run a day from now on, where the release says how long anything is kept."""
        wanted = self._started and self._release().retention is not None
        if wanted and (self._setting is None or self._setting.done()):
            self._setting = asyncio.create_task(self._set(), name="xop-retention-timer")

    def follow(self, entry: Entry) -> None:
        """Begin when the ledger says so."""
        if entry.origin == PLATFORM:
            for fact in entry.facts:
                if isinstance(fact, RetentionBegun):
                    self._begin(fact.run)

    async def stop(self) -> None:
        """End; what is left goes after the next start."""
        self._started = False
        tasks = [each for each in (self._task, self._setting) if each is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def standing(self) -> RetentionStanding | None:
        """Return how the last run stands."""
        platform = await self._find(PLATFORM)
        return platform.parts[0].retention if platform is not None else None

    async def plan(self) -> list[ClassPlan]:
        """Return exactly what would go now; nothing does."""
        return [await self._planned(each) for each in self._riddances()]

    async def _set(self) -> None:
        try:
            if not await self._runtime.timers.find(TIMER):
                due = self._runtime.clock.now() + DAY
                await self._submit(Retain(f"retain:set:{due}", SYSTEM, due), PLATFORM)
        except (StorageError, Overloaded, Stopping) as error:
            LOG.warning("the next run of retention is not set; it is when the engine starts again: %s", error)

    def _begin(self, run: str) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(run), name="xop-retention")

    async def _run(self, run: str) -> None:
        while True:
            try:
                await self._let_go(run)
            except Exception:
                LOG.exception("retention met a fault; going on in a second")
                await self._runtime.clock.until(self._runtime.clock.now() + _AFTER_A_FAULT)
            else:
                return

    async def _let_go(self, run: str) -> None:
        held: dict[str, int] = {}
        required: dict[str, int] = {}
        word = 0
        begun = self._runtime.clock.now()
        for riddance in self._riddances():
            async for found in self._looked_at(riddance):
                gone = await self._let_go_of(riddance, found, run)
                held = added(held, {riddance.name: _stays(found, HELD)})
                required = added(required, {riddance.name: _stays(found, REQUIRED)})
                self._untold = added(self._untold, {riddance.name: gone})
                if gone:
                    word += 1
                    await self._tell(Retained(f"retained:{run}:{begun}:{word}", run, self._untold))
        name = f"retained:{run}:{begun}:over"
        await self._tell(Retained(name, run, _counted(self._untold), _counted(held), _counted(required), over=True))

    async def _tell(self, word: Retained) -> None:
        await self._submit(word, PLATFORM)
        self._untold = {}

    async def _let_go_of(self, riddance: Riddance, found: Sequence[Candidate], run: str) -> int:
        if riddance.asks:
            return await riddance.let_go([each for each in found if not each.why], run)
        async with self._alone:
            # Somebody may have imposed a legal hold since it was looked at.
            incidents = await self._incidents()
            going = [each for each in found if not each.why and not await self._held(each, incidents)]
            return await riddance.let_go(going, run) if going else 0

    async def _planned(self, riddance: Riddance) -> ClassPlan:
        plan = ClassPlan(riddance.name, riddance.period, riddance.before)
        async for found in self._looked_at(riddance):
            going = [each.at for each in found if not each.why]
            plan = replace(
                plan,
                count=plan.count + len(going),
                oldest=min([*going, *([plan.oldest] if plan.oldest else [])], default=0),
                newest=max([*going, plan.newest]),
                held=plan.held + _stays(found, HELD),
                required=plan.required + _stays(found, REQUIRED),
            )
        return plan

    async def _looked_at(self, riddance: Riddance) -> AsyncIterator[list[Candidate]]:
        """Yield what is past its time, page by page, with what keeps it; so many things a second."""
        incidents = await self._incidents()
        async for page in riddance.pages():
            begun = self._runtime.clock.now()
            yield [replace(each, why=HELD) if await self._held(each, incidents) else each for each in page.candidates]
            await self._runtime.clock.until(begun + page.looked_at * 1000 // PACE)

    async def _held(self, candidate: Candidate, incidents: frozenset[str]) -> bool:
        if not incidents.isdisjoint(candidate.decisions):
            return True
        try:
            customer = await self._find(candidate.part)
        except DamagedError:
            # Whoever cannot be read may be under a legal hold.
            return True
        if customer is None:
            return False
        holds = (hold for part in customer.parts for hold in part.legal_holds.values())
        return bool(in_force(holds, self._runtime.clock.now()))

    async def _incidents(self) -> frozenset[str]:
        """Return the decisions that incidents keep the data of."""
        platform = await self._find(PLATFORM)
        known = platform.parts[0].incidents.values() if platform is not None else ()
        return frozenset(decision for each in known if not each.closed_at for decision in each.keeps)

    def _riddances(self) -> list[Riddance]:
        return riddances(self._runtime, self._find, self._submit, self._release())


def _stays(found: Sequence[Candidate], why: str) -> int:
    return sum(each.why == why for each in found)


def _counted(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
