"""A batch in the making: entries and effects of many steps, brought into the form a ledger commits."""

from typing import get_args

import msgspec
from msgspec.structs import replace

from xop.engine.contrast import Judged
from xop.kernel.audit.leaves import leaves_of
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Outcome
from xop.kernel.context.customer import Customer, Part
from xop.kernel.effects import Effect, Invoke, Schedule, Settle, Start, Unschedule
from xop.kernel.entry import Entry
from xop.kernel.facts import HandoverFact, HandoverOpened, IdentifierLinked
from xop.kernel.journeys.facts import PathEnded, RunEnded, RunEntered, RunTransferred, StepReached
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.ports.batch import ApartChange, Batch, HandoverChange, HeadChange, LeafIntent, LinkChange, RunChange, Snapshot
from xop.ports.desk import standing
from xop.ports.outbox import OutboxChange, OutboxEntry
from xop.ports.runs import standings
from xop.ports.timers import Timer

_ENCODER = msgspec.json.Encoder()

_MOVES = (RunEntered, StepReached, PathEnded, RunEnded, RunTransferred)
"""Facts after which a run stands elsewhere, or nowhere."""

_HANDOVERS: tuple[type, ...] = get_args(HandoverFact)

SNAPSHOT_EVERY = 64
"""Entries of a part between two snapshots of it."""


