"""The courses of proposals in one run: each from its first verdict to how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from xop.kernel import facts as f
from xop.kernel.actions.invocation import InvocationFact
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Proposal
from xop.kernel.decisions.judgement import judgement
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import Fact
from xop.lab.backtest.run import Record

INVOCATION_FACTS: tuple[type, ...] = InvocationFact.__args__
"""Facts that belong to the course of a proposal."""

_STATES: dict[type, str] = {
    f.InvocationHeld: "held",
    f.InvocationQueued: "queued",
    f.ProposalDenied: "denied",
    f.InvocationStarted: "started",
    f.AttemptFailed: "to be tried again",
    f.InvocationDone: "done",
    f.InvocationFailed: "failed",
    f.InvocationUncertain: "uncertain",
    f.InvocationDropped: "dropped",
    f.InvocationCancelled: "cancelled",
}


@dataclass(slots=True)
class Course:
    """Everything that was decided about one proposal, and how it stands in the end."""

    invocation: str
    part: str
    root: str
    at: int
    command: str
    """The command by which it appears first."""
    action: str = ""
    actor: Actor | None = None
    arguments: dict[str, Any] | None = None
    decisions: list[Decision] = field(default_factory=list)
    state: str = ""
    """How it stands: `queued`, `held`, `denied`, `started`, `done`, `failed`, `cancelled` and so on."""
    code: str = ""
    """Why it was cancelled."""
    left: int = 0
    """When an attempt last left, in milliseconds since the epoch."""

    @property
    def path(self) -> list[Any]:
        """What was decided, stage by stage, with the end; two courses with the same path went the same way."""
        return [*(judgement(each) for each in self.decisions), self.state, self.code]

    @property
    def times(self) -> list[int]:
        """When it was to be judged again and when it left."""
        return [*(each.due for each in self.decisions), self.left]


def courses(records: Iterable[Record]) -> dict[str, Course]:
    """Return the course of every proposal that a run's records tell of, by invocation, in order."""
    found: dict[str, Course] = {}
    for record in records:
        decision = record.decision
        if decision is not None:
            course = _course(found, decision.invocation, record)
            course.decisions.append(decision)
            course.action, course.actor = decision.action, decision.actor
            if isinstance(record.command, Proposal):
                course.arguments = record.command.arguments
        for fact in record.facts:
            if type(fact) in _STATES:
                _follow(found, fact, record)
    return found


def _course(found: dict[str, Course], invocation: str, record: Record) -> Course:
    course = found.get(invocation)
    if course is None:
        course = Course(invocation, record.part, record.root, record.at, record.command.id)
        found[invocation] = course
    return course


def _follow(found: dict[str, Course], fact: Fact, record: Record) -> None:
    told = getattr(fact, "invocation", "")
    course = _course(found, told if isinstance(told, str) else told.id, record)
    course.action = course.action or getattr(fact, "action", "")
    course.state = _STATES[type(fact)]
    course.code = getattr(fact, "code", "")
    if isinstance(fact, f.InvocationStarted):
        course.left = record.at
