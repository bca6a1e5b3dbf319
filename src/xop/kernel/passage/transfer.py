"""What a publication does with a run: moves it to another version, sets it aside, or puts it back where it was."""

from msgspec.structs import replace

from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Transfer
from xop.kernel.compiled.journeys import CompiledJourney, CompiledStep
from xop.kernel.conditions import Fault
from xop.kernel.context.customer import Customer
from xop.kernel.handovers.model import is_open
from xop.kernel.journeys.facts import RunTransferred
from xop.kernel.journeys.run import Former, Run, Token, carries_out
from xop.kernel.moment import Moment
from xop.kernel.passage.arrival import wait_due
from xop.kernel.passage.course import Course
from xop.kernel.passage.errand import report
from xop.kernel.passage.walk import clear_the_way, give_up, go_on, move, resume
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft


def transfer(release: Release, customer: Customer, command: Transfer, moment: Moment) -> Step:
    """Move a run as a publication asks; one that is over, or was moved already, stays as it is."""
    course = Course(release, Draft(customer, moment), command.id)
    run = course.run(command.run)
    if run is None or (run.aside and command.change != "restore"):
        return course.draft.step()
    if command.change == "migrate" and run.version == command.version:
        return course.draft.step()
    if command.only and any(token.step not in command.only for token in run.tokens):
        return course.draft.step()
    if command.change == "leave":
        return _set_aside(course, run, command)
    return _restore(course, run, command) if command.change == "restore" else _migrate(course, run, command)


def _restore(course: Course, run: Run, command: Transfer) -> Step:
    """Only who was moved by the publication goes back; who has moved on since goes back to where that step came from."""
    former = run.was[-1] if run.was and run.was[-1].release == command.release else None
    if run.aside == command.release:
        return _put_back(course, run, command, former)
    if run.aside or former is None or former.version != command.version:
        return course.draft.step()
    if former.moves + former.begun == run.moves:
        return _exactly(course, run, command, former)
    return _migrate(course, run, command)


def _set_aside(course: Course, run: Run, command: Transfer) -> Step:
    """A run is set aside with the runs it called."""
    for each in (run, *_called(course, run)):
        for token in each.tokens:
            course.forget(each, token)
        course.forget_expiry(each)
        _note(course, each, command, each.version, each.tokens)
        if carries_out(each):
            report(course, each, "left", "left")
        clear_the_way(course, each)
    return course.draft.step()


def _put_back(course: Course, run: Run, command: Transfer, former: Former | None) -> Step:
    """A run set aside goes on where it stood; what became due meanwhile is due now."""
    _note(course, run, command, former.version if former is not None else run.version, run.tokens)
    for child in _called(course, run):
        if child.aside == command.release:
            _note(course, child, command, child.version, child.tokens)
            _wake(course, child)
    return _wake(course, run)


def _called(course: Course, run: Run) -> list[Run]:
    children = [each for each in course.draft.part.runs.values() if each.caller == run.id]
    return [found for child in children for found in (child, *_called(course, child))]


def _exactly(course: Course, run: Run, command: Transfer, former: Former) -> Step:
    parked = {token.id: token.parked for token in run.tokens}
    tokens = tuple(replace(token, parked=parked.get(token.id, "")) for token in former.tokens)
    for token in run.tokens:
        if token in tokens:
            course.forget(run, token)
        else:
            give_up(course, run, token)
    _note(course, run, command, former.version, tokens)
    return _wake(course, run)


def _wake(course: Course, run: Run) -> Step:
    after = course.run(run.id)
    compiled = course.version(after) if after is not None else None
    if after is not None and compiled is not None:
        for token in after.tokens:
            if token.due and not token.parked:
                course.wake(after, token.id, token.due)
        course.expire(after, compiled.journey)
        _hear_what_is_over(course, after)
        resume(course, run.id)
    return course.draft.step()


def _hear_what_is_over(course: Course, run: Run) -> None:
    """What a token waited for may have ended while nobody listened; it goes on without knowing how."""
    for token in run.tokens:
        if _missed(course, token) and not token.parked:
            go_on(course, run.id, token.id, "unknown")
        elif token.waits == "run" and not any(each.caller == run.id for each in course.draft.part.runs.values()):
            go_on(course, run.id, token.id, "declined")


def _missed(course: Course, token: Token) -> bool:
    part = course.draft.part
    if token.waits == "handover":
        return token.on not in part.handovers or not is_open(part.handovers[token.on])
    return token.waits == "invocation" and token.on not in part.invocations


def _migrate(course: Course, run: Run, command: Transfer) -> Step:
    """Tokens keep waiting at the step that takes the place of theirs; where that is of another kind they begin it."""
    target = course.release.routes.versions.get(command.version)
    named = {token.id: command.steps.get(token.step, token.step) for token in run.tokens}
    missing = [name for name in named.values() if target is None or name not in target.steps]
    if target is None or missing:
        cause = f"the version {command.version} has no step {missing[0]!r}" if missing else "the version is not at hand"
        return Step(refusal=Refusal("transfer-impossible", cause, "name its step in the publication's choices"))
    begin = {token.id for token in run.tokens if _other_kind(course.step(run, token), target, named[token.id])}
    for token in run.tokens:
        if token.id in begin:
            give_up(course, run, token)
        else:
            course.forget(run, token)
    tokens = tuple(_kept(course, run, token, target.steps[named[token.id]], command.steps) for token in run.tokens)
    change = replace(command, change="migrate") if command.change == "restore" else command
    _note(course, run, change, target.version, tokens, len(begin))
    _go_on_there(course, run, target, begin)
    return course.draft.step()


def _go_on_there(course: Course, run: Run, target: CompiledJourney, begin: set[int]) -> None:
    after = course.run(run.id)
    if after is None:
        return
    course.expire(after, target.journey)
    for token in after.tokens:
        if token.id in begin:
            move(course, run.id, replace(token, waits="", due=0, on="", tries=0, parked=""), "migrated", token.step)
        elif token.due and not token.parked:
            course.wake(after, token.id, token.due)


def _other_kind(now: CompiledStep | None, target: CompiledJourney, step: str) -> bool:
    return now is None or now.kind != target.steps[step].kind


def _kept(course: Course, run: Run, token: Token, step: CompiledStep, names: dict[str, str]) -> Token:
    """Return a token at its new step: a wait lasts as long as the new step says, counted from when it began."""
    due = token.due
    waiting = step.step.wait_for or step.step.ask or step.step.handover
    if token.due and waiting is not None:
        due = token.since + milliseconds(waiting.within)
    elif token.due and step.step.wait is not None:
        over = wait_due(course, run, step, token.since)
        due = course.at if isinstance(over, Fault) else over
    by, parked, target = token.parked.partition(">")
    return replace(token, step=step.name, due=due, parked=f"{by}{parked}{names.get(target, target)}")


def _note(course: Course, run: Run, command: Transfer, version: str, tokens: tuple[Token, ...], begun: int = 0) -> None:
    fact = RunTransferred(run.id, run.journey, version, command.release, command.change, tokens, begun)
    course.draft.add(fact)