class DraftBatch:
    """Collects the changes of steps; timers, runs and starts are netted, the rest keeps its order."""

    def __init__(self, *, watched: bool = False) -> None:
        self.batch = Batch()
        self.judged: list[Judged] | None = [] if watched else None
        """Entries with a decision, for a release in shadow; None when there is none."""
        self._queued: dict[str, int | None] = {}
        """The places of requests put into the outbox by this batch; None for one that could not be rendered."""
        self._timers: dict[tuple[str, str], Timer | None] = {}
        self._runs: dict[tuple[str, str], RunChange] = {}

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        batch = self.batch
        return not (batch.entries or batch.outbox or self._timers or batch.timers_fired or batch.heads or batch.apart)

    def enter(self, entry: Entry, after: Customer, step: Step, before: Customer | None = None) -> None:
        """Add an entry with the links, runs and evidence it brings, and a snapshot now and then.

        Runs set aside long ago are forgotten without a fact of their own: only `before` tells which those are.
        """
        self.batch.entries.append(entry)
        if self.judged is not None and entry.decision is not None:
            self.judged.append(Judged(entry, entry.decision, before))
        kinds = {type(fact) for fact in entry.facts}
        if IdentifierLinked in kinds:
            for fact in entry.facts:
                if type(fact) is IdentifierLinked:
                    self.batch.links.append(LinkChange(fact.identifier, entry.origin))
        if not kinds.isdisjoint(_MOVES):
            self._move_runs(entry, after, before)
        if not kinds.isdisjoint(_HANDOVERS):
            self._move_handovers(entry, after, before)
        if step.evidence is not None:
            self.batch.evidence.append((entry.origin, step.evidence))
        if entry.seq % SNAPSHOT_EVERY == 0:
            self.snapshot(after.part(entry.origin))

    def _move_runs(self, entry: Entry, after: Customer, before: Customer | None) -> None:
        moved = {fact.run: None for fact in entry.facts if isinstance(fact, _MOVES)}
        part = after.part(entry.origin)
        if before is not None:
            moved.update((run, None) for run in before.part(entry.origin).runs if run not in part.runs)
        for name in moved:
            run = part.runs.get(name)
            self._runs[part.id, name] = RunChange(part.id, name, standings(part.id, run) if run else ())

    def _move_handovers(self, entry: Entry, after: Customer, before: Customer | None) -> None:
        """Those that were over longest ago are forgotten without a fact of their own when another opens."""
        moved = {_handover_of(fact): None for fact in entry.facts if isinstance(fact, HandoverFact)}
        part = after.part(entry.origin)
        if before is not None:
            moved.update((name, None) for name in before.part(entry.origin).handovers if name not in part.handovers)
        for name in moved:
            known = part.handovers.get(name)
            self.batch.handovers.append(HandoverChange(part.id, name, standing(part.id, known) if known else None))

    def tell_log(self, entry: Entry, release: Release) -> None:
        """Add what the log is told of the entry that was added last."""
        place = len(self.batch.entries) - 1
        self.batch.leaves.extend(LeafIntent(place, leaf) for leaf in leaves_of(entry, release))

    def snapshot(self, part: Part) -> None:
        """Keep a folded part as a cache."""
        self.batch.snapshots.append(Snapshot(part.id, part.seq, _ENCODER.encode(part)))

    def move(self, parts: tuple[str, ...], customer: str) -> None:
        """Note that parts now belong to a customer."""
        self.batch.heads.extend(HeadChange(part, customer) for part in parts)

    def keep_apart(self, one: str, other: str, *, apart: bool) -> None:
        """Note whether a rule may merge two parts again."""
        self.batch.apart.append(ApartChange(min(one, other), max(one, other), apart))

    def forget_timer(self, timer: Timer) -> None:
        """Note that a timer has done its work; one set in its place meanwhile is another timer."""
        self.batch.timers_fired.append((timer.part, timer.key, timer.due))

    def carry_out(self, effect: Effect, part: str, at: int, request: "Rendered | None" = None) -> None:
        """Add what an effect of a step at a moment asks for; `request` is the rendered request of an `Invoke`."""
        match effect:
            case Schedule():
                place = effect.part or part
                self._timers[place, effect.key] = Timer(place, effect.key, effect.due, effect.command)
            case Unschedule():
                self._timers[part, effect.key] = None
            case Start():
                self._start(effect, at)
            case Settle():
                change = OutboxChange(effect.invocation, effect.state, effect.due, detail=effect.detail)
                self.batch.outbox.append(change)
            case Invoke():
                if request is not None:
                    self._queue(effect, part, at, request)

    def _queue(self, effect: Invoke, part: str, at: int, request: "Rendered") -> None:
        """Put a request into the outbox; one that could not be rendered fails as a command of its own."""
        if request.refusal is None:
            self._queued[effect.invocation.id] = len(self.batch.outbox)
            self.batch.outbox.append(request.entry(effect, part))
            return
        self._queued[effect.invocation.id] = None
        name = effect.invocation.id
        failed = Outcome(
            f"outcome:{name}:unrendered:{at}", name, effect.invocation.attempt, "failed", request.refusal.cause
        )
        self._timers[part, f"unrendered:{name}"] = Timer(part, f"unrendered:{name}", at, failed)

    def _start(self, effect: Start, at: int) -> None:
        """Note that a request is being sent; one queued by the same batch enters the outbox as started."""
        name = effect.invocation
        place = self._queued.get(name, -1)
        if place is None:
            return
        queued = self.batch.outbox[place] if place >= 0 else None
        if place >= 0 and isinstance(queued, OutboxEntry):
            self.batch.outbox[place] = replace(queued, state="sending", due=at, attempt=effect.attempt)
        else:
            self.batch.outbox.append(OutboxChange(name, "sending", at, attempt=effect.attempt))

    def finish(self) -> Batch:
        """Return the batch, with timers and runs netted."""
        self.batch.runs = list(self._runs.values())
        self.batch.timers_gone = [place for place, timer in self._timers.items() if timer is None]
        self.batch.timers = [timer for timer in self._timers.values() if timer is not None]
        return self.batch


def _handover_of(fact: HandoverFact) -> str:
    return fact.handover.id if isinstance(fact, HandoverOpened) else fact.handover


class Rendered(msgspec.Struct, frozen=True):
    """A request as its adapter rendered it, or why it could not."""

    connection: str
    release: str
    at: int
    request: bytes = b""
    refusal: Refusal | None = None

    def entry(self, effect: Invoke, part: str) -> OutboxEntry:
        """Return the outbox entry of an invocation with this request."""
        one = effect.invocation
        return OutboxEntry(
            invocation=one.id,
            part=part,
            action=one.action,
            connection=self.connection,
            release=self.release,
            request=self.request,
            state="pending",
            due=max(one.not_before, self.at),
            created=self.at,
            attempt=one.attempt,
        )
