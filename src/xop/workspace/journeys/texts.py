"""What the texts of a journey may read, and the texts themselves made ready to ask."""

from typing import Any

from msgspec import Struct

from xop.kernel.compiled.journeys import CompiledEnding, CompiledEntry, CompiledStep
from xop.kernel.conditions import Condition, Environment, MapOf, Record, Shape, shape_of
from xop.kernel.journeys.model import END, Ending, EntryRule, Journey, JourneyStep
from xop.kernel.templates import Template
from xop.workspace.environments import entry_environment, run_environment
from xop.workspace.journeys.kinds import kinds_of
from xop.workspace.problem import Place, Problem
from xop.workspace.sources import Sources
from xop.workspace.texts import condition_at, template_at


class Readings:
    """The environments that the texts of all journeys of a workspace share, and the problems found in the texts."""

    def __init__(self, sources: Sources, customer: Record, problems: list[Problem]) -> None:
        self.problems = problems
        self._sources = sources
        self._customer = customer
        self._known: dict[tuple[str, str | None], Environment] = {}

    def entry(self, rule: EntryRule) -> Environment:
        """Return what an entry rule may read."""
        if rule.signal is not None:
            return self._keep("entry", rule.signal, shape_of(self._schema(rule.signal)))
        return self._keep("entry", None, None) if rule.schedule is not None else self._keep("entry", "", MapOf("dyn"))

    def step(self, signal: str | None = None) -> Environment:
        """Return what a step or an ending may read, with the signal it hears."""
        found = self._known.get(("step", signal))
        if found is None:
            schema = None if signal is None else self._schema(signal)
            found = self._known["step", signal] = run_environment(self._customer, schema)
        return found

    def condition(self, text: str | None, environment: Environment, place: Place) -> Condition | None:
        """Return a condition; None where none is written or after adding its problem."""
        return None if text is None else condition_at(text, environment, place, self.problems)

    def template(self, value: Any, environment: Environment, place: Place) -> Template | None:
        """Return a template, or None after adding its problems."""
        return template_at(value, environment, place, self.problems)

    def _keep(self, kind: str, signal: str | None, data: Shape | None) -> Environment:
        found = self._known.get((kind, signal))
        if found is None:
            found = self._known[kind, signal] = entry_environment(self._customer, data)
        return found

    def _schema(self, signal: str) -> dict[str, Any]:
        item = self._sources.signals.get(signal)
        return item.value.schema if item is not None else {}


def compile_entry(readings: Readings, journey: str, number: int, rule: EntryRule, place: Place) -> CompiledEntry:
    """Return an entry rule with its condition and templates."""
    environment = readings.entry(rule)
    condition = readings.condition(rule.when, environment, place.at("when"))
    key = readings.template(rule.key, environment, place.at("key")) if rule.key else None
    variables = readings.template(rule.sets, environment, place.at("set")) if rule.sets else None
    return CompiledEntry(journey, number, rule, condition, key, variables)


def compile_ending(readings: Readings, name: str, ending: Ending, place: Place) -> CompiledEnding:
    """Return a goal or an exit with its condition."""
    condition = readings.condition(ending.when, readings.step(ending.signal), place.at("when"))
    if condition is not None and ending.signal is None and "customer" not in condition.roots:
        cause = "the condition reads nothing of the customer, so nothing ever has it asked"
        readings.problems.append(place.at("when").problem(cause, "read something of `customer`, or add `signal: …`"))
    return CompiledEnding(name, ending, condition)


def compile_steps(readings: Readings, journey: Journey, place: Place) -> dict[str, CompiledStep]:
    """Return every step that has exactly one kind, with its texts and where it goes on."""
    names = list(journey.steps)
    compiled: dict[str, CompiledStep] = {}
    for name, below in zip(names, [*names[1:], END], strict=True):
        step, where = journey.steps[name], place.at("steps", name)
        kinds = kinds_of(step)
        if len(kinds) == 1:
            templates, conditions = _texts(readings, step, where)
            compiled[name] = CompiledStep(name, kinds[0], step, following(step, below), templates, conditions)
    return compiled


def following(step: JourneyStep, below: str) -> str:
    """Return where a step goes on when nothing else is said; `below` is the step that stands below it."""
    return END if step.end is not None else step.next or below


_TEMPLATES = {
    "propose": {"arguments": "arguments"},
    "wait": {"moment": "moment"},
    "call": {"set": "sets"},
    "ask": {"question": "question"},
    "handover": {"reason": "reason", "conversation": "conversation", "intent": "intent"},
}
"""By kind of step: the names its templates are kept under, which are those in the file, and its fields."""


def _texts(
    readings: Readings, step: JourneyStep, place: Place
) -> tuple[dict[str, Template], tuple[Condition | None, ...]]:
    found: dict[str, Template | None] = {}
    conditions: list[Condition | None] = []
    plain = readings.step()
    for kind, names in _TEMPLATES.items():
        value: Struct | None = getattr(step, kind)
        for name, field in names.items() if value is not None else ():
            found[name] = readings.template(getattr(value, field), plain, place.at(kind, name))
    if step.sets is not None:
        found["set"] = readings.template(step.sets, plain, place.at("set"))
    for number, case in enumerate(step.branch.cases if step.branch is not None else ()):
        conditions.append(readings.condition(case.when, plain, place.at("branch", "cases", number, "when")))
    for number, awaited in enumerate(step.wait_for.signals if step.wait_for is not None else ()):
        where, heard = place.at("wait_for", "signals", number), readings.step(awaited.signal)
        conditions.append(readings.condition(awaited.when, heard, where.at("when")))
        found[f"set.{number}"] = readings.template(awaited.sets, heard, where.at("set"))
    return {name: template for name, template in found.items() if template is not None}, tuple(conditions)
