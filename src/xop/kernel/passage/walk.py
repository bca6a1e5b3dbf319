"""How a token moves: to a step, out of a parallel path, or to the end of its run."""

from msgspec.structs import replace

from xop.kernel.journeys.facts import PathEnded, RunEnded, RunParked
from xop.kernel.journeys.model import END, JOIN
from xop.kernel.journeys.run import Run, Token, carries_out, token_of
from xop.kernel.passage.arrival import Moves, arrive
from xop.kernel.passage.course import Course
from xop.kernel.passage.errand import report
from xop.kernel.passage.right_of_way import gives_way
from xop.kernel.steps.invocation import cancel
from xop.kernel.steps.queueing import withdraw

RUN_OVER = "xop.run_over"
"""Why an invocation is cancelled whose run is over, or whose path was given up."""

AGAIN = "<again>"
"""How a token leaves a step that it begins once more."""


def go_on(course: Course, name: str, number: int, by: str, target: str | None = None, *, again: bool = False) -> None:
    """Have a token leave its step, for a target or the next step, or begin it `again`.

    A token of a run that must stand still is parked, and goes on later.
    """
    run = course.run(name)
    token = token_of(run, number) if run is not None else None
    if run is None or token is None:
        return
    step = course.step(run, token)
    standing = step is None or run.aside or gives_way(course.release, course.draft.customer, course.draft.part.id, run)
    if standing or step is None:
        if not token.parked:
            course.draft.add(RunParked(name, number, by if target is None else f"{by}>{target}"))
        return
    course.forget(run, token)
    if again:
        move(course, name, token, by, token.step)
    else:
        move(course, name, replace(token, tries=0), by, step.next if target is None else target)


def resume(course: Course, name: str) -> None:
    """Have the parked tokens of a run go on, as far as they can now."""
    run = course.run(name)
    for token in run.tokens if run is not None else ():
        if token.parked:
            by, _, target = token.parked.partition(">")
            go_on(course, name, token.id, by, target or None, again=by == AGAIN)


def move(course: Course, name: str, token: Token, by: str, target: str) -> None:
    """Bring a token to a target and on from there, until it must wait or its run is over."""
    pending = [(token, by, target)]
    while pending:
        token, by, target = pending.pop(0)
        run = course.run(name)
        if run is None:
            return
        if run.tokens and token_of(run, token.id) is None:
            continue  # its path was given up meanwhile
        if course.exhausted(name):
            end_run(course, run, "failed", "failed", token.step, "it came to more steps at once than a journey may")
        elif target == END:
            end_run(course, run, "done", "end", token.step)
        elif target == JOIN:
            pending += _join(course, run, token, by)
        else:
            pending += _reach(course, run, replace(token, step=target), by)


def _reach(course: Course, run: Run, token: Token, by: str) -> Moves:
    version = course.version(run)
    step = version.steps.get(token.step) if version is not None else None
    if step is None:
        end_run(course, run, "failed", "failed", token.step, f"its version has no step {token.step!r}")
        return []
    moves = arrive(course, run, token, step, by)
    after = course.run(run.id)
    if step.step.end is not None and after is not None:
        end_run(course, after, step.step.end.outcome, "end", token.step)
    return moves


def _join(course: Course, run: Run, token: Token, by: str) -> Moves:
    """End one path; the parallel step goes on when it was the last, or when the first is enough."""
    course.draft.add(PathEnded(run.id, token.id, by))
    after = course.run(run.id)
    fork = token_of(after, token.parent) if after is not None else None
    step = course.step(run, fork) if fork is not None else None
    if after is None or fork is None or step is None or step.step.parallel is None:
        return []
    if step.step.parallel.join == "any":
        for other in _below(after, fork.id):
            give_up(course, after, other)
            course.draft.add(PathEnded(run.id, other.id, "given_up"))
    elif _below(after, fork.id):
        return []
    return [(fork, "join", step.next)]


def _below(run: Run, fork: int) -> list[Token]:
    """Return the tokens on the paths of a parallel step, those of steps within them too."""
    found: list[Token] = []
    for token in run.tokens:
        if token.parent == fork:
            found += [token, *_below(run, token.id)]
    return found


def give_up(course: Course, run: Run, token: Token) -> None:
    """Have nothing more come of a token: no timer, no message that has not left yet, no run it called."""
    course.forget(run, token)
    if token.waits == "invocation":
        waiting = course.draft.part.invocations.get(token.on)
        if waiting is not None and waiting.status in {"held", "queued"}:
            cancel(course.draft, waiting, RUN_OVER)
    if token.waits == "handover":
        withdraw(course.release, course.draft, token.on)
    if token.waits == "run":
        for child in list(course.draft.part.runs.values()):
            if child.caller == run.id and child.caller_token == token.id:
                end_run(course, child, "given_up", "caller", tell=False)


def end_run(
    course: Course, run: Run, outcome: str, reason: str, step: str = "", cause: str = "", *, tell: bool = True
) -> None:
    """End a run with all that waits for it; the run that called it goes on, unless it need not be told."""
    for token in run.tokens:
        give_up(course, run, token)
    course.forget_expiry(run)
    at = step or (run.tokens[0].step if run.tokens else "")
    course.draft.add(RunEnded(run.id, run.journey, run.version, outcome, reason, at, cause))
    if carries_out(run):
        report(course, run, outcome, reason)
    elif run.caller and tell:
        _return(course, run, outcome)
    clear_the_way(course, run)


def _return(course: Course, child: Run, outcome: str) -> None:
    caller = course.run(child.caller)
    token = token_of(caller, child.caller_token) if caller is not None else None
    step = course.step(caller, token) if caller is not None and token is not None else None
    if caller is None or token is None or token.waits != "run":
        return
    call = step.step.call if step is not None else None
    go_on(course, caller.id, token.id, outcome, call.ended.get(outcome) if call is not None else None)


def clear_the_way(course: Course, run: Run) -> None:
    """Have runs on other sides of the customer go on that stood still because of this one."""
    for part in course.draft.customer.parts:
        if part.id != course.draft.part.id and any(
            other.journey == run.journey and any(token.parked for token in other.tokens) for other in part.runs.values()
        ):
            course.review(part.id)
