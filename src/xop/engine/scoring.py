"""Scoring: what a decision set's model says about a customer, asked before the choice is made."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xop.engine.gather import About, Gatherer
from xop.kernel.actions.model import FactSource
from xop.kernel.base.ids import derive
from xop.kernel.base.json import canonical
from xop.kernel.choices.model import DecisionSet
from xop.kernel.commands import Choice
from xop.kernel.compiled.choices import CompiledDecisionSet
from xop.kernel.conditions import Environment, Fault, Problem, compile_expression
from xop.kernel.context.customer import Customer
from xop.kernel.moment import Score, Scores
from xop.kernel.picture import instant, picture, sections_read
from xop.kernel.release import CompiledFact, CompiledRead, Release
from xop.kernel.templates import as_text
from xop.ports.clock import Clock
from xop.ports.model import Model

DEADLINE = 0.5
"""Seconds a choice waits for a model elsewhere."""

KEY = "key"
"""The feature that holds the key of a model with one."""

_LEARNED = ("logistic", "thompson")


class Scorer:
    """Asks the model that a decision set names; what goes wrong is a fault that the choice is made without."""

    def __init__(self, gatherer: Gatherer, clock: Clock) -> None:
        self._gatherer = gatherer
        self._clock = clock
        self._learned: dict[str, tuple[str, Model]] = {}

    def adopt(self, decision_set: str, version: str, model: Model) -> None:
        """Have a version of a model answer from now on."""
        self._learned[decision_set] = (version, model)

    async def score(self, release: Release, command: Choice, customer: Customer, origin: str) -> Scores | None:
        """Return what the model says; None when there is nothing to ask and nothing to remember."""
        compiled = release.decision_sets.get(command.decision_set)
        if compiled is None:
            return None
        features = self._features(release, compiled, command, customer)
        source = compiled.definition.model
        if source.kind == "table":
            return _looked_up(compiled.definition, features)
        if source.kind == "http":
            return await self._asked(release, compiled, About(customer, origin, features))
        if source.kind in _LEARNED:
            return self._told(compiled.definition, features)
        return Scores("", features=features) if features else None

    def _features(
        self, release: Release, compiled: CompiledDecisionSet, command: Choice, customer: Customer
    ) -> dict[str, Any]:
        """Return the features that have a value; lists, maps and what cannot be had are no features."""
        expressions = dict(compiled.features)
        if compiled.key is not None:
            expressions[KEY] = compiled.key
        if not expressions:
            return {}
        at = self._clock.now()
        sections = sections_read(tuple(path for each in expressions.values() for path in each.paths))
        data = {
            "customer": picture(release, customer.view, at, sections),
            "request": command.request,
            "now": instant(at),
        }
        values = {name: expression.value(data) for name, expression in sorted(expressions.items())}
        return {name: value for name, value in values.items() if isinstance(value, bool | int | float | str)}

    def _told(self, declared: DecisionSet, features: dict[str, Any]) -> Scores:
        known = self._learned.get(declared.name)
        if known is None:
            return Scores("", features=features, fault="the model is not at hand yet")
        version, model = known
        return Scores(version, model.score(features, _options(declared)), features)

    async def _asked(self, release: Release, compiled: CompiledDecisionSet, about: About) -> Scores:
        name = compiled.definition.model.action or ""
        action = release.actions.get(name)
        if action is None:
            return Scores("", features=about.arguments, fault=f"there is no action {name!r}")
        asking = replace(action, facts=(_reading(name),))
        try:
            reads = await asyncio.wait_for(self._gatherer.reads(release, asking, about), DEADLINE)
        except TimeoutError:
            return Scores("", features=about.arguments, fault=f"{name} did not answer within {DEADLINE} s")
        known = reads.get(name)
        output = known.value if known is not None else None
        told = output.get("scores") if isinstance(output, Mapping) else None
        if not isinstance(output, Mapping) or not isinstance(told, Mapping):
            return Scores("", features=about.arguments, fault=f"{name} gave no `scores`")
        return Scores(as_text(output.get("model")) or name, _read(compiled.definition, told), about.arguments)


def _options(declared: DecisionSet) -> list[tuple[str, str]]:
    return [(candidate.name, each.name) for candidate in declared.candidates for each in candidate.treatments]


def _looked_up(declared: DecisionSet, features: dict[str, Any]) -> Scores:
    """Return the propensities of a table, the most particular that is written for each treatment."""
    table, key = declared.model.table, as_text(features.get(KEY))
    found = []
    for candidate, treatment in _options(declared):
        names = (f"{candidate}/{treatment}/{key}", f"{candidate}/{treatment}", candidate)
        propensity = next((table[name] for name in names if name in table), None)
        if propensity is not None:
            found.append(Score(candidate, treatment, propensity))
    return Scores(derive("table", canonical(table).decode()), tuple(found), features)


def _read(declared: DecisionSet, told: Mapping[str, Any]) -> tuple[Score, ...]:
    """Return the propensities that are numbers between 0 and 1."""
    found = []
    for candidate, treatment in _options(declared):
        said = told.get(f"{candidate}/{treatment}", told.get(candidate))
        if isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= 1:
            found.append(Score(candidate, treatment, float(said)))
    return tuple(found)


_OUTPUT = compile_expression("read", Environment({"read": "dyn"}))


def _reading(action: str) -> CompiledFact:
    """Return the fact that stands for the whole output of a read action."""
    if isinstance(_OUTPUT, Problem | Fault):
        raise TypeError(_OUTPUT.cause)
    source = FactSource("scores", "string", "read", read=action)
    return CompiledFact(source, _OUTPUT, (("reads", action),), reads=(CompiledRead(action, action),))
