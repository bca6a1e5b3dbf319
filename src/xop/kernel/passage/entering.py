"""Who enters a journey: re-entry, the limit per customer, and which journey gives way."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.ids import derive
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Enter
from xop.kernel.compiled.journeys import CompiledEntry, CompiledJourney
from xop.kernel.conditions import Fault
from xop.kernel.effects import Schedule, Unschedule
from xop.kernel.journeys.facts import EntryDeclined, RunEntered
from xop.kernel.journeys.run import FOR_EVER, NOT_REMEMBERED, Run, Token, carries_out, entered_key, live
from xop.kernel.passage.course import Course, journey_actor
from xop.kernel.passage.right_of_way import gives_way
from xop.kernel.passage.times import local_time, zone_of
from xop.kernel.passage.walk import end_run, move
from xop.kernel.templates import as_text


def enter_by_rule(course: Course, entry: CompiledEntry, by: str, named: str | None = None) -> str:
    """Have the customer enter by an entry rule; return why not: `condition`, `fault`, `reentry`, `limit`, or nothing.

    `named` is the key that the asker gives in place of the rule's. Only what somebody should look into is a fact.
    """
    holds = course.holds(entry.condition)
    if isinstance(holds, Fault):
        course.draft.add(EntryDeclined(entry.journey, "fault", cause=holds.cause))
        return "fault"
    if not holds:
        return "condition"
    key = named
    if key is None:
        key = "" if entry.key is None else as_text(course.fill(entry.key))
    variables = {} if entry.variables is None else course.fill(entry.variables)
    if key is None or isinstance(variables, Fault):
        cause = variables.cause if isinstance(variables, Fault) else "the key has no value"
        course.draft.add(EntryDeclined(entry.journey, "fault", cause=cause))
        return "fault"
    journey = course.release.routes.journeys[entry.journey]
    code = declined(course, journey, key)
    if code == "limit":
        course.draft.add(EntryDeclined(entry.journey, code, key))
    elif not code:
        begin(course, journey, key, variables, by, str(entry.number))
    return code


def declined(course: Course, compiled: CompiledJourney, key: str) -> str:
    """Return why a customer may not enter now: `reentry`, `limit`, or nothing."""
    journey, view = compiled.journey, course.draft.customer.view
    known = view.entered.get(entered_key(journey.name, key))
    if journey.reentry == "after_end":
        if any(live(run) and run.journey == journey.name and run.key == key for run in view.runs.values()):
            return "reentry"
    elif journey.reentry == "once":
        if known is not None:
            return "reentry"
    elif journey.reentry != "always" and known is not None and known.at > course.at - milliseconds(journey.reentry):
        return "reentry"
    return "" if _makes_room(course, compiled) else "limit"


def _makes_room(course: Course, compiled: CompiledJourney) -> bool:
    """Say whether there is room for one more run; one of a journey with a lower priority gives way and ends."""
    limit = course.release.routes.limit
    if not limit or not compiled.journey.counted:
        return True
    customer = course.draft.customer
    ranks = [
        (_priority(course, run), -run.at, run.id, run)
        for part in customer.parts
        for run in part.runs.values()
        if live(run) and _counts(course, run) and not gives_way(course.release, customer, part.id, run)
    ]
    if len(ranks) < limit:
        return True
    lowest, _, _, run = min(ranks)
    if lowest >= compiled.journey.priority or run.id not in course.draft.part.runs:
        return False
    end_run(course, run, "outranked", "outranked", cause=compiled.journey.name)
    return True


def _counts(course: Course, run: Run) -> bool:
    compiled = course.version(run)
    called = run.caller and not carries_out(run)
    return not called and (compiled is None or compiled.journey.counted)


def _priority(course: Course, run: Run) -> int:
    compiled = course.release.routes.journeys.get(run.journey) or course.version(run)
    return compiled.journey.priority if compiled is not None else 0


def begin(
    course: Course,
    compiled: CompiledJourney,
    key: str,
    variables: Mapping[str, Any],
    by: str,
    distinction: str = "",
    *,
    caller: Run | Invocation | None = None,
    caller_token: int = -1,
) -> str:
    """Begin a run at the journey's first step, called by another run or to carry out an invocation; return its id."""
    journey = compiled.journey
    name = derive("run", course.cause, journey.name, key, distinction, course.draft.part.id)
    course.draft.add(
        RunEntered(
            name,
            journey.name,
            compiled.version,
            by,
            key,
            dict(variables),
            _remembered_until(journey.reentry, course.at),
            caller.id if caller is not None else "",
            caller_token,
            caller.asked_by if isinstance(caller, Run) else course.asked_by,
            caller.conversation if isinstance(caller, Run) else course.conversation,
        )
    )
    run = course.run(name)
    if run is not None:
        start(course, run, compiled)
    return name


def start(course: Course, run: Run, compiled: CompiledJourney) -> None:
    """Bring a new run to its first step, and have it end when it has taken too long."""
    move(course, run.id, Token(0, "", course.at), "entered", compiled.first)
    after = course.run(run.id)
    if after is not None and compiled.journey.longest is not None:
        course.expire(after, compiled.journey)


def _remembered_until(reentry: str, at: int) -> int:
    if reentry == "once":
        return FOR_EVER
    return NOT_REMEMBERED if reentry in {"after_end", "always"} else at + milliseconds(reentry)


def keep_schedules(course: Course, segment: str, *, inside: bool) -> None:
    """Have a customer enter scheduled journeys at their times for as long as they are in a segment."""
    for entry in course.release.routes.schedules.get(segment, ()):
        if inside:
            schedule(course, entry)
        else:
            course.draft.ask(Unschedule(_schedule_key(entry)))


def schedule(course: Course, entry: CompiledEntry) -> None:
    """Have the customer enter at the next time an entry rule names."""
    rule = entry.rule.schedule
    if rule is not None:
        zone = zone_of(course.release, course.draft.customer.view)
        due = local_time(course.at + 1, rule.at, rule.days, zone)
        name = f"enter:{entry.journey}:{entry.number}:{course.draft.part.id}:{due}"
        command = Enter(name, journey_actor(entry.journey), entry.journey, schedule=entry.number)
        course.draft.ask(Schedule(_schedule_key(entry), due, command))


def _schedule_key(entry: CompiledEntry) -> str:
    return f"enter:{entry.journey}:{entry.number}"
