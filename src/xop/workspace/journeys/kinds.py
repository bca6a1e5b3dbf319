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
    if step.choose is not None:
        for name, target in step.choose.chosen.items():
            yield ("choose", "chosen", name), target
    if step.wait_for is not None:
        for number, awaited in enumerate(step.wait_for.signals):
            if awaited.go is not None:
                yield ("wait_for", "signals", number, "go"), awaited.go
    if step.branch is not None:
        for number, case in enumerate(step.branch.cases):
            yield ("branch", "cases", number, "go"), case.go
        yield ("branch", "otherwise"), step.branch.otherwise
    if step.split is not None:
        for number, share in enumerate(step.split.shares):
            yield ("split", "shares", number, "go"), share.go
    if step.call is not None:
        for name, target in step.call.ended.items():
            yield ("call", "ended", name), target
    if step.ask is not None:
        for name, target in step.ask.options.items():
            yield ("ask", "options", name), target
    for kind in ("wait_for", "ask", "handover"):
        value = getattr(step, kind)
        if value is not None:
            yield (kind, "late"), value.late


def goes_on(step: JourneyStep) -> bool:
    """Say whether a step may go on to `next`, or to the step below."""
    if step.end is not None or step.branch is not None or step.split is not None or step.ask is not None:
        return False
    if step.wait_for is not None:
        return any(awaited.go is None for awaited in step.wait_for.signals)
    return True
