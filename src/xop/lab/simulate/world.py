"""A world: one shard of the population with the production engine on the simulated runtime."""

import asyncio
from bisect import bisect_right
from typing import Any

from msgspec import Struct

from xop.assembly import KINDS, MODELS
from xop.engine.engine import Engine
from xop.engine.ticket import Answer
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import Actor
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Approval, Proposal, Reply, Signal
from xop.kernel.conditions import Fault
from xop.lab.simulate.agenda import Agenda, Due
from xop.lab.simulate.arrival import named
from xop.lab.simulate.calendar import DAY, WEEK, occasions
from xop.lab.simulate.chance import Chance
from xop.lab.simulate.customers import Inhabitant, PopulationUnfit, inhabitant
from xop.lab.simulate.desk import Answered, Question
from xop.lab.simulate.figures import Figures
from xop.lab.simulate.observer import Observer
from xop.lab.simulate.outside import Outside
from xop.lab.simulate.plan import SHARDS, Setting, shared
from xop.lab.simulate.witness import WitnessedLedger
from xop.runtimes.simulated import SimulatedLoop, SimulatedRuntime
from xop.workspace.population import Event, Reaction, Spontaneous
from xop.workspace.populations import CompiledEvent

_AT_ONCE = 4_000
"""Commands submitted before the engine has its turn: fewer than it lets wait."""


class Outcome(Struct, frozen=True):
    """What a world comes to."""

    shard: int
    figures: Figures
    digest: str
    entries: int


