"""Checks that the variables a journey's texts read are set by something."""

import re
from collections.abc import Iterator, Mapping

from xop.kernel.base.json import canonical
from xop.kernel.compiled.journeys import CompiledJourney, CompiledStep
from xop.kernel.conditions.reads import EACH
from xop.kernel.journeys.model import Journey
from xop.workspace.problem import Problem, nearest, quote
from xop.workspace.sources import Sources

_READ = "run.vars."
_GUARDED = re.compile(r"\bhas\(\s*run\.vars\.([A-Za-z0-9_]+)")


def check_variables(sources: Sources, compiled: Mapping[str, CompiledJourney]) -> Iterator[Problem]:
    """Yield variables that texts read and nothing ever sets.

    A journey that nobody enters and none calls may get any from a call yet to be written, and a text that asks with
    `has` knows that its variable may be missing.
    """
    given = _given(sources)
    for name, each in compiled.items():
        if not each.entries and name not in given:
            continue
        known = _set_by(each.journey) | given.get(name, set())
        known |= set(_GUARDED.findall(canonical(each.journey).decode()))
        place = sources.journeys[name].place
        for step, read in _reads(each):
            if read not in known:
                where = place.at("steps", step) if step else place
                cause = f"nothing sets the variable {quote(read)} that is read here"
                remedy = nearest(read, known) if known else f"set it: `set: {{{read}: …}}`"
                yield where.problem(cause, remedy)


def _given(sources: Sources) -> dict[str, set[str]]:
    """Return the variables that calls set, by the journey called."""
    given: dict[str, set[str]] = {}
    for item in sources.journeys.values():
        for step in item.value.steps.values():
            if step.call is not None:
                given.setdefault(step.call.journey, set()).update(step.call.sets)
    return given


def _set_by(journey: Journey) -> set[str]:
    names = {name for rule in journey.entries for name in rule.sets}
    for name, step in journey.steps.items():
        names.update(step.sets or ())
        names.update(*(each.sets for each in (step.wait_for.signals if step.wait_for is not None else ())))
        if step.choose is not None:
            # The winner's name is kept under the name of the step.
            names.add(name)
    return names


def _reads(compiled: CompiledJourney) -> Iterator[tuple[str, str]]:
    """Yield the variables read, each with its step; endings stand at no step."""
    for step in compiled.steps.values():
        for path in sorted(_paths(step)):
            yield from _named(step.name, path)
    for ending in compiled.endings:
        for path in ending.condition.paths if ending.condition is not None else ():
            yield from _named("", path)


def _paths(step: CompiledStep) -> set[str]:
    paths = {path for template in step.templates.values() for path in template.paths}
    return paths | {path for condition in step.conditions if condition is not None for path in condition.paths}


def _named(step: str, path: str) -> Iterator[tuple[str, str]]:
    name = path.removeprefix(_READ).partition(".")[0]
    if path.startswith(_READ) and not name.startswith(EACH):
        yield step, name
