"""Commands about runs: enter, go on, answer, hear of a signal, look again."""

from xop.kernel.base.values import Refusal
from xop.kernel.commands import Advance, Enter, Relay, Reply, Review, Signal
from xop.kernel.compiled.journeys import CompiledJourney, CompiledStep
from xop.kernel.context.customer import Customer, has_part
from xop.kernel.journeys.facts import QuestionAnswered
from xop.kernel.journeys.run import Run, Token, live, token_of
from xop.kernel.moment import Moment
from xop.kernel.passage.course import EXPIRY, Course
from xop.kernel.passage.entering import begin, declined, enter_by_rule, keep_schedules, schedule
from xop.kernel.passage.errand import fail
from xop.kernel.passage.hearing import hear_signal
from xop.kernel.passage.walk import AGAIN, end_run, go_on, resume
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.desk import take_and_hand_back
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.queueing import withdraw
from xop.kernel.steps.restraint import kept_from

HANDED_BACK = "handed_back"
"""The answer that gives a customer back who was handed over."""

_WHY = {
    "reentry": ("they are in it, or were, and its `reentry` does not let them in again now", "look at their runs"),
    "limit": ("they are in as many journeys as the workspace lets them be", "wait, or raise the journey's priority"),
    "condition": ("the condition of the entry does not hold for them", "look at the entry's `when`"),
    "fault": ("the entry's condition or texts have no answer for what was given", "give the data that they read"),
}
"""Why an entry was refused, by code, and what to do about it."""

ASKED = "xop.entry.asked"
"""The signal type that an entry rule sees when somebody asks for the entry."""


def enter(release: Release, customer: Customer, command: Enter, moment: Moment) -> Step:
    """Have a customer enter a journey: as somebody asked, at a scheduled time, or called by another run."""
    draft = Draft(customer, moment)
    compiled = release.routes.journeys.get(command.journey)
    if command.caller and command.caller_token < 0:
        return _carry_out(Course(release, draft, command.id), command, compiled)
    if command.caller:
        return _called(Course(release, draft, command.id), command, compiled)
    if command.schedule is not None:
        return _scheduled(Course(release, draft, command.id), command, compiled)
    refusal = _unasked(release, command, compiled, moment)
    if refusal is not None or compiled is None:
        return Step(refusal=refusal)
    told = Signal(command.id, ASKED, str(command.actor), moment.at, command.actor, data=command.data)
    course = Course(release, draft, command.id, told)
    course.asked_by, course.conversation = command.actor, command.conversation
    codes = [enter_by_rule(course, each, "api", command.key) for each in compiled.entries if each.rule.api]
    if all(codes):
        why, remedy = _WHY[codes[0]]
        cause = f"the customer does not enter {command.journey!r}: {why}"
        return Step(refusal=Refusal(f"entry-{codes[0]}", cause, remedy))
    return draft.step()


def _unasked(release: Release, command: Enter, compiled: CompiledJourney | None, moment: Moment) -> Refusal | None:
    """Return why somebody may not ask for an entry at all."""
    if compiled is None:
        known = ", ".join(sorted(release.routes.journeys)) or "none"
        return Refusal("journey-unknown", f"there is no journey {command.journey!r}", f"name one of: {known}")
    if not any(each.rule.api for each in compiled.entries):
        cause = f"nobody is entered into {command.journey!r} by asking"
        return Refusal("journey-closed", cause, "add an entry with `api: true` to the journey")
    principal = release.principals.get(command.actor)
    if principal is None or not {command.journey, "*"} & set(principal.journeys):
        cause = f"{command.actor} is not granted the journey {command.journey!r}"
        return Refusal("journey-not-granted", cause, "name the journey in its `journeys` in agents.yaml")
    return kept_from(principal, moment)


def _called(course: Course, command: Enter, compiled: CompiledJourney | None) -> Step:
    caller = course.run(command.caller)
    token = token_of(caller, command.caller_token) if caller is not None else None
    if caller is None or caller.aside or token is None or token.on != command.id:
        return course.draft.step()
    if compiled is None:
        go_on(course, caller.id, token.id, "declined")
    else:
        begin(course, compiled, "", command.data, "call", caller=caller, caller_token=token.id)
    return course.draft.step()


