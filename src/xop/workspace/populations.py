"""Checks a population against its workspace, and compiles its conditions and templates."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from xop.kernel.base.actor import Actor
from xop.kernel.base.spans import milliseconds
from xop.kernel.conditions import Condition, Environment, MapOf, Record, Shape
from xop.kernel.pressure.measure import known_zone
from xop.kernel.templates import Template
from xop.workspace.baseline import baseline_files
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.layout import is_ignored
from xop.workspace.population import Event, People, Population, Reaction
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.proposals import check_arguments, has_placeholder
from xop.workspace.sources import Item, Sources, add_baseline, gather
from xop.workspace.texts import condition_at, template_at

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class CompiledEvent:
    """An event with its texts ready to fill."""

    name: str
    event: Event
    actor: Actor
    data: Template
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class CompiledPopulation:
    """A population ready to live."""

    population: Population
    identifiers: Mapping[str, Template]
    initial: Mapping[str, tuple[CompiledEvent, ...]]
    """By persona."""
    signals: tuple[CompiledEvent, ...]
    reactions: tuple[CompiledEvent, ...]


def read_population(files: Mapping[str, bytes]) -> CompiledPopulation | list[Problem]:
    """Return the population that a workspace's files declare, or every problem of them."""
    problems: list[Problem] = []
    sources = gather({path: content for path, content in files.items() if not is_ignored(path)}, problems)
    add_baseline(baseline_files(), sources, problems)
    if sources.population is None and not problems:
        remedy = "add one: personas, what they do, and how they react"
        problems.append(Problem("population.yaml", 0, "the workspace has no population.yaml", remedy))
    compiled = compile_population(sources, problems)
    return compiled if compiled is not None and not problems else sorted(set(problems))


def compile_population(sources: Sources, problems: list[Problem]) -> CompiledPopulation | None:
    """Return the population a workspace declares, None without one or after adding its problems; call it with the baseline in."""
    item = sources.population
    if item is None:
        return None
    count = len(problems)
    problems.extend(_names(sources, item))
    compiler = _Compiler(sources, item.place, problems)
    compiled = compiler.population(item.value)
    return compiled if len(problems) == count else None


def _environment(drawn: Iterable[str] = (), *, identity: bool = False) -> Environment:
    if identity:
        return Environment({"customer": MapOf("dyn")})
    roots: dict[str, Shape] = {"customer": MapOf("dyn"), "cause": MapOf("dyn")}
    if drawn:
        roots["drawn"] = Record(dict.fromkeys(drawn, "dyn"))
    return Environment({**roots, "contacts": "int", "day": "int", "nth": "int"})


class _Compiler:
    """Compiles events where they stand."""

    def __init__(self, sources: Sources, place: Place, problems: list[Problem]) -> None:
        self.sources = sources
        self.place = place
        self.problems = problems
        self.environments: dict[frozenset[str], Environment] = {}

    def population(self, population: Population) -> CompiledPopulation:
        identity = _environment(identity=True)
        identifiers = {
            name: template_at(text, identity, self.place.at("identifiers", name), self.problems)
            for name, text in population.identifiers.items()
        }
        first = self.events(population.initial, self.place.at("initial"))
        return CompiledPopulation(
            population,
            {name: template for name, template in identifiers.items() if template is not None},
            {
                name: (*first, *self.events(persona.initial, self.place.at("personas", name, "initial")))
                for name, persona in population.personas.items()
            },
            self.named(population.signals, "signals"),
            self.named(population.reactions, "reactions"),
        )

    def events(self, events: tuple[Event, ...], place: Place) -> tuple[CompiledEvent, ...]:
        found = (
            self.event(f"initial {each.signal or each.propose}", each, place.at(i)) for i, each in enumerate(events)
        )
        return tuple(each for each in found if each is not None)

    def named(self, events: Mapping[str, E], section: str) -> tuple[CompiledEvent, ...]:
        found = (self.event(name, each, self.place.at(section, name)) for name, each in events.items())
        return tuple(each for each in found if each is not None)

    def event(self, name: str, event: Event, place: Place) -> CompiledEvent | None:
        self.problems.extend(_references(self.sources, event, place))
        environment = self.environment(frozenset(event.draws))
        data = template_at(event.data, environment, place.at("data"), self.problems)
        condition = condition_at(event.when, environment, place.at("when"), self.problems) if event.when else None
        return None if data is None else CompiledEvent(name, event, self.actor(event), data, condition)

    def environment(self, drawn: frozenset[str]) -> Environment:
        if drawn not in self.environments:
            self.environments[drawn] = _environment(drawn)
        return self.environments[drawn]

    def actor(self, event: Event) -> Actor:
        for item in self.sources.principals.values():
            if item.value.name == event.by:
                return item.value.actor
        return Actor("source", event.by or "simulation")


