"""The engine: what faces and hosts use to submit commands and to ask what is true."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from xop.engine.alarm import Alarm
from xop.engine.breaker import Breakers, Standing
from xop.engine.connections import Connections, Links
from xop.engine.dispatch import Dispatcher, recover
from xop.engine.draft_batch import DraftBatch
from xop.engine.endings import Endings
from xop.engine.eraser import Eraser
from xop.engine.gate import Gate
from xop.engine.gather import About, Gatherer
from xop.engine.incident_holds import IncidentHolds
from xop.engine.insight import Insight
from xop.engine.legal_holds import LegalHolds
from xop.engine.log import DecisionLog
from xop.engine.prospects import Prospects
from xop.engine.retention import Keeper
from xop.engine.scoring import Scorer
from xop.engine.shadow import Shadow
from xop.engine.sweep import Sweep
from xop.engine.tally import Tally
from xop.engine.ticket import Answer, Ticket
from xop.engine.trainer import Trainer
from xop.engine.writer import Writer
from xop.kernel.actions.invocation import derive_invocation
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Known
from xop.kernel.commands import (
    Approval,
    Choice,
    Command,
    Decline,
    Enter,
    Escalate,
    Evaluation,
    Execution,
    HandOver,
    Outcome,
    Proposal,
    Reconciliation,
    Reconsideration,
    Signal,
)
from xop.kernel.context.customer import Customer, heard_last
from xop.kernel.erasure.commands import Erase, Removal
from xop.kernel.erasure.model import ERASURE, PURPOSE
from xop.kernel.facts import (
    Fact,
)
from xop.kernel.halts.model import PLATFORM, Halted, HaltFact, fold_halts, halting, scopes_of
from xop.kernel.identity.model import Identifier
from xop.kernel.moment import Scores
from xop.kernel.oversight.commands import SeedProbe
from xop.kernel.release import Release
from xop.kernel.steps.probe import probe_of, proposal_of
from xop.kernel.steps.proposal import hold_key
from xop.kernel.steps.queueing import DESK
from xop.ports.adapter import AdapterKind, Secrets
from xop.ports.line import Line
from xop.ports.model import ModelKind
from xop.ports.outbox import OutboxEntry
from xop.ports.runtime import Runtime
from xop.ports.timers import Timer
from xop.ports.witness import OpenWitness

_JUDGED = Proposal | Evaluation | Reconsideration | Execution | Approval | Reconciliation | SeedProbe
"""Commands that may lead to a verdict."""

Target = str | Identifier
"""Whom a command is about: a customer's or part's id, or one of its identifiers."""


class Gathered(Struct, frozen=True):
    """What a command was given from outside."""

    reads: dict[str, Known]
    scores: Scores | None = None


class Performed(Struct, frozen=True):
    """What came of a proposal for whose outcome somebody waited."""

    answer: Answer
    ending: Fact | None = None
    """The fact that ended its invocation; None when it was not permitted, or has not ended yet."""


class Engine:
    """Takes commands in, makes what follows durable, and carries it out."""

    def __init__(
        self,
        runtime: Runtime,
        release: Release,
        kinds: Mapping[str, AdapterKind],
        secrets: Secrets,
        models: Mapping[str, ModelKind] = MappingProxyType({}),
        links: Links | None = None,
        *,
        witnesses: OpenWitness | None = None,
    ) -> None:
        self.runtime = runtime
        self.tally = Tally()
        self._connections = Connections(kinds, secrets, links)
        self._writer = Writer(runtime, self._connections, release)
        self._writer.committed.append(self._follow_up)
        self._fetching = _fetching(release)
        self._gatherer = Gatherer(self._connections, runtime.clock, halts=lambda: self.halts)
        self._prospects = Prospects(self._gatherer, runtime.clock)
        self._scorer = Scorer(self._gatherer, runtime.clock)
        self.trainer = Trainer(runtime, models, self._scorer, lambda: self.release)
        self._alarm = Alarm(runtime, self._fire, lambda: self.release.pace)
        self._dispatcher = Dispatcher(
            runtime, self._connections, self._submit_own, lambda: self.release, self._obstacle
        )
        self.sweep = Sweep(runtime, self._submit_own)
        self._halted: dict[str, Halted] = {}
        self._breakers = Breakers(lambda: self.release, lambda: self.halts, self.submit, runtime.clock)
        self.shadow = Shadow(runtime, lambda: self.release)
        self.legal_holds = LegalHolds(runtime, self.customer)
        self.eraser = Eraser(runtime, self._writer.customers, self.legal_holds, self._writer.alone, self._fire)
        self._incident_holds = IncidentHolds(runtime, self.customer, self._submit_own)
        self.keeper = Keeper(runtime, self.customer, self._writer.alone, self._submit_own, lambda: self.release)
        self.insight = Insight(runtime, lambda: self.release, self.customer)
        self._writer.latency = self.insight.latency
        self._grown = asyncio.Event()
        self._endings = Endings(runtime.ledger)
        self.log = DecisionLog(runtime, lambda: self.release.log)
        if witnesses is not None:
            self.log.reach(witnesses, secrets)

    @property
    def release(self) -> Release:
        """The release that rules now."""
        return self._writer.release

    @property
    def running(self) -> bool:
        """Whether commands are taken."""
        return self._writer.running

    @property
    def waiting(self) -> int:
        """How many commands wait for their turn."""
        return self._writer.waiting

    @property
    def gates(self) -> Mapping[str, str]:
        """The state of each connection's circuit breaker: `closed` or `open`."""
        return {name: gate.state for name, gate in self._dispatcher.gates.items()}

    @property
    def connections(self) -> Connections:
        """The connections in use."""
        return self._connections

    def gate(self, connection: str) -> Gate | None:
        """Return the gate of a connection; None before its first use."""
        return self._dispatcher.gates.get(connection)

    def breaker(self, agent: Actor) -> Standing:
        """Return what counts towards an agent's breaker now."""
        return self._breakers.standing(agent)

    @property
    def halted(self) -> Mapping[str, Halted]:
        """What is halted, by scope: what the durable ledger says, whatever becomes of a group under way."""
        return self._halted

    @property
    def halts(self) -> Collection[str]:
        """The scopes that are halted."""
        return self.halted.keys()

    async def start(self) -> int:
        """Begin; return how many requests had been on their way when the process last ended."""
        self._connections.open(self.release)
        await self.trainer.start()
        await self.learn_halts()
        self._writer.start()
        recovered = await recover(self.runtime, self._connections, self.release, self.submit)
        self._dispatcher.start()
        self._alarm.start()
        self.shadow.start()
        self.sweep.start(self.release)
        self.insight.start()
        self._incident_holds.start()
        self.log.start()
        await self.keeper.start()
        return recovered

    async def learn_halts(self) -> None:
        """Take over what the ledger says is halted, which is to be known even where nothing is started."""
        platform = await self.customer(PLATFORM)
        self._halted = platform.parts[0].halts if platform is not None else {}

    async def stop(self) -> None:
        """End without losing anything: no new commands, those taken are answered, requests on their way come back."""
        await self.keeper.stop()
        await self.sweep.stop()
        await self._incident_holds.stop()
        await self._alarm.stop()
        await self.eraser.stop()
        await self._dispatcher.stop()
        await self._writer.stop()
        await self.log.stop()
        await self._breakers.stop()
        await self.shadow.stop()
        await self.insight.stop()
        await self.trainer.stop()
        await self._connections.close()

    def adopt(self, release: Release) -> None:
        """Let another release rule from the next group of commands on, and have runs and customers follow it."""
        before = self.release
        self._connections.open(release)
        self._fetching = _fetching(release)
        self._writer.release = release
        if release.digest != before.digest:
            # Whoever an unfinished sweep has not come to is come to now.
            reviewing = bool(self.sweep.left) or reviewed(release) != reviewed(before)
            self.sweep.start(release, reviewing=reviewing)
        self.trainer.wake()
        self.log.wake()
        self.keeper.adopt()

    def observe(self, release: Release | None) -> None:
        """Have another release decide whatever is decided from now on once more, without anything following; None for none."""
        self.shadow.release = release
        self._writer.watched = release is not None

    async def submit(self, command: Command, target: Target | None = None) -> Answer:
        """Submit a command and wait until what it led to is durable.

        A signal without a target finds its customer by its identifiers. The same command id again gets the first answer.
        Raises `Overloaded` when too many commands wait, `Stopping` when the engine ends and `StorageError` when the store
        cannot be written; nothing changed then.
        """
        began = asyncio.get_running_loop().time()
        if isinstance(command, Proposal | Evaluation | Enter | Choice | SeedProbe):
            target = await self._side(target)
        return await self._queue(command, target, await self._gather(command, target), began=began)

    async def perform(
        self, proposal: Proposal, target: Target, seconds: float, line: Line | None = None
    ) -> "Performed":
        """Submit a proposal and wait at most some seconds for the outcome, if it is permitted; raises as `submit` does.

        `line` connects the caller with whoever carries it out for as long as it waits.
        """
        part = await self.part(target)
        side = await self._side(part) if isinstance(target, str) else part
        invocation = derive_invocation(proposal.id, side if isinstance(side, str) else "")
        with self._endings.awaited(invocation) as ending:
            if line is not None:
                self._dispatcher.lines[invocation] = line
            try:
                answer = await self.submit(proposal, target)
                decision = answer.decision
                if answer.entry is None or decision is None or decision.verdict != "permit" or decision.shadow:
                    return Performed(answer)
                if answer.duplicate:
                    past = await self._ended_before(decision.invocation, answer.entry.origin, answer.position)
                    if past is not None:
                        return Performed(answer, past)
                return Performed(answer, await asyncio.wait_for(ending, seconds))
            except TimeoutError:
                return Performed(answer)
            finally:
                self._dispatcher.lines.pop(invocation, None)

    async def _side(self, target: Target | None) -> Target | None:
        """Return the side of a merged customer that a wish about them as a whole concerns."""
        if isinstance(target, str):
            customer = await self.customer(target)
            if customer is not None and customer.id == target:
                return heard_last(customer)
        return target

    async def _submit_own(self, command: Command, part: str) -> Answer:
        """Submit a command of the engine's own, which lets those go first for whose answer somebody waits.

        An outcome that somebody waits for is one of those.
        """
        awaited = isinstance(command, Outcome) and command.invocation in self._endings
        return await self._queue(command, part, await self._gather(command, part), patient=not awaited)

    def take(self, signal: Signal) -> asyncio.Future[Answer]:
        """Queue a signal at once and return its answer to come: the way for many signals together; raises as `submit` does."""
        loop = asyncio.get_running_loop()
        return self._writer.submit(Ticket(signal, loop.create_future(), began=loop.time()))

    def _queue(
        self,
        command: Command,
        target: Target | None,
        gathered: Gathered,
        timer: Timer | None = None,
        *,
        patient: bool = False,
        began: float | None = None,
    ) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        ticket = Ticket(
            command=command,
            future=loop.create_future(),
            part=target if isinstance(target, str) else None,
            identifier=target if isinstance(target, Identifier) else None,
            reads=gathered.reads,
            scores=gathered.scores,
            timer=timer,
            patient=patient or timer is not None,
            began=loop.time() if began is None else began,
        )
        self._breakers.heed(command, ticket.future)
        return self._writer.submit(ticket)

    async def _gather(self, command: Command, target: Target | None) -> Gathered:
        """Return everything a command needs from outside before it can be stepped."""
        if isinstance(command, Choice):
            return await self._gather_choice(command, target)
        if isinstance(command, Removal):
            removed = await self.eraser.remove(command, self.release)
            self._gatherer.forget()
            return Gathered(removed)
        if isinstance(command, Erase):
            return Gathered(await self._gather_holds(target))
        if isinstance(command, HandOver | Decline | Escalate):
            return Gathered({DESK: await self._gather_desk()})
        return Gathered(await self._gather_reads(command, target))

    async def _gather_choice(self, command: Choice, target: Target | None) -> Gathered:
        """A choice is judged for every candidate, and scored by a model."""
        customer = await self.customer(target) if target is not None else None
        origin = await self.part(target) if target is not None else None
        if customer is None or origin is None:
            return Gathered({})
        actors = (command.actor, command.asked_by)
        if halting(self.halts, [str(actor) for actor in actors]):
            return Gathered({})
        fetching = {name for name in self._fetching if not self._stops(name, *actors)}
        reads, scores = await asyncio.gather(
            self._prospects.reads(self.release, fetching, command, customer, origin),
            self._scorer.score(self.release, command, customer, origin),
        )
        return Gathered(reads, scores)

    async def _gather_holds(self, target: Target | None) -> dict[str, Known]:
        """Incidents keep what they concern, and are the platform's."""
        customer = await self.customer(target) if target is not None else None
        return await self.eraser.held(customer) if customer is not None else {}

    async def _gather_desk(self) -> Known:
        """Whether there is room in a queue hangs on everybody's handovers."""
        tallies = await self.runtime.desk.counts()
        waiting = {each.queue: each.handovers for each in tallies if each.status == "waiting"}
        return Known(waiting, self.runtime.clock.now(), DESK)

    async def _gather_reads(self, command: Command, target: Target | None) -> dict[str, Known]:
        """Only commands that lead to a verdict need facts, and few actions have facts that must be fetched."""
        if target is None or not isinstance(command, _JUDGED) or not self._fetching:
            return {}
        customer, origin = await self.customer(target), await self.part(target)
        if customer is None or origin is None:
            return {}
        if isinstance(command, SeedProbe):
            probe = probe_of(self.release, command)
            if probe is None:
                return {}
            command = proposal_of(customer, command, probe)
        if isinstance(command, Proposal | Evaluation):
            name, arguments = command.action, command.arguments
            actors = (command.actor, command.asked_by)
        else:
            invocation = customer.view.invocations.get(command.invocation)
            if invocation is None:
                return {}
            name, arguments = invocation.action, invocation.arguments
            actors = (invocation.actor, invocation.asked_by)
        compiled = self.release.actions.get(name)
        if compiled is None or name not in self._fetching or self._stops(name, *actors):
            return {}
        if compiled.misfit(arguments) is not None:
            # Nobody outside is told what is refused here.
            return {}
        return await self._gatherer.reads(self.release, compiled, About(customer, origin, arguments))

    def _stops(self, action: str, *actors: Actor | None) -> bool:
        """Say whether an action of some actors is halted: nothing is read for it then, and nobody told of the customer."""
        compiled = self.release.actions.get(action)
        connection = compiled.action.binding.connection if compiled is not None else ""
        return bool(halting(self.halts, scopes_of(actors, action, connection)))

    async def _obstacle(self, entry: OutboxEntry) -> str:
        """Say what keeps a started request from leaving since it was judged; empty when nothing does."""
        customer = await self.customer(entry.part)
        known = customer.view.invocations.get(entry.invocation) if customer is not None else None
        purpose = known.purpose if known is not None else ""
        if customer is None or (ERASURE in customer.view.flags and purpose != PURPOSE):
            return "the customer is being erased"
        actors = (known.actor, known.asked_by) if known is not None else ()
        halted = halting(self.halts, scopes_of(actors, entry.action, entry.connection))
        return f"this is halted: {halted}" if halted else ""

    async def _fire(self, timer: Timer) -> None:
        gathered = await self._gather(timer.command, timer.part)
        await self._queue(timer.command, timer.part, gathered, timer)

    def _follow_up(self, draft: DraftBatch, answers: Sequence[Answer]) -> None:
        """Wake whoever waits for what has just become durable."""
        for entry in draft.batch.entries:
            if entry.origin == PLATFORM:
                for fact in entry.facts:
                    self._halted = fold_halts(self._halted, fact) if isinstance(fact, HaltFact) else self._halted
        self.tally.note(answers)
        self.trainer.note(answers)
        if draft.batch.outbox:
            self._dispatcher.note(draft.batch.outbox)
        if draft.batch.timers:
            self._alarm.note(draft.batch.timers)
        if draft.batch.leaves:
            self.log.note(len(draft.batch.leaves))
        if draft.batch.entries:
            self._grown.set()
            self._grown = asyncio.Event()
            for entry in draft.batch.entries:
                self._breakers.follow(entry)
                self.eraser.follow(entry, self.release)
                self.keeper.follow(entry)
                self._incident_holds.follow(entry)
            self.shadow.follow(draft)
            self.insight.follow(draft.batch.entries, answers)
        self._endings.tell(draft.batch.entries)

    async def customer(self, target: Target) -> Customer | None:
        """Return a customer as of the last durable group, by id, former id or identifier."""
        part = await self.part(target)
        if part is None:
            return None
        await self._writer.customers.load([part])
        return self._writer.customers.customer_of(part)

    async def part(self, target: Target) -> str | None:
        """Return the part an identifier leads to, which a merge does not change; an id stands for itself."""
        if isinstance(target, str):
            return target
        await self._writer.customers.find([target])
        return self._writer.customers.part_of(target)

    async def holder(self, invocation: str) -> str | None:
        """Return the part whose invocation is held, or None when none such is."""
        timers = await self.runtime.timers.find(hold_key(invocation))
        return timers[0].part if timers else None

    async def grown(self) -> None:
        """Return when the ledger has grown."""
        await self._grown.wait()

    async def ended(self, invocation: str, part: str, after: int, seconds: float) -> Fact | None:
        """Return the fact that ends an invocation of a part, waiting for it at most some seconds; None when it has not come.

        `after` is the position of the entry that proposed it. A dead letter that is sent again may end once more.
        """
        with self._endings.awaited(invocation) as ending:
            try:
                past = await self._ended_before(invocation, part, after)
                return past or await asyncio.wait_for(ending, seconds)
            except TimeoutError:
                return None

    async def _ended_before(self, invocation: str, part: str, after: int) -> Fact | None:
        """Look whether an invocation that needs nothing more has ended; one that still does is worth waiting for."""
        customer = await self.customer(part)
        known = customer.view.invocations.get(invocation) if customer else None
        if known is not None and known.status not in {"failed", "uncertain"}:
            return None
        return await self._endings.before(invocation, part, after)


def reviewed(release: Release) -> tuple[object, ...]:
    """Return what a release asks of every customer: when it changes, all are looked at again."""
    segments = {name: each.segment for name, each in release.routes.segments.items()}
    schedules = {name: [each.rule for each in entries] for name, entries in release.routes.schedules.items()}
    reentry = {name: each.journey.reentry for name, each in release.routes.journeys.items()}
    return segments, schedules, reentry, dict(release.counters), release.zone, release.zone_field


def _fetching(release: Release) -> frozenset[str]:
    """Return the actions whose verdicts need facts that must be fetched: few, so that most commands need not wait."""
    return frozenset(name for name, compiled in release.actions.items() if compiled.reads)