def _carry_out(course: Course, command: Enter, compiled: CompiledJourney | None) -> Step:
    """Have the customer enter so that an invocation is carried out; where they may not, it has failed."""
    invocation = course.draft.part.invocations.get(command.caller)
    if invocation is None or invocation.status != "started":
        return course.draft.step()
    who = invocation.asked_by or invocation.actor
    course.asked_by = who if who in course.release.principals else None
    course.conversation = invocation.conversation
    key = command.key or ""
    code = declined(course, compiled, key) if compiled is not None else "unknown"
    if compiled is None or code:
        why = _WHY[code][0] if code in _WHY else "there is no such journey any more"
        fail(course, invocation, f"the customer does not enter {command.journey!r}: {why}")
    else:
        begin(course, compiled, key, command.data, "action", caller=invocation)
    return course.draft.step()


def _scheduled(course: Course, command: Enter, compiled: CompiledJourney | None) -> Step:
    entries = compiled.entries if compiled is not None else ()
    entry = next((each for each in entries if each.number == command.schedule), None)
    rule = entry.rule.schedule if entry is not None else None
    if entry is not None and rule is not None and rule.segment in course.draft.customer.view.segments:
        schedule(course, entry)
        member = next(part.id for part in course.draft.customer.parts if rule.segment in part.segments)
        if member == course.draft.part.id:
            # Of several sides that are members one enters for the customer as a whole.
            enter_by_rule(course, entry, "schedule")
    return course.draft.step()


def advance(release: Release, customer: Customer, command: Advance, moment: Moment) -> Step:
    """Have a token go on whose wait is over; a wait that has become another stays."""
    course = Course(release, Draft(customer, moment), command.id)
    run = course.run(command.run)
    if run is None:
        return course.draft.step()
    if command.token == EXPIRY:
        if live(run):
            end_run(course, run, "expired", "expired")
        return course.draft.step()
    token = token_of(run, command.token)
    if token is not None and (token.step, token.due) == (command.step, command.due) and not token.parked:
        _wait_over(course, run, token)
    return course.draft.step()


def _wait_over(course: Course, run: Run, token: Token) -> None:
    step = course.step(run, token)
    if step is not None and (step.step.propose is not None or step.step.choose is not None):
        go_on(course, run.id, token.id, AGAIN, again=True)
    else:
        if token.waits == "handover":
            withdraw(course.release, course.draft, token.on)
        go_on(course, run.id, token.id, "late" if _late(step) else "next", _late(step))


def _late(step: CompiledStep | None) -> str | None:
    """Return where a step goes on when what it waits for has not come."""
    waiting = None if step is None else step.step.wait_for or step.step.ask or step.step.handover
    return waiting.late if waiting is not None else None


def reply(release: Release, customer: Customer, command: Reply, moment: Moment) -> Step:
    """Take a person's answer to what a run asked, or the customer back from whom they were handed to."""
    course = Course(release, Draft(customer, moment), command.id)
    run = course.run(command.run)
    token = token_of(run, command.token) if run is not None else None
    step = course.step(run, token) if run is not None and token is not None else None
    if token is not None and token.waits == "handover" and command.choice == HANDED_BACK:
        return take_and_hand_back(release, customer, command, token.on, moment)
    if run is None or token is None or step is None or token.waits != "person" or token.parked:
        cause = f"the run {command.run!r} asks nothing there"
        return Step(refusal=Refusal("question-not-open", cause, "list the questions: it may be answered or late"))
    asked = step.step.ask or step.step.handover
    options = {HANDED_BACK: None} if step.step.ask is None else step.step.ask.options
    principal = release.principals.get(command.actor)
    role = asked.role if asked is not None else ""
    if principal is None or command.actor.kind != "operator" or role not in principal.roles:
        return Step(
            refusal=Refusal("question-role", f"{command.actor} is not {role}", f"ask somebody with the role {role}")
        )
    if command.choice not in options:
        known = ", ".join(options)
        return Step(refusal=Refusal("answer-unknown", f"{command.choice!r} is no answer", f"give one of: {known}"))
    course.draft.add(QuestionAnswered(run.id, token.id, command.choice, str(command.actor), command.note))
    go_on(course, run.id, token.id, command.choice, options[command.choice])
    return course.draft.step()


def hear(release: Release, customer: Customer, command: Relay, moment: Moment) -> Step:
    """Have a part's runs hear a signal that another side of the customer received."""
    course = Course(release, Draft(customer, moment), command.id, command.signal)
    if not has_part(customer, command.origin):
        return course.draft.step()
    hear_signal(course, command.signal)
    return course.draft.step()


def review(release: Release, customer: Customer, command: Review, moment: Moment) -> Step:
    """Have runs go on that can by now; what the customer's segments are is asked anew after every review."""
    course = Course(release, Draft(customer, moment), command.id)
    for run in list(course.draft.part.runs.values()):
        if live(run):
            resume(course, run.id)
    if command.published:
        for segment in course.draft.part.segments:
            keep_schedules(course, segment, inside=True)
    return course.draft.step()
