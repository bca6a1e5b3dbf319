"""What the facts of a step mean for the runs that waited for them: a proposal's outcome, a choice, an answer."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xop.kernel import facts as f
from xop.kernel.base.spans import milliseconds
from xop.kernel.compiled.journeys import CompiledStep
from xop.kernel.journeys.model import ChooseStep, ProposeStep
from xop.kernel.journeys.run import Run, Token
from xop.kernel.passage.arrival import Rest, reach
from xop.kernel.passage.course import Course
from xop.kernel.passage.walk import go_on

_Hear = Callable[[Course, Run, Token, CompiledStep, Any], None]


def hear_facts(course: Course, facts: Sequence[f.Fact]) -> None:
    """Have the part's runs go on that waited for what these facts tell."""
    if not course.draft.part.runs:
        return
    for fact in facts:
        hearing = HEARINGS.get(type(fact))
        if hearing is None:
            continue
        waits, name, hear = hearing
        wanted = name(fact)
        for run, token in _waiting(course, waits, wanted):
            step = course.step(run, token)
            if step is not None:
                hear(course, run, token, step, fact)


def _waiting(course: Course, waits: str, on: str) -> Iterator[tuple[Run, Token]]:
    for run in list(course.draft.part.runs.values()):
        for token in run.tokens:
            if token.on == on and token.waits == waits:
                yield run, token


def _permitted(course: Course, run: Run, token: Token, step: CompiledStep, _fact: f.InvocationQueued) -> None:
    if step.step.propose is not None and step.step.propose.until == "permitted":
        go_on(course, run.id, token.id, "permitted")


def _held(course: Course, run: Run, token: Token, step: CompiledStep, _fact: f.InvocationHeld) -> None:
    proposing = _proposing(step)
    if proposing is not None and proposing.held != "wait":
        go_on(course, run.id, token.id, "held", _target(proposing.held))


def _cancelled(course: Course, run: Run, token: Token, step: CompiledStep, fact: f.InvocationCancelled) -> None:
    """What a person approved instead is waited for in the place of what was asked."""
    if fact.successor:
        reach(course, run, token, "held", Rest("invocation", on=fact.successor, tries=token.tries))
    else:
        _denied(course, run, token, step, fact)


def _denied(course: Course, run: Run, token: Token, step: CompiledStep, _fact: Any) -> None:
    proposing = _proposing(step)
    if proposing is not None:
        _react(course, run, token, proposing, proposing.denied, "denied")


def _failed(course: Course, run: Run, token: Token, step: CompiledStep, _fact: Any) -> None:
    proposing = _proposing(step)
    if proposing is not None:
        _react(course, run, token, proposing, proposing.failed or proposing.denied, "failed")


def _done(course: Course, run: Run, token: Token, step: CompiledStep, _fact: f.InvocationDone) -> None:
    chosen = step.step.choose.chosen if step.step.choose is not None else {}
    go_on(course, run.id, token.id, "done", chosen.get(str(run.vars.get(token.step, ""))))


def _chosen(course: Course, run: Run, token: Token, step: CompiledStep, fact: f.ActionChosen) -> None:
    """The winner's name is a variable of the run, named like the step, so that later steps can ask for it."""
    choosing, chosen = step.step.choose, fact.chosen
    if choosing is None:
        return
    course.draft.add(f.VariablesSet(run.id, {token.step: chosen.candidate}))
    if chosen.invocation:
        reach(course, run, token, "chosen", Rest("invocation", on=chosen.invocation, tries=token.tries))
    else:
        _react(course, run, token, choosing, choosing.nothing, "nothing")


def _handed_back(course: Course, run: Run, token: Token, step: CompiledStep, fact: f.HandoverReturned) -> None:
    """What came of it is a variable of the run, named like the step."""
    outcomes = step.step.handover.outcomes if step.step.handover is not None else {}
    course.draft.add(f.VariablesSet(run.id, {token.step: fact.outcome}))
    go_on(course, run.id, token.id, fact.outcome, outcomes.get(fact.outcome))


def _nobody(course: Course, run: Run, token: Token, step: CompiledStep, fact: f.HandoverExpired) -> None:
    handing = step.step.handover
    course.draft.add(f.VariablesSet(run.id, {token.step: fact.outcome}))
    target = handing.outcomes.get(fact.outcome, handing.late) if handing is not None else None
    go_on(course, run.id, token.id, fact.outcome, target)


def _react(course: Course, run: Run, token: Token, step: ProposeStep | ChooseStep, reaction: str, by: str) -> None:
    if reaction == "wait" and token.tries < step.most:
        reach(course, run, token, by, Rest("time", course.at + milliseconds(step.again), tries=token.tries))
    else:
        go_on(course, run.id, token.id, by, _target(reaction))


def _proposing(step: CompiledStep) -> ProposeStep | ChooseStep | None:
    return step.step.propose or step.step.choose


def _target(reaction: str) -> str | None:
    return None if reaction in {"skip", "wait"} else reaction


HEARINGS: dict[type, tuple[str, Callable[[Any], str], _Hear]] = {
    f.InvocationQueued: ("invocation", lambda fact: fact.invocation.id, _permitted),
    f.InvocationHeld: ("invocation", lambda fact: fact.invocation.id, _held),
    f.ProposalDenied: ("invocation", lambda fact: fact.invocation, _denied),
    f.InvocationCancelled: ("invocation", lambda fact: fact.invocation, _cancelled),
    f.InvocationDropped: ("invocation", lambda fact: fact.invocation, _failed),
    f.InvocationFailed: ("invocation", lambda fact: fact.invocation, _failed),
    f.InvocationDone: ("invocation", lambda fact: fact.invocation, _done),
    f.ActionChosen: ("choice", lambda fact: fact.chosen.id, _chosen),
    f.HandoverReturned: ("handover", lambda fact: fact.handover, _handed_back),
    f.HandoverExpired: ("handover", lambda fact: fact.handover, _nobody),
}
"""By fact: what a token waits for, the name it waits for it by, and what it does."""