def _references(sources: Sources, event: Event, place: Place) -> Iterator[Problem]:
    if bool(event.signal) == bool(event.propose):
        yield place.problem("the event is no signal and no proposal, or both", "write one of `signal` and `propose`")
    if event.signal and event.signal not in sources.signals and "signals" not in sources.unread:
        cause = f"there is no signal type {quote(event.signal)}"
        yield place.at("signal").problem(cause, nearest(event.signal, sources.signals))
    if event.propose:
        yield from sources.missing("actions", event.propose, place.at("propose"))
    yield from _data(sources, event, place.at("data"))
    names = {item.value.name for item in sources.principals.values()}
    if event.by and event.by not in names:
        yield place.at("by").problem(f"there is no principal {quote(event.by)}", nearest(event.by, names))
    if event.propose and not event.by:
        yield place.problem("nobody proposes it", "add `by: …`: an agent, operator, source or partner of agents.yaml")
    if sources.population is not None:
        yield from _customers(sources.population.value, event, place)
    if isinstance(event, Reaction):
        yield from _trigger(sources, event, place.at("to"))


def _data(sources: Sources, event: Event, place: Place) -> Iterator[Problem]:
    action, kind = sources.actions.get(event.propose), sources.signals.get(event.signal)
    if action is not None:
        yield from check_arguments(action.value, event.data, place)
    # What a placeholder gives is known only when it happens, so only data without any is held against the schema.
    if kind is None or has_placeholder(event.data):
        return
    misfit = compile_schema(kind.value.schema, place, [])
    reason = misfit(event.data) if misfit is not None else None
    if reason is not None:
        remedy = f"write the data that the signal type {event.signal!r} declares"
        yield place.problem(f"the data does not fit: {reason}", remedy)


def _customers(population: Population, event: Event, place: Place) -> Iterator[Problem]:
    for name in event.personas:
        if name not in population.personas:
            cause = f"there is no persona {quote(name)}"
            yield place.at("personas", name).problem(cause, nearest(name, population.personas))
    for index, name in enumerate(event.identifiers):
        if name not in population.identifiers:
            cause = f"the customers have no identifier {quote(name)}"
            yield place.at("identifiers", index).problem(cause, nearest(name, population.identifiers))


def _trigger(sources: Sources, reaction: Reaction, place: Place) -> Iterator[Problem]:
    to = reaction.to
    if not (to.actions or to.channels or to.purposes or to.signals):
        yield place.problem("nothing is reacted to", "name `actions`, `channels`, `purposes` or `signals`")
    if to.signals and (to.actions or to.channels or to.purposes):
        yield place.problem("a signal is no action", "write one reaction to the signals and one to the actions")
    for section in ("actions", "channels", "purposes"):
        for index, name in enumerate(getattr(to, section)):
            yield from sources.missing(section, name, place.at(section, index))
    for index, name in enumerate(to.signals):
        if name not in sources.signals and "signals" not in sources.unread:
            cause = f"there is no signal type {quote(name)}"
            yield place.at("signals", index).problem(cause, nearest(name, sources.signals))


def _names(sources: Sources, item: Item[Population]) -> Iterator[Problem]:
    population, place = item.value, item.place
    if not population.personas or not any(each.share for each in population.personas.values()):
        yield place.at("personas").problem("there are no personas", "declare at least one, with a share above 0")
    if not population.identifiers:
        yield place.at("identifiers").problem("nobody can be told apart", "declare at least one identifier")
    for name in population.identifiers:
        yield from sources.missing("namespaces", name, place.at("identifiers", name))
    for name in population.connections:
        yield from sources.missing("connections", name, place.at("connections", name))
    for name in population.outputs:
        yield from sources.missing("actions", name, place.at("outputs", name))
    if not milliseconds(population.step):
        yield place.at("step").problem("time does not move on", "write a span such as `1m`")
    try:
        date.fromisoformat(population.start)
    except ValueError:
        yield place.at("start").problem(f"there is no date {population.start}", "write one such as `2026-01-05`")
    yield from _colleagues(sources, population.people, place.at("people"))


def _colleagues(sources: Sources, groups: Mapping[str, People], place: Place) -> Iterator[Problem]:
    operators = {each.value.name for each in sources.principals.values() if each.value.kind == "operator"}
    for name, people in groups.items():
        if people.operator not in operators:
            cause = f"there is no operator {quote(people.operator)}"
            yield place.at(name, "operator").problem(cause, nearest(people.operator, operators))
        if people.zone and not known_zone(people.zone):
            cause = f"there is no time zone {quote(people.zone)}"
            yield place.at(name, "zone").problem(cause, "name one such as UTC or Europe/Amsterdam")
