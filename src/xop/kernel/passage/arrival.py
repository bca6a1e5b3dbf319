"""What happens when a token comes to a step: it waits, or it goes on at once."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.actions.invocation import derive_invocation
from xop.kernel.base.shares import place_of, share_at
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Choice, Enter, HandOver, Proposal
from xop.kernel.compiled.journeys import CompiledStep
from xop.kernel.conditions import Fault
from xop.kernel.effects import Schedule
from xop.kernel.journeys.facts import StepReached, VariablesSet
from xop.kernel.journeys.run import Run, Token, Waiting
from xop.kernel.passage.course import Course, journey_actor
from xop.kernel.passage.times import wait_over, zone_of
from xop.kernel.steps.handover import derive_handover
from xop.kernel.templates import Template, as_text

Moves = list[tuple[Token, str, str]]
"""Tokens that go on at once: the token, how it left its step, and the target."""


def arrive(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    """Bring a token to the step it names; return the moves that follow at once."""
    moves = _ARRIVALS[compiled.kind](course, run, token, compiled, by)
    return [(replace(each, tries=0), way, target) for each, way, target in moves]


class Rest(Struct, frozen=True):
    """What a token waits for at a step; nothing when it goes on at once."""

    waits: Waiting = ""
    due: int = 0
    """When the wait is over at the latest, in milliseconds since the epoch; 0 for no such moment."""
    on: str = ""
    tries: int = 0


NO_REST = Rest()


def reach(course: Course, run: Run, token: Token, by: str, rest: Rest = NO_REST, fault: str = "") -> None:
    """Note that a token is at its step, and have it woken when its wait is over."""
    course.draft.add(
        StepReached(
            run=run.id,
            journey=run.journey,
            token=token.id,
            step=token.step,
            by=by,
            waits=rest.waits,
            due=rest.due,
            on=rest.on,
            parent=token.parent,
            tries=rest.tries,
            fault=fault,
        )
    )
    after = course.run(run.id)
    if rest.due and after is not None:
        course.wake(after, token.id, rest.due)


def _propose(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    """A journey proposes as anybody does: by a command of its own, submitted at once."""
    step = compiled.step.propose
    if step is None:
        return []
    arguments = course.fill(compiled.templates["arguments"], run)
    if isinstance(arguments, Fault):
        reach(course, run, token, by, fault=arguments.cause)
        return react(compiled, token, step.failed or step.denied, "failed")
    name = f"proposal:{run.id}:{run.moves}"
    proposal = Proposal(
        id=name,
        actor=journey_actor(run.journey),
        action=step.action,
        arguments=arguments,
        purpose=step.purpose,
        conversation=run.conversation,
        cause=course.cause,
        asked_by=run.asked_by,
    )
    course.draft.ask(Schedule(name, course.at, proposal))
    on = derive_invocation(name, course.draft.moment.origin)
    reach(course, run, token, by, Rest("invocation", on=on, tries=token.tries + 1))
    return []


def _choose(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    step = compiled.step.choose
    if step is None:
        return []
    name = f"choice:{run.id}:{run.moves}"
    choice = Choice(
        name,
        journey_actor(run.journey),
        step.decision_set,
        request=dict(run.vars),
        conversation=run.conversation,
        cause=course.cause,
        asked_by=run.asked_by,
    )
    course.draft.ask(Schedule(name, course.at, choice))
    reach(course, run, token, by, Rest("choice", on=name, tries=token.tries + 1))
    return []


def _wait(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    due = wait_due(course, run, compiled, course.at)
    if isinstance(due, Fault):
        reach(course, run, token, by, fault=due.cause)
    elif due > course.at:
        reach(course, run, token, by, Rest("time", due))
        return []
    else:
        reach(course, run, token, by)
    return [(token, "next", compiled.next)]


def wait_due(course: Course, run: Run, compiled: CompiledStep, since: int) -> int | Fault:
    """Return when a wait that began at a moment is over, in milliseconds since the epoch."""
    step = compiled.step.wait
    if step is None:
        return since
    moment = course.fill(compiled.templates["moment"], run) if step.moment else None
    if isinstance(moment, Fault):
        return moment
    due = wait_over(step, since, zone_of(course.release, course.draft.customer.view), moment)
    return Fault(f"{moment!r} is no moment to wait for") if due is None else due


def _wait_for(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    step = compiled.step.wait_for
    if step is not None:
        reach(course, run, token, by, Rest("signal", course.at + milliseconds(step.within)))
    return []


def _branch(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    step = compiled.step.branch
    if step is None:
        return []
    fault = ""
    for number, (case, condition) in enumerate(zip(step.cases, compiled.conditions, strict=True), 1):
        holds = course.holds(condition, run)
        if isinstance(holds, Fault):
            fault = fault or holds.cause
        elif holds:
            reach(course, run, token, by, fault=fault)
            return [(token, f"case_{number}", case.go)]
    reach(course, run, token, by, fault=fault)
    return [(token, "otherwise", step.otherwise)]


def _split(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    step = compiled.step.split
    if step is None:
        return []
    place = place_of(step.salt or f"{run.journey}/{token.step}", course.draft.part.id)
    share = step.shares[share_at(place, [each.weight for each in step.shares])]
    reach(course, run, token, by)
    return [(token, share.name, share.go)]


def _parallel(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    """Every path has a token of its own; they must all stand before the first of them moves on."""
    step = compiled.step.parallel
    if step is None:
        return []
    reach(course, run, token, by, Rest("paths"))
    moves: Moves = []
    for path in step.paths:
        after = course.run(run.id)
        if after is not None:
            child = Token(after.moves, token.step, course.at, parent=token.id)
            reach(course, run, child, "path")
            moves.append((child, "path", path))
    return moves


def _call(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    step = compiled.step.call
    if step is None:
        return []
    variables = course.fill(compiled.templates["set"], run)
    if isinstance(variables, Fault):
        reach(course, run, token, by, fault=variables.cause)
        return [(token, "fault", compiled.next)]
    name = f"call:{run.id}:{run.moves}"
    enter = Enter(name, journey_actor(run.journey), step.journey, data=variables, caller=run.id, caller_token=token.id)
    course.draft.ask(Schedule(name, course.at, enter))
    reach(course, run, token, by, Rest("run", on=name))
    return []


def _ask(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    step = compiled.step.ask
    if step is not None:
        question = _text(course, run, compiled.templates["question"])
        reach(course, run, token, by, Rest("person", course.at + milliseconds(step.within), question))
    return []


def _handover(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    """A queue is asked as anybody asks it, by a command of its own; without one whoever has the role is asked."""
    step = compiled.step.handover
    if step is None:
        return []
    reason = _text(course, run, compiled.templates["reason"])
    due = course.at + milliseconds(step.within)
    if not step.queue:
        reach(course, run, token, by, Rest("person", due, reason))
        return []
    name = f"handover:{run.id}:{run.moves}"
    wish = HandOver(
        id=name,
        actor=journey_actor(run.journey),
        conversation=_text(course, run, compiled.templates["conversation"]),
        queue=step.queue,
        intent=_text(course, run, compiled.templates["intent"]),
        summary=reason,
        urgent=step.urgent,
        asked_by=run.asked_by,
        cause=course.cause,
        run=run.id,
        token=token.id,
    )
    course.draft.ask(Schedule(name, course.at, wish))
    reach(course, run, token, by, Rest("handover", due, derive_handover(name, course.draft.moment.origin)))
    return []


def _set(course: Course, run: Run, token: Token, compiled: CompiledStep, by: str) -> Moves:
    values = course.fill(compiled.templates["set"], run)
    if isinstance(values, Fault):
        reach(course, run, token, by, fault=values.cause)
    else:
        reach(course, run, token, by)
        course.draft.add(VariablesSet(run.id, values))
    return [(token, "next", compiled.next)]


def _end(course: Course, run: Run, token: Token, _compiled: CompiledStep, by: str) -> Moves:
    reach(course, run, token, by)
    return []


def react(compiled: CompiledStep, token: Token, reaction: str, by: str) -> Moves:
    """Return the move that a step's reaction to `by` asks for; `wait` is for the caller to have dealt with."""
    target = compiled.next if reaction in {"skip", "wait"} else reaction
    return [(token, by, target)]


def _text(course: Course, run: Run, template: Template) -> str:
    """Return a template's text; its fault when there is none, because a person must see something."""
    value: Any = course.fill(template, run)
    return f"({value.cause})" if isinstance(value, Fault) else as_text(value) or ""


_ARRIVALS: dict[str, Callable[[Course, Run, Token, CompiledStep, str], Moves]] = {
    "propose": _propose,
    "choose": _choose,
    "wait": _wait,
    "wait_for": _wait_for,
    "branch": _branch,
    "split": _split,
    "parallel": _parallel,
    "call": _call,
    "ask": _ask,
    "handover": _handover,
    "sets": _set,
    "end": _end,
}
