"""What every step leads to besides: runs that go on, segments entered and left, journeys entered and ended."""

from xop.kernel import facts as f
from xop.kernel.actions.invocation import derive_invocation
from xop.kernel.base.values import Refusal
from xop.kernel.choices.facts import Chosen
from xop.kernel.commands import Choice, Command, HandOver, Merge, Proposal, Relay, Review, Signal, Transfer, Unmerge
from xop.kernel.context.customer import Customer, Part
from xop.kernel.halts.model import PLATFORM
from xop.kernel.journeys.run import live
from xop.kernel.moment import Moment
from xop.kernel.passage.course import Course
from xop.kernel.passage.ending import end_by_context
from xop.kernel.passage.happenings import HEARINGS, hear_facts
from xop.kernel.passage.hearing import enter_by_signal, hear_signal, relay
from xop.kernel.passage.membership import update_segments
from xop.kernel.passage.touched import portions_touched, watched
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.answers import hear_invocations, hear_result
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.handover import derive_handover

_ROUNDS = 8
"""Most rounds in which one change of context may lead to another within a step."""


def progress(
    release: Release, customer: Customer, command: Command, moment: Moment, step: Step, other: Customer | None = None
) -> Step:
    """Return a step with all that follows from it for the customer's runs and segments."""
    if step.refusal is not None or (step.decision is not None and step.decision.shadow):
        step = _heard_by_its_run(customer, command, moment, step)
    if step.refusal is not None:
        return step
    if customer.id == PLATFORM:
        return step
    signals = (command,) if isinstance(command, Signal) else step.told
    step = _answer_choices(release, customer, (command, *step.told), moment, step)
    if not _concerned(release, customer, command, signals, step):
        return step
    draft = Draft.resume(customer, moment, step)
    course = Course(release, draft, command.id, signals[0] if signals else None)
    hear_facts(course, step.facts)
    settled = _settle(course, 0)
    for signal in signals:
        hearing = Course(release, draft, command.id, signal)
        hearing.asked_by = signal.asked_by
        settled = _hear(hearing, signal, settled)
    if isinstance(command, Merge | Unmerge):
        _review_sides(course, (*customer.parts, *(other.parts if other is not None else ())))
    elif isinstance(command, Review):
        update_segments(course, None)
        end_by_context(course, None)
    elif isinstance(command, Transfer):
        end_by_context(course, None)
    _look_elsewhere(course)
    return draft.step(step.decision, step.evidence)


def _hear(course: Course, signal: Signal, settled: int) -> int:
    """Have everything hear a signal that listens to it; return how many facts have been followed up then."""
    relay(course, signal)
    if course.draft.part.runs:
        hear_signal(course, signal)
    enter_by_signal(course, signal)
    return _settle(course, settled)


OBSERVED = "xop.observed"
"""Why nothing comes of what an actor in shadow asks for."""

RUN_IS_OVER = Refusal("run-over", "the run that asks is over, or has gone another way", "nothing need be done")


def unwanted(customer: Customer, command: Proposal | Choice | HandOver, moment: Moment) -> bool:
    """Say whether a journey proposes or asks for something that its run waits for no longer."""
    if command.actor.kind != "journey":
        return False
    name = command.id
    if not isinstance(command, Choice):
        derived = derive_handover if isinstance(command, HandOver) else derive_invocation
        name = derived(command.id, moment.origin)
    runs = customer.part(moment.origin).runs.values()
    return not any(token.on == name for run in runs if live(run) for token in run.tokens)


def _concerned(release: Release, customer: Customer, command: Command, signals: tuple[Signal, ...], step: Step) -> bool:
    """Most steps touch nothing that a journey or segment reads, and need not be looked at any further."""
    routes = release.routes
    if isinstance(command, Merge | Unmerge | Review | Transfer):
        return True
    if signals and len(customer.parts) > 1 and any(part.choices for part in customer.parts):
        return True
    if any(signal.type in routes.heard for signal in signals):
        return True
    if watched(routes.watched, step.facts):
        return True
    return any(part.runs for part in customer.parts) and any(type(fact) in HEARINGS for fact in step.facts)


def _answer_choices(
    release: Release, customer: Customer, heard: tuple[Command, ...], moment: Moment, step: Step
) -> Step:
    """Have the part's open choices hear of a signal and of what became of their invocations."""
    if not customer.part(moment.origin).choices:
        return step
    draft = Draft.resume(customer, moment, step)
    for each in heard:
        if isinstance(each, Signal | Relay):
            hear_result(release, draft, each.signal if isinstance(each, Relay) else each)
    hear_invocations(draft, step.facts)
    return draft.step(step.decision, step.evidence) if draft.grown > len(step.facts) else step


def _settle(course: Course, known: int) -> int:
    """Follow the facts after the first so many up in segments, goals and exits; return how many facts there are then."""
    for _ in range(_ROUNDS):
        facts = course.draft.since(known)
        known += len(facts)
        touched = portions_touched(facts)
        if not touched:
            break
        update_segments(course, touched)
        end_by_context(course, touched | portions_touched(course.draft.since(known)))
    return known


def _heard_by_its_run(customer: Customer, command: Command, moment: Moment, step: Step) -> Step:
    """A refusal is no fact, nor is what is only observed, but a run or choice that asked must not wait for ever."""
    if not isinstance(command, Proposal | Choice):
        return step
    part, refusal = customer.part(moment.origin), step.refusal
    waited = {token.on for run in part.runs.values() for token in run.tokens}
    waited |= {chosen.invocation for chosen in part.choices.values() if chosen.invocation}
    draft = Draft(customer, moment)
    if isinstance(command, Proposal):
        invocation = derive_invocation(command.id, moment.origin)
        if invocation in waited:
            draft.add(f.ProposalDenied(invocation, command.action, refusal.code if refusal is not None else OBSERVED))
            return draft.step(step.decision, step.evidence)
    elif command.id in waited:
        draft.add(f.ActionChosen(Chosen(command.id, command.decision_set, "", moment.at)))
        return draft.step()
    return step


def _look_elsewhere(course: Course) -> None:
    """What changed on this side of a merged customer may be the goal or exit of a run on another."""
    parts = [part for part in course.draft.customer.parts if part.id != course.draft.part.id and part.runs]
    if parts and watched(course.release.routes.watched, course.draft.since(0)):
        for part in parts:
            course.review(part.id)


def _review_sides(course: Course, parts: tuple[Part, ...]) -> None:
    """What is true of all sides of a merged customer together may be something else than of each."""
    for part in parts:
        if part.runs or part.segments or course.release.routes.segments:
            course.review(part.id)