class World:
    """One engine in virtual time, and the customers who keep it busy."""

    def __init__(self, setting: Setting, shard: int) -> None:
        self._setting = setting
        self._shard = shard
        self._seed = setting.plan.seed
        told = setting.population.population
        self._runtime = SimulatedRuntime(setting.begin, Chance(self._seed, "shard", shard).pick_seed())
        self._observer = Observer(setting.release, setting.begin, self._happened)
        self._ledger = WitnessedLedger(self._runtime, self._observer.read)
        self._runtime.ledger = self._ledger
        outside = Outside(told, self._seed, self._runtime.clock)
        self._engine = Engine(
            self._runtime,
            shared(setting.release),
            {**dict.fromkeys(KINDS, outside), "journey": KINDS["journey"]},
            lambda _name: "",
            MODELS,
        )
        self._agenda = Agenda(setting.begin, milliseconds(told.step))
        self._customers = [
            inhabitant(setting.release, setting.population, self._seed, number)
            for number in range(shard, setting.plan.customers, SHARDS)
        ]
        self._reactions = _reactions(setting)
        self._populate()
        self._loop = SimulatedLoop()

    def start(self) -> None:
        """Let the engine begin."""
        self._loop.run_until_complete(self._engine.start())

    def run(self, until: int, answers: list[Answered]) -> list[Question | str]:
        """Live up to a moment, with the answers that people gave; return the news for them."""
        for each in answers:
            due = Due(each.at, -1, each.question.about, each.at, command=(_answer(each), each.question.part))
            self._agenda.add(due, self._runtime.clock.now())
        if self._has_until(until):
            self._loop.run_until_complete(self._live(until))
        news, self._observer.news = self._observer.news, []
        return news

    def end(self) -> Outcome:
        """Return what came of it all; what is on its way then stays on its way."""
        self._observer.weigh(self._customers, self._setting.plan.days)
        return Outcome(self._shard, self._observer.figures, self._ledger.digest, len(self._runtime.memory.entries))

    def close(self) -> None:
        """Give up the engine where it stands; doing so again changes nothing."""
        if not self._loop.is_closed():
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(self._loop.idle())
            self._loop.close()

    def _has_until(self, until: int) -> bool:
        """Say whether anything happens before a moment; where nothing does, time need not pass step by step."""
        moments = (self._agenda.next_moment(), self._runtime.clock.next_wake())
        return any(moment is not None and moment < until for moment in moments)

    async def _live(self, until: int) -> None:
        clock = self._runtime.clock
        while (moment := self._agenda.next_moment()) is not None and moment < until:
            await clock.advance_to(moment)
            due = self._agenda.take(moment)
            for first in range(0, len(due), _AT_ONCE):
                await self._submit(due[first : first + _AT_ONCE])
        await clock.advance_to(until - 1)

    async def _submit(self, due: list[Due]) -> None:
        """Submit what is due at one moment together, and let all that follows from it at that moment happen."""
        waiting: list[tuple[Due, asyncio.Future[Answer]]] = []
        for each in due:
            command = each.command or self._command(each)
            if command is None:
                continue
            told, target = command
            if target is None:
                waiting.append((each, self._engine.take(told)))
            else:
                waiting.append((each, asyncio.ensure_future(self._engine.submit(told, target))))
        await self._runtime.clock.settle()
        for each, answer in waiting:
            refusal = answer.result().refusal
            if refusal is not None:
                name = each.event.name if each.event else "an answer of a person"
                self._observer.figures.refused[name, refusal.code, refusal.cause] += 1

    def _populate(self) -> None:
        """Put what has happened before the first day, and everybody's first occasions, on the agenda."""
        begin, end = self._setting.begin, self._setting.end
        for who in self._customers:
            for identifier in who.identifiers.values():
                other = self._observer.by_identifier.setdefault(identifier, who)
                if other is not who and identifier == who.first:
                    said = f"customers {other.number} and {who.number} are both {identifier}"
                    raise PopulationUnfit(f"population.yaml: {said}: let `{{{{customer.number}}}}` tell them apart")
            for index, initial in enumerate(self._setting.population.initial[who.persona]):
                if _factor(initial.event, who):
                    self._agenda.add(Due(begin, who.number, f"!{index:03}", 0, initial, who), begin)
            for event in self._setting.population.signals:
                factor = _factor(event.event, who)
                if factor and isinstance(event.event, Spontaneous):
                    chance = Chance(self._seed, "when", event.name, who.number)
                    more = occasions(event.event, factor, who.zone, (begin, end), chance)
                    self._next(Due(begin, who.number, event.name, 0, event, who, more=more), begin)

    def _next(self, due: Due, after: int) -> None:
        """Put the next occasion of something on the agenda, if there is one."""
        at = next(due.more, None) if due.more is not None else None
        if at is not None:
            again = Due(at, due.customer, due.name, due.nth + 1, due.event, due.who, due.cause, due.more)
            self._agenda.add(again, after)

    def _command(self, due: Due) -> tuple[Any, Any] | None:
        """Return the command of an event with its target, None when its condition does not hold."""
        compiled, who = due.event, due.who
        if compiled is None or who is None:
            return None
        self._next(due, due.at)
        event, name = compiled.event, compiled.name
        nth = who.done.get(name, 0)
        data = self._data(due.at, who, nth, due.cause)
        chance = _stream(who, self._seed, f"draw {name}")
        if not isinstance(event, Reaction) and not self._happens(compiled, data, chance, 1):
            return None
        data["drawn"] = {key: chance.pick(draw) for key, draw in event.draws.items()}
        filled = compiled.data.render(data)
        if isinstance(filled, Fault):
            self._observer.figures.refused[name, "template", filled.cause] += 1
            return None
        who.done[name] = nth + 1
        self._observer.figures.events[name, data["day"]] += 1
        told = f"simulation|{name}|{who.number}|{nth}"
        if event.propose:
            conversation = data.get("cause", {}).get(event.conversation) if event.conversation else None
            name = f"proposal:{told}"
            return Proposal(name, compiled.actor, event.propose, filled, conversation=conversation), who.first
        names = event.identifiers or tuple(who.identifiers)[:1]
        source = event.by or "simulation"
        claims = tuple(who.identifiers[each] for each in names)
        identifiers = named(self._setting.release, event.signal, source, due.at, filled, claims)
        signal = Signal(f"signal:{told}", event.signal, source, due.at, compiled.actor, identifiers, filled)
        return signal, None

    @staticmethod
    def _happens(compiled: CompiledEvent, data: dict[str, Any], chance: Chance, factor: float) -> bool:
        if compiled.condition is not None and compiled.condition.holds(data) is not True:
            return False
        return chance.happens(compiled.event.chance * factor)

    def _data(self, at: int, who: Inhabitant, nth: int, cause: dict[str, Any]) -> dict[str, Any]:
        since = at - WEEK
        return {
            "customer": who.seen,
            "cause": cause,
            "drawn": {},
            "contacts": len(who.contacts) - bisect_right(who.contacts, since),
            "day": (at - self._setting.begin) // DAY,
            "nth": nth,
        }

    def _happened(self, who: Inhabitant, kind: str, what: Invocation | Signal) -> None:
        """Let a customer react."""
        now = self._runtime.clock.now()
        if isinstance(what, Signal):
            cause, key = what.data, f"signal {what.type}"
        else:
            cause, key = what.arguments, f"{kind} {what.action}"
        for compiled in self._reactions.get(key, ()):
            reaction = compiled.event
            if not isinstance(reaction, Reaction) or (isinstance(what, Invocation) and not _fits(reaction, what)):
                continue
            factor = _factor(reaction, who)
            if not factor:
                continue
            chance = _stream(who, self._seed, compiled.name)
            self._observer.figures.chances[compiled.name, "met"] += 1
            if self._happens(compiled, self._data(now, who, 0, cause), chance, factor):
                self._observer.figures.chances[compiled.name, "came"] += 1
                due = Due(now + chance.wait(reaction.after), who.number, compiled.name, 0, compiled, who, cause)
                due.nth = who.done.get(f"+{compiled.name}", 0)
                who.done[f"+{compiled.name}"] = due.nth + 1
                self._agenda.add(due, now)


def _answer(answered: Answered) -> Approval | Reply:
    actor, asked = Actor("operator", answered.operator), answered.question
    name = f"{asked.about}:{answered.at}"
    if answered.choice:
        return Reply(f"reply:{name}", actor, asked.run, asked.token, answered.choice)
    return Approval(f"approval:{name}", actor, asked.about, answered.approved)


def _stream(who: Inhabitant, seed: int, name: str) -> Chance:
    known = who.chances.get(name)
    if known is None:
        known = who.chances[name] = Chance(seed, name, who.number)
    return known


def _factor(event: Event, who: Inhabitant) -> float:
    return event.personas.get(who.persona, 0) if event.personas else 1


def _fits(reaction: Reaction, one: Invocation) -> bool:
    to = reaction.to
    return (not to.channels or one.channel in to.channels) and (not to.purposes or one.purpose in to.purposes)


def _reactions(setting: Setting) -> dict[str, list[CompiledEvent]]:
    """Return the reactions by what they may react to: `action NAME` or `signal TYPE`."""
    found: dict[str, list[CompiledEvent]] = {}
    for compiled in setting.population.reactions:
        if not isinstance(compiled.event, Reaction):
            continue
        to = compiled.event.to
        keys = [f"signal {each}" for each in to.signals]
        keys += [] if to.signals else [f"action {each}" for each in to.actions or setting.release.actions]
        for key in keys:
            found.setdefault(key, []).append(compiled)
    return found
