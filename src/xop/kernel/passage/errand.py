"""Runs that carry out an invocation: what came of it is told when they are over."""

from typing import Any, Literal

from msgspec import UNSET

from xop.kernel.actions.invocation import Invocation
from xop.kernel.effects import Schedule
from xop.kernel.journeys.run import Run
from xop.kernel.passage.course import Course
from xop.kernel.steps.task import later_outcome

_CARRIED_OUT = ("end", "goal", "exit")
"""Reasons for which a run ends in a way that its journey foresees."""


def report(course: Course, run: Run, outcome: str, reason: str) -> None:
    """Have the invocation that a run carried out be done, or failed when the run did not come to an end of its own."""
    invocation = course.draft.part.invocations.get(run.caller)
    if invocation is None:
        return
    if reason in _CARRIED_OUT:
        _tell(course, invocation, "done", output={"outcome": outcome, "variables": run.vars})
    else:
        fail(course, invocation, f"the run {run.id} of {run.journey!r} was not carried through: {reason}")


def fail(course: Course, invocation: Invocation, cause: str) -> None:
    """Have an invocation fail that a journey was to carry out."""
    _tell(course, invocation, "failed", cause)


def _tell(
    course: Course, invocation: Invocation, result: Literal["done", "failed"], detail: str = "", output: Any = UNSET
) -> None:
    command = later_outcome(invocation, result, detail, output)
    course.draft.ask(Schedule(command.id, course.at, command))
