"""What a signal means for runs: waits it ends, journeys it leads into, and other sides of the customer that must hear it."""

from xop.kernel.commands import Relay, Signal
from xop.kernel.compiled.journeys import CompiledStep
from xop.kernel.conditions import Fault
from xop.kernel.context.customer import Part
from xop.kernel.effects import Schedule
from xop.kernel.journeys.facts import VariablesSet
from xop.kernel.journeys.run import Run, Token
from xop.kernel.passage.course import Course
from xop.kernel.passage.ending import end_by_signal
from xop.kernel.passage.entering import enter_by_rule
from xop.kernel.passage.membership import ENTERED
from xop.kernel.passage.walk import go_on


def hear_signal(course: Course, signal: Signal) -> None:
    """Have runs of the part hear a signal: first those that it ends, then those that waited for it."""
    end_by_signal(course)
    waiting = [
        (run, token)
        for run in course.draft.part.runs.values()
        for token in run.tokens
        if token.waits == "signal" and not token.parked
    ]
    for run, token in waiting:
        _awaited(course, run, token, signal)


def _awaited(course: Course, run: Run, token: Token, signal: Signal) -> None:
    step = course.step(run, token)
    if step is None or step.step.wait_for is None:
        return
    for number, (awaited, condition) in enumerate(zip(step.step.wait_for.signals, step.conditions, strict=True)):
        if awaited.signal != signal.type:
            continue
        holds = course.holds(condition, run)
        if isinstance(holds, Fault):
            course.skip(f"{run.journey}.{token.step}", holds)
        elif holds:
            _set(course, run, token, step, number)
            go_on(course, run.id, token.id, signal.type, awaited.go)
            return


def _set(course: Course, run: Run, token: Token, step: CompiledStep, number: int) -> None:
    template = step.templates[f"set.{number}"]
    values = course.fill(template, run)
    if isinstance(values, Fault):
        course.skip(f"{run.journey}.{token.step}/set", values)
    elif values:
        course.draft.add(VariablesSet(run.id, values))


def enter_by_signal(course: Course, signal: Signal) -> None:
    """Have the customer enter the journeys that a signal leads into, the highest priority first."""
    for entry in course.release.routes.entries.get(signal.type, ()):
        if entry.rule.segment is None:
            enter_by_rule(course, entry, "signal")
        elif signal.type == ENTERED and signal.data.get("segment") == entry.rule.segment:
            enter_by_rule(course, entry, "segment")


def relay(course: Course, signal: Signal) -> None:
    """Have the other sides of a merged customer hear a signal that their runs or choices wait for."""
    customer = course.draft.customer
    for part in customer.parts if len(customer.parts) > 1 else ():
        if part.id != course.draft.part.id and _concerns(course, part, signal):
            name = f"relay:{part.id}:{signal.id}"
            course.draft.ask(Schedule(name, course.at, Relay(name, signal, course.draft.part.id), part=part.id))


def _concerns(course: Course, part: Part, signal: Signal) -> bool:
    if any(signal.type in _results(course, each.decision_set) for each in part.choices.values()):
        return True
    return signal.type in course.release.routes.heard and bool(part.runs)


def _results(course: Course, decision_set: str) -> frozenset[str]:
    compiled = course.release.decision_sets.get(decision_set)
    return frozenset(compiled.results) if compiled is not None else frozenset()
