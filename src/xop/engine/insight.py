"""Insight: follows the ledger and counts what operations see."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from xop.engine.acquaintance import acquaintance
from xop.engine.held import FOLLOWED, Held
from xop.engine.latency import Latency
from xop.engine.pulse import Pulse
from xop.engine.ticket import Answer
from xop.engine.watch import Watch
from xop.kernel.actions.cost import cost_of
from xop.kernel.context.customer import Customer
from xop.kernel.entry import Entry
from xop.kernel.facts import ConversationOpened, HandoverFact, HandoverOpened, InvocationQueued
from xop.kernel.insight.contact import TALKS, contact_counts, cost_counts, handover_counts, passed_counts
from xop.kernel.insight.counts import COUNTED, counts
from xop.kernel.insight.measures import FOUND, Count
from xop.kernel.insight.vocabulary import own_name, vocabulary
from xop.kernel.release import Release
from xop.ports.errors import StorageError
from xop.ports.insight import MINUTE, Figure, Happened, Ruled, Wanted, fits
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.insight")

PAUSE = 250
"""Milliseconds between two additions to the store."""

WAITING = 10_000
"""Most entries that wait in memory; beyond that they are read from the ledger again."""

_PAGE = 200

_PATIENCE = 1_000
"""Entries for which a reader waits until they are counted; beyond that the answer says how many are missing."""

_LABELS = 400
"""Most names of one measure: names may come from outside."""

_LONGEST = 100
"""Characters of a name."""

OTHER = "(other)"
"""What has no name of the workspace's, or is beyond the most names."""

Customers = Callable[[str], Awaitable[Customer | None]]


