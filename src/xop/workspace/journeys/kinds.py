"""The kinds of step, and where each of them may lead."""

from collections.abc import Iterator

from xop.kernel.journeys.model import KINDS, JourneyStep
from xop.workspace.problem import Path

WRITTEN = {"sets": "set"}
"""Kinds whose name in a file is a word that Python keeps to itself."""

REACTIONS = ("wait", "skip")
"""Words that stand for no step where a reaction is written; `end` ends the run as everywhere."""

Way = tuple[Path, str]
"""Where in the step a way out is written, and its target."""


def kinds_of(step: JourneyStep) -> list[str]:
    """Return the kinds that a step has by field; a sound step has one."""
    return [kind for kind in KINDS if getattr(step, kind) is not None]


def reactions(step: JourneyStep) -> Iterator[Way]:
    """Yield the reactions of a step that proposes."""
    for kind, names in (("propose", ("denied", "held", "failed")), ("choose", ("nothing", "denied", "held", "failed"))):
        value = getattr(step, kind)
        for name in names if value is not None else ():
            reaction = getattr(value, name)
            if reaction is not None:
                yield (kind, name), reaction


def targets(step: JourneyStep) -> Iterator[Way]:
    """Yield every target that a step names, without its reactions and `next`."""
    for kind, field in (("choose", "chosen"), ("call", "ended"), ("ask", "options"), ("handover", "outcomes")):
        value = getattr(step, kind)
        for name, target in getattr(value, field).items() if value is not None else ():
            yield (kind, field, name), target
    for kind, field in (("wait_for", "signals"), ("branch", "cases"), ("split", "shares")):
        value = getattr(step, kind)
        for number, each in enumerate(getattr(value, field) if value is not None else ()):
            if each.go is not None:
                yield (kind, field, number, "go"), each.go
    for kind, field in (("branch", "otherwise"), ("wait_for", "late"), ("ask", "late"), ("handover", "late")):
        value = getattr(step, kind)
        if value is not None:
            yield (kind, field), getattr(value, field)


def goes_on(step: JourneyStep) -> bool:
    """Say whether a step may go on to `next`, or to the step below."""
    if step.end is not None or step.branch is not None or step.split is not None or step.ask is not None:
        return False
    if step.wait_for is not None:
        return any(awaited.go is None for awaited in step.wait_for.signals)
    return True
