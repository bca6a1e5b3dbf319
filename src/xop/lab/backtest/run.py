"""A run: a history taken again by the pure kernel under one release, with nothing ever sent."""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.base.values import Known, Refusal
from xop.kernel.commands import Approval, Command, Merge, Proposal, Signal, Unmerge
from xop.kernel.context.customer import Customer, new_customer
from xop.kernel.decide import decide
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.facts import Fact
from xop.kernel.fold import fold_entry
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.lab.backtest.agenda import Agenda, Cause, Key
from xop.lab.backtest.history import History
from xop.lab.backtest.population import Population

Ruling = Callable[[str], Release]
"""Gives the release of a digest."""

_NOBODY = Refusal("customer-unknown", "nobody is known here whom this could be about")


class Record(Struct, frozen=True):
    """What came of one command in a run."""

    command: Command
    at: int
    part: str
    root: str
    """The command from outside that it goes back to; its own id when it came from outside."""
    facts: tuple[Fact, ...] = ()
    decision: Decision | None = None
    refusal: Refusal | None = None


class Past(Struct, frozen=True):
    """What is true, and what is still to come, when two runs begin."""

    population: Population
    agenda: Agenda


def past(history: History, until: int, ruling: Ruling) -> Past:
    """Fold the facts recorded before a moment.

    The releases that ruled are asked only for what was scheduled then: timers are not facts.
    """
    population, agenda = Population(), Agenda(history)
    for place in history.places:
        if place.at >= until:
            break
        entry = place.entry
        command = entry.command
        customer = population.customer(entry.origin) or new_customer(entry.origin)
        other = population.customer(command.other) if isinstance(command, Merge) else None
        root = agenda.forget(command.id) or command.id
        step = decide(ruling(entry.release), customer, command, entry.moment, other)
        for effect in step.effects:
            agenda.take(effect, entry.origin, Cause(place.at, place.position, root))
        _keep(population, fold_entry(customer, entry), entry, other)
    agenda.forget_missed(until)
    return Past(population, agenda)


def _keep(population: Population, after: Customer, entry: Entry, other: Customer | None) -> None:
    if isinstance(entry.command, Merge | Unmerge):
        population.rearrange(after, entry.facts, other)
    else:
        population.keep(after)


class Run:
    """Takes a history again from a moment on, under one release."""

    def __init__(self, release: Release, history: History, begin: Past, start: int, end: int) -> None:
        """Begin with the past before `start`, and end before `end`; both in milliseconds since the epoch."""
        self.records: dict[str, Record] = {}
        """What came of each command that came to anything, in order."""
        self.population = begin.population.copy()
        self._release = release
        self._history = history
        self._agenda = begin.agenda.copy()
        self._start = start
        self._end = end
        self._reads = _reads(release)

    def take(self) -> None:
        """Take everything that comes from outside, and everything that follows from it, in order."""
        for place in self._outside():
            key = (place.at, place.position)
            self._catch_up(key)
            moment = place.entry.moment
            self._step(place.entry.command, moment.origin, moment, Cause(*key, place.entry.command.id))
        self._catch_up((self._end, -1))

    def _outside(self) -> Iterator[Any]:
        return (place for place in self._history.outside if self._start <= place.at < self._end)

    def _catch_up(self, until: Key) -> None:
        """Keep all appointments before a moment."""
        while (key := self._agenda.next_key()) is not None and key < until:
            one = self._agenda.pop()
            moment = one.moment or self._virtual(one.command, one.part, key[0])
            self._step(one.command, one.part, moment, Cause(*key, one.root))

    def _step(self, command: Command, part: str, moment: Moment, cause: Cause) -> None:
        known = self.records.get(command.id)
        if known is not None and known.refusal is None:
            return
        customer = self.population.customer(part)
        if customer is None:
            if not isinstance(command, Signal):
                self.records[command.id] = Record(command, moment.at, part, cause.root, refusal=_NOBODY)
                return
            customer = new_customer(part)
        other = None
        if isinstance(command, Merge | Unmerge):
            moment = replace(moment, origin=_holder(customer, command))
            other = self.population.customer(command.other) if isinstance(command, Merge) else None
        step = decide(self._release, customer, _unbound(command), moment, other)
        if step.facts or step.decision is not None or step.refusal is not None:
            record = Record(command, moment.at, part, cause.root, step.facts, step.decision, step.refusal)
            self.records[command.id] = record
        if step.refusal is not None:
            return
        if isinstance(command, Merge | Unmerge):
            self.population.rearrange(step.after or customer, step.facts, other)
        elif step.after is not None:
            self.population.keep(step.after)
        for effect in step.effects:
            self._agenda.take(effect, moment.origin, cause)

    def _virtual(self, command: Command, part: str, at: int) -> Moment:
        """Return the moment of a command that was not recorded: chance comes from its name, the same in every run."""
        seed = int.from_bytes(blake2b(command.id.encode(), digest_size=7).digest(), "big")
        return Moment(at, seed, part, self._gather(command, part, at))

    def _gather(self, command: Command, part: str, at: int) -> dict[str, Known]:
        """Return what was last read about the customer before, for an action that needs reads; the rest is unknown."""
        if not self._reads:
            return {}
        if isinstance(command, Proposal):
            action = command.action
        else:
            customer = self.population.customer(part)
            name = getattr(command, "invocation", "")
            invocation = customer.part(part).invocations.get(name) if customer is not None else None
            action = invocation.action if invocation is not None else ""
        known = {name: self._history.read(part, name, at) for name in self._reads.get(action, ())}
        return {name: answer for name, answer in known.items() if answer is not None}


def _holder(customer: Customer, command: Merge | Unmerge) -> str:
    """Return the part whose fact a merge or its undoing is."""
    if isinstance(command, Merge):
        return customer.id
    return next((each.id for each in customer.parts if command.other in each.merged), customer.id)


def _reads(release: Release) -> dict[str, tuple[str, ...]]:
    """Return the reads that each action's facts need."""
    actions = release.actions.items()
    return {name: tuple(read.name for read in compiled.reads) for name, compiled in actions if compiled.reads}


def _unbound(command: Command) -> Command:
    """What a person said to a request is taken as said to the one that this release opens in its place."""
    return replace(command, binding="") if isinstance(command, Approval) else command
