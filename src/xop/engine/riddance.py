"""Riddances: what of each class of data is past its time, and how it goes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from xop.kernel.base.actor import SYSTEM, Actor
from xop.kernel.base.risks import annex_point
from xop.kernel.commands import Command
from xop.kernel.context.customer import Customer
from xop.kernel.decisions.model import Decision
from xop.kernel.erasure.commands import Erase
from xop.kernel.erasure.model import ERASURE
from xop.kernel.facts import ErasureRequested
from xop.kernel.halts.model import PLATFORM
from xop.kernel.release import Release
from xop.kernel.retention.model import CUSTOMERS, EVIDENCE, OUTBOX, SHADOWS, Retention
from xop.kernel.retention.period import Period, before
from xop.ports.errors import DamagedError
from xop.ports.outbox import Finished
from xop.ports.runtime import Runtime

PAGE = 256

HELD = "held"
"""Why something past its time stays: a legal hold or an incident keeps it, or nobody can read whether one does."""

REQUIRED = "required"
"""Why something past its time stays: the law wants records of high-risk systems kept."""


class Candidate(Struct, frozen=True):
    """Something past its time."""

    key: Any
    """By which it goes."""
    at: int
    """How old it is, as the moment it came about or was last needed."""
    part: str
    """The part of the customer it is about."""
    why: str = ""
    """Why it stays: `HELD` or `REQUIRED`; empty when it goes."""
    decisions: tuple[str, ...] = ()
    """The decisions it belongs to."""


class Page(Struct, frozen=True):
    """Some of what is past its time, and how much had to be looked at for it."""

    candidates: list[Candidate]
    looked_at: int


class Riddance(Protocol):
    """One class of data."""

    name: str
    period: Period
    before: int
    """What is older is past its time; milliseconds since the epoch."""
    asks: bool
    """Whether it goes by commands, which see for themselves what keeps it."""

    def pages(self) -> AsyncIterator[Page]:
        """Yield everything past its time."""
        ...

    async def let_go(self, going: Sequence[Candidate], run: str) -> int:
        """Let something go, for good; return how much that was."""
        ...


Submit = Callable[[Command, str], Awaitable[Any]]
Find = Callable[[str], Awaitable[Customer | None]]


def riddances(runtime: Runtime, find: Find, submit: Submit, release: Release) -> list[Riddance]:
    """Return what a release lets go of now."""
    retention = release.retention
    if retention is None:
        return []
    known: dict[str, Riddance] = {
        EVIDENCE: _Evidence(runtime, release, retention),
        OUTBOX: _Outbox(runtime, release, retention),
        SHADOWS: _Shadows(runtime, release, retention),
        CUSTOMERS: _Customers(runtime, release, retention, find, submit),
    }
    return [known[name] for name in retention.classes]


class _Class:
    """What all classes share: how old is too old, and for whom that is not all."""

    name = ""
    asks = False

    def __init__(self, runtime: Runtime, release: Release, retention: Retention) -> None:
        self.runtime = runtime
        self.release = release
        self.period = retention.of(self.name) or retention.high_risk
        now = runtime.clock.now()
        self.before = before(now, self.period)
        self.required_since = before(now, retention.high_risk)
        """Records of high-risk systems stay from here on."""

    def why(self, at: int, action: str, *actors: Actor | None) -> str:
        """Return why something about an action stays although it is past its time."""
        return REQUIRED if at >= self.required_since and is_risky(self.release, action, *actors) else ""

    def why_decided(self, decision: Decision) -> str:
        """Return why what bears on a decision stays: for its action, or for one that was considered."""
        actions = (decision.action, *(each.action for each in decision.candidates))
        whys = (self.why(decision.at, action, decision.actor) for action in actions if action)
        return next((why for why in whys if why), "")


class _Evidence(_Class):
    """The values behind decisions."""

    name = EVIDENCE

    async def pages(self) -> AsyncIterator[Page]:
        """Yield evidence from the oldest on, until some is young enough."""
        after = 0
        while page := await self.runtime.evidence.page(after, PAGE):
            after = page[-1][0]
            found, young = [], False
            for _, name in page:
                try:
                    stored = await self.runtime.ledger.decided(name)
                except DamagedError:
                    found.append(Candidate(name, 0, "", HELD))
                    continue
                decision = stored.entry.decision if stored is not None else None
                if stored is None or decision is None:
                    continue
                young = decision.at >= self.before
                if not young:
                    found.append(Candidate(name, decision.at, stored.entry.origin, self.why_decided(decision), (name,)))
            yield Page(found, len(page))
            if young:
                return

    async def let_go(self, going: Sequence[Candidate], run: str) -> int:
        """Erase evidence; its decisions stay, and say that it is erased."""
        del run
        return await self.runtime.evidence.drop([each.key for each in going])


class _Outbox(_Class):
    """Requests that are over."""

    name = OUTBOX

    async def pages(self) -> AsyncIterator[Page]:
        """Yield requests in the order of their coming."""
        last: Finished | None = None
        while page := await self.runtime.outbox.over(self.before, last, PAGE):
            last = page[-1]
            found = [Candidate(each.invocation, each.at, each.part, self.why(each.at, each.action)) for each in page]
            yield Page(found, len(page))

    async def let_go(self, going: Sequence[Candidate], run: str) -> int:
        """Erase requests; what came of them is in the ledger."""
        del run
        return await self.runtime.outbox.drop([each.key for each in going])


class _Shadows(_Class):
    """What would have been decided."""

    name = SHADOWS

    async def pages(self) -> AsyncIterator[Page]:
        """Yield contrasts, the newest first."""
        number: int | None = None
        while page := await self.runtime.shadows.page(number, PAGE):
            number = page[-1][0]
            found = []
            for key, each in page:
                if each.at < self.before:
                    why = self.why(each.at, each.action) if each.action else ""
                    try:
                        stored = await self.runtime.ledger.decided(each.decision)
                    except DamagedError:
                        stored, why = None, HELD
                    part = stored.entry.origin if stored is not None else ""
                    found.append(Candidate(key, each.at, part, why, (each.decision,)))
            yield Page(found, len(page))

    async def let_go(self, going: Sequence[Candidate], run: str) -> int:
        """Erase contrasts."""
        del run
        return await self.runtime.shadows.drop([each.key for each in going])


class _Customers(_Class):
    """Customers of whom nothing was heard for long."""

    name = CUSTOMERS
    asks = True

    def __init__(self, runtime: Runtime, release: Release, retention: Retention, find: Find, submit: Submit) -> None:
        super().__init__(runtime, release, retention)
        self._suppress = retention.suppress
        self._find = find
        self._submit = submit

    async def pages(self) -> AsyncIterator[Page]:
        """Yield customers in the order of their parts; one of several parts comes with the part that gave the id."""
        after = ""
        while page := await self.runtime.directory.page(after, PAGE):
            after = page[-1]
            found = [each for part in page if (each := await self._candidate(part)) is not None]
            yield Page(found, len(page))

    async def _candidate(self, part: str) -> Candidate | None:
        try:
            customer = await self._find(part) if part != PLATFORM else None
            if customer is None or customer.id != part:
                return None
            view = customer.view
            if view.seen_at >= self.before or ERASURE in view.flags:
                return None
            why, decisions = await self._records([each.id for each in customer.parts])
        except DamagedError:
            return Candidate(part, 0, part, HELD)
        return Candidate(customer.id, view.seen_at, customer.id, why, decisions)

    async def _records(self, parts: list[str]) -> tuple[str, tuple[str, ...]]:
        """Say whether decisions about them are to be kept, and name all of them."""
        names: list[str] = []
        why, number = "", None
        while page := await self.runtime.ledger.decisions(number, PAGE, parts):
            number = page[-1].position
            for stored in page:
                decision = stored.entry.decision
                if decision is not None:
                    names.append(decision.id)
                    why = why or self.why_decided(decision)
        return why, tuple(names)

    async def let_go(self, going: Sequence[Candidate], run: str) -> int:
        """Have customers erased, as if they had asked for it, unless they were heard of meanwhile."""
        count = 0
        for each in going:
            name = f"erasure:{run}:{each.key}"
            command = Erase(name, SYSTEM, "retention", None, self._suppress, self.before)
            answer = await self._submit(command, each.key)
            facts = answer.entry.facts if answer.entry is not None and not answer.duplicate else ()
            count += any(isinstance(fact, ErasureRequested) for fact in facts)
        return count


def is_risky(release: Release, action: str, *actors: Actor | None) -> bool:
    """Say whether an action of some actors is of high risk; one that the release does not know any more may have been."""
    compiled = release.actions.get(action)
    if compiled is None or compiled.action.risk == "high" or annex_point(compiled.action.risk_class):
        return True
    agents = [each for each in actors if each is not None and each.kind == "agent"]
    principals = [release.principals.get(each) for each in agents]
    if any(each is None or each.risk_class == "high" for each in principals):
        return True
    if release.register is None:
        return False
    covered = [*map(str, agents), f"action:{action}"]
    systems = release.register.file.systems
    return any(annex_point(systems[name].risk_class) for name in release.register.governing(covered))