class Insight:
    """Counts everything once, in the ledger's order; what it does or fails at reaches nobody's commands."""

    def __init__(self, runtime: Runtime, release: Callable[[], Release], customer: Customers) -> None:
        self.latency = Latency()
        self.pulse = Pulse()
        self.held = Held(runtime)
        self._runtime = runtime
        self._release = release
        self._customer = customer
        self._queue: deque[tuple[int, Entry]] = deque()
        self._behind = True
        """Whether entries must be read from the ledger, because the process has just begun or too many came."""
        self._position = -1
        """Up to where everything is counted; -1 before the store was asked."""
        self._kept = -1
        """Up to where the store has it."""
        self._latest = 0
        """The last position that was heard of."""
        self._counted: Counter[tuple[int, str, str]] = Counter()
        """What is not in the store yet: by minute, measure and label."""
        self._ruled: list[Ruled] = []
        self._happened: list[Happened] = []
        self._stored = 0
        self._names: dict[str, set[str]] = {}
        self._named: Release | None = None
        """The release whose names are known."""
        self._words: frozenset[str] = frozenset()
        self._noted = 0
        """Up to where decisions are in the pulse."""
        self._lock = asyncio.Lock()
        self._watch = Watch("insight", runtime.clock, self._look)
        self._started = False

    def start(self) -> None:
        """Begin to follow."""
        self._started = True
        self._watch.start()

    async def stop(self) -> None:
        """Keep what is counted, and end."""
        await self._watch.stop()
        try:
            if self._started:
                self._started = False
                await self._begin()
                await self._take()
            async with self._turn():
                await self._store()
        except StorageError as error:
            # What is lost is counted again from the ledger; nothing else must go on running for it.
            LOG.warning("the latest figures could not be kept: %s", error)

    def follow(self, entries: Sequence[Entry], answers: Sequence[Answer]) -> None:
        """Take in a durable group: its entries have positions in a row, of which an answer knows one."""
        places = {entry.command.id: place for place, entry in enumerate(entries)}
        known = (each.position - places[each.command] for each in answers if each.command in places and each.entry)
        first = next(known, 0)
        if not first:
            return
        self._latest = first + len(entries) - 1
        if len(self._queue) + len(entries) > WAITING:
            self._queue.clear()
            self._behind = True
        if not self._behind:
            self._queue.extend(enumerate(entries, first))
        self._watch.wake()

    async def settled(self) -> int:
        """Return once what is durable is counted, or else how many entries still are not."""
        await self._begin()
        missing = max(0, await self._runtime.ledger.last() - self._position)
        if missing > _PATIENCE and self._started:
            return missing
        while await self._take():
            pass
        self._measure()
        return 0

    async def series(self, step: int, since: int, until: int, measures: Sequence[str]) -> Sequence[Figure]:
        """Return the figures of some measures by step, with what is not in the store yet."""
        found = Counter(
            {
                (each.at, each.measure, each.label): each.amount
                for each in await self._runtime.figures.read(step, since, until, measures)
            }
        )
        for (at, measure, label), amount in self._counted.items():
            begin = at - at % step
            if since <= begin < until and measure in measures:
                found[begin, measure, label] += amount
        return [Figure(*key, amount) for key, amount in sorted(found.items())]

    async def totals(self, step: int, since: int, until: int) -> dict[str, dict[str, int]]:
        """Return the sums of a span of time by measure and label, with what is not in the store yet."""
        found = await self._runtime.figures.totals(step, since, until)
        for (at, measure, label), amount in self._counted.items():
            if since <= at - at % step < until:
                labels = found.setdefault(measure, {})
                labels[label] = labels.get(label, 0) + amount
        return found

    async def ruled(self, wanted: Wanted, before: int | None, limit: int) -> list[int]:
        """Return the positions of at most `limit` wanted decisions before a position, newest first."""
        end = 2**62 if before is None else before
        fresh = [each.position for each in reversed(self._ruled) if each.position < end and fits(each, wanted)]
        known = set(fresh)
        older = await self._runtime.figures.ruled(wanted, end, limit)
        return [*fresh, *(each for each in older if each not in known)][:limit]

    async def happened(
        self, measure: str, labels: Sequence[str], since: int, until: int, before: int | None, limit: int
    ) -> list[int]:
        """Return the positions of at most `limit` entries before a position that count something, the latest first."""
        end = 2**62 if before is None else before
        fresh = {
            each.position
            for each in self._happened
            if each.measure == measure and since <= each.at < until and each.position < end
            if not labels or each.label in labels
        }
        older = await self._runtime.figures.happened(measure, labels, since, until, end, limit)
        return sorted({*fresh, *older}, reverse=True)[:limit]

    async def waiting(self) -> dict[str, tuple[int, int]]:
        """Return how many invocations wait for each thing, and since when the first of them does."""
        for name, part in await self.held.look(self._runtime.clock.now()):
            customer = await self._customer(part)
            known = customer.part(part).invocations.get(name) if customer is not None else None
            if known is not None and known.status == "held":
                self.held.keep(known)
        return self.held.waiting()

    def recent_latency(self, seconds: int) -> dict[str, int]:
        """Return how many commands of the last seconds took how long, by bucket."""
        return self.latency.recent(asyncio.get_running_loop().time(), seconds)

    def channel(self, action: str) -> str | None:
        """Return the channel of an action that contacts customers; None for any other."""
        compiled = self._release().actions.get(action)
        return compiled.action.channel if compiled is not None and compiled.action.kind == "contact" else None

    def asked(self, invocation: str) -> bool:
        """Say whether an invocation waits for a person's approval."""
        return self.held.asked(invocation)

    async def _look(self) -> int | None:
        """Count what came, and keep it now and then."""
        now = self._runtime.clock.now()
        await self._begin()
        while await self._take():
            pass
        if self._position == self._kept:
            return None
        if now >= self._stored + PAUSE or now < self._stored:
            self._stored = now
            async with self._turn():
                await self._store()
            return None
        return self._stored + PAUSE

    async def _begin(self) -> None:
        """Go on where the store is; one that is of another ledger, or of a later one, begins again."""
        if self._position >= 0:
            return
        async with self._turn():
            position = await self._runtime.figures.position()
            if position > await self._runtime.ledger.last():
                await self._runtime.figures.clear()
                position = 0
            self._position = self._kept = position
        await self.waiting()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Let one count at a time; whatever breaks off in the middle is counted again from where the store is."""
        async with self._lock:
            try:
                yield
            except BaseException:
                self._queue.clear()
                self._counted, self._ruled, self._happened = Counter(), [], []
                self._behind, self._position, self._kept = True, -1, -1
                raise

    async def _take(self) -> bool:
        """Count some entries and say whether there are more."""
        async with self._turn():
            if not self._behind:
                while self._queue:
                    position, entry = self._queue.popleft()
                    if position > self._position:
                        await self._count(position, entry)
                return False
            page = await self._runtime.ledger.page(self._position, _PAGE)
            for stored in page:
                await self._count(stored.position, stored.entry)
            if len(page) < _PAGE:
                self._behind = self._position < self._latest
                return self._behind
            await self._store()
        # What rules goes first.
        await asyncio.sleep(0)
        return True

    async def _count(self, position: int, entry: Entry) -> None:
        at, decision = entry.moment.at, entry.decision
        # Most entries only tell what happened: a look at the kinds of their facts is all that they cost.
        kinds = [type(fact) for fact in entry.facts]
        if decision is not None or not COUNTED.isdisjoint(kinds):
            self._add(counts(entry, self), position, at)
        if decision is not None:
            if position > self._noted:
                self.pulse.note(decision.verdict, at)
            found = (decision.verdict, decision.code, decision.action, str(decision.actor))
            self._ruled.append(Ruled(position, at, *found))
        if not TALKS.isdisjoint(kinds) or (InvocationQueued in kinds and any(map(self._costs, entry.facts))):
            await self._count_talk(position, entry)
        if not FOLLOWED.isdisjoint(kinds):
            self.held.fold(entry)
        self._position, self._noted = position, max(position, self._noted)

    async def _count_talk(self, position: int, entry: Entry) -> None:
        """Count what needs the customer's state and what they did before."""
        customer, at = await self._customer(entry.origin), entry.moment.at
        if customer is None:
            return
        for fact in entry.facts:
            if isinstance(fact, ConversationOpened):
                before = await acquaintance(self._runtime.ledger, customer, position, at)
                self._add(contact_counts(customer, before, fact, at), position, at)
            elif isinstance(fact, HandoverOpened):
                self._add(passed_counts(customer, fact, at), position, at)
            elif isinstance(fact, HandoverFact):
                self._add(handover_counts(customer, entry.origin, fact), position, at)
            elif isinstance(fact, InvocationQueued) and (cost := self._costs(fact)):
                self._add(cost_counts(customer, fact.invocation, cost, at), position, at)

    def _costs(self, fact: object) -> str:
        """Return what an action costs that was permitted in a conversation; empty for anything else."""
        if not isinstance(fact, InvocationQueued) or not fact.invocation.conversation:
            return ""
        compiled = self._release().actions.get(fact.invocation.action)
        return cost_of(compiled.action, fact.invocation.arguments) if compiled is not None else ""

    def _add(self, found: Iterable[Count], position: int, at: int) -> None:
        minute = at - at % MINUTE
        for each in found:
            label = self._name(each.measure, each.label)
            self._counted[minute, each.measure, label] += each.amount
            if each.measure in FOUND:
                self._happened.append(Happened(position, at, each.measure, label))

    def _name(self, measure: str, label: str) -> str:
        """Return what a label is called in the figures: by its own name only if that is the workspace's."""
        release = self._release()
        if release is not self._named:
            self._named, self._words = release, vocabulary(release)
        if own_name(self._words, measure, label) is None:
            return _other(measure, label)
        known = self._names.setdefault(measure, set())
        if label not in known:
            if len(known) >= _LABELS or len(label) > _LONGEST:
                return _other(measure, label)
            known.add(label)
        return label

    def _measure(self) -> None:
        """Count how long commands took since this was last done."""
        now = self._runtime.clock.now()
        for label, amount in self.latency.take().items():
            self._counted[now - now % MINUTE, "latency", label] += amount

    async def _store(self) -> None:
        """Keep what was counted, together with how far that was."""
        self._measure()
        if self._position > self._kept:
            figures = [Figure(*key, amount) for key, amount in self._counted.items()]
            await self._runtime.figures.add(self._position, figures, self._ruled, self._happened)
            self._counted, self._ruled, self._happened, self._kept = Counter(), [], [], self._position


def _other(measure: str, label: str) -> str:
    """Return the name of what is counted without its own; amounts of several currencies are no sum, which contracts name."""
    return f"{OTHER} {label.rpartition(' ')[2]}" if measure == "costs" else OTHER
