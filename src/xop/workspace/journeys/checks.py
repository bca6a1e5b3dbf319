"""Checks what journeys refer to: signals, segments, actions, roles, other journeys and their own steps."""

from collections.abc import Iterable, Iterator
from itertools import chain

from xop.kernel.base.spans import milliseconds
from xop.kernel.journeys.model import END, JOIN, Ending, EntryRule, Journey, JourneyStep
from xop.workspace.journeys.calls import check_calls
from xop.workspace.journeys.flow import check_flow
from xop.workspace.journeys.kinds import REACTIONS, WRITTEN, goes_on, kinds_of, reactions, targets
from xop.workspace.principals import people_known, roles_of_people
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.proposals import check_proposed
from xop.workspace.sources import Item, Sources

RESERVED = frozenset({END, JOIN, *REACTIONS})
"""Words that stand for something where a step may be named."""

_ENTRIES = ("signal", "segment", "schedule", "api")
_GOAL = "goal"


def check_journeys(sources: Sources, former: Iterable[Item[Journey]]) -> Iterator[Problem]:
    """Yield what is wrong within journeys, and between them and the rest of the workspace.

    `former` are versions that runs are pinned to: nobody enters them, but what their steps name must be there still.
    The baseline's signal types must be among the sources already.
    """
    for item in sources.journeys.values():
        for number, rule in enumerate(item.value.entries):
            yield from _entry(sources, rule, item.place.at("entries", number))
    for item in chain(sources.journeys.values(), former):
        journey, place = item.value, item.place
        yield from _endings(sources, journey, place)
        if journey.longest is not None:
            yield from _empty_span(journey.longest, place.at("longest"))
        for name, step in journey.steps.items():
            yield from _step(sources, name, step, place.at("steps", name))
        lost = list(_targets(journey, place))
        yield from lost
        if not lost:
            yield from check_flow(journey, place)
    yield from check_calls(sources)


def _entry(sources: Sources, rule: EntryRule, place: Place) -> Iterator[Problem]:
    given = [name for name in _ENTRIES if getattr(rule, name)]
    if len(given) != 1:
        cause = (
            f"the entry rule has {' and '.join(f'`{name}`' for name in given)}" if given else "nothing leads in here"
        )
        yield place.problem(cause, "write exactly one of `signal`, `segment`, `schedule` and `api: true`")
    if rule.signal is not None:
        yield from _signal(sources, rule.signal, place.at("signal"))
    if rule.segment is not None:
        yield from sources.missing("segments", rule.segment, place.at("segment"))
    if rule.schedule is not None:
        yield from sources.missing("segments", rule.schedule.segment, place.at("schedule", "segment"))


def _signal(sources: Sources, name: str, place: Place) -> Iterator[Problem]:
    known = sources.signals.keys() | sources.names("signals")
    if name not in known and "signals" not in sources.unread:
        yield place.problem(f"there is no signal type {quote(name)}", nearest(name, known))


def _endings(sources: Sources, journey: Journey, place: Place) -> Iterator[Problem]:
    if journey.goal is not None:
        yield from _ending(sources, journey.goal, place.at(_GOAL))
    for name, ending in journey.exits.items():
        yield from _ending(sources, ending, place.at("exits", name))
    if _GOAL in journey.exits:
        yield place.at("exits", _GOAL).problem("an exit is named as the goal is", "give it another name")


def _ending(sources: Sources, ending: Ending, place: Place) -> Iterator[Problem]:
    if ending.signal is None and ending.when is None:
        yield place.problem("nothing says when this comes true", "write `signal: …`, `when: …` or both")
    if ending.signal is not None:
        yield from _signal(sources, ending.signal, place.at("signal"))


def _step(sources: Sources, name: str, step: JourneyStep, place: Place) -> Iterator[Problem]:
    if name in RESERVED:
        yield place.problem(f"{name!r} stands for something else where steps are named", "name the step otherwise")
    kinds = [WRITTEN.get(kind, kind) for kind in kinds_of(step)]
    if not kinds:
        yield place.problem(
            f"the step {quote(name)} does nothing", "give it one kind, such as `propose: …` or `wait: …`"
        )
    elif len(kinds) > 1:
        yield place.problem(
            f"the step {quote(name)} has several kinds: {', '.join(kinds)}", "make each a step of its own"
        )
    if step.propose is not None:
        yield from check_proposed(sources, step.propose, place.at("propose"))
    yield from _choose(sources, step, place)
    yield from _waiting(sources, step, place)
    yield from _handover(sources, step, place.at("handover"))
    yield from _split(step, place)
    if step.parallel is not None and len(set(step.parallel.paths)) < len(step.parallel.paths):
        remedy = "give each path a first step of its own"
        yield place.at("parallel", "paths").problem("two paths begin with the same step", remedy)
    if step.call is not None:
        yield from sources.missing("journeys", step.call.journey, place.at("call", "journey"))
    if step.next is not None and not goes_on(step):
        yield place.at("next").problem(f"the step {quote(name)} never goes on to `next`", "leave it out")


def _choose(sources: Sources, step: JourneyStep, place: Place) -> Iterator[Problem]:
    sets = getattr(sources, "decisions", None)
    if step.choose is None or sets is None:
        return
    name, where = step.choose.decision_set, place.at("choose")
    yield from sources.missing("decisions", name, where.at("from"), "decision set")
    candidates = {each.name for each in sets[name].value.candidates} if name in sets else None
    for chosen in step.choose.chosen:
        if candidates is not None and chosen not in candidates:
            cause = f"the decision set {name!r} has no candidate {quote(chosen)}"
            yield where.at("chosen", chosen).problem(cause, nearest(chosen, candidates))


def _waiting(sources: Sources, step: JourneyStep, place: Place) -> Iterator[Problem]:
    if step.wait is not None:
        yield from _wait(step, place.at("wait"))
    if step.wait_for is not None:
        for number, awaited in enumerate(step.wait_for.signals):
            yield from _signal(sources, awaited.signal, place.at("wait_for", "signals", number, "signal"))
        yield from _empty_span(step.wait_for.within, place.at("wait_for", "within"))
    for kind, asking in (("ask", step.ask), ("handover", step.handover)):
        if asking is not None:
            roles = roles_of_people(sources)
            if asking.role and asking.role not in roles and people_known(sources):
                cause = f"nobody has the role {quote(asking.role)}"
                remedy = nearest(asking.role, roles) if roles else f"give an operator `roles: [{asking.role}]`"
                yield place.at(kind, "role").problem(cause, remedy)
            yield from _empty_span(asking.within, place.at(kind, "within"))


def _handover(sources: Sources, step: JourneyStep, place: Place) -> Iterator[Problem]:
    handing = step.handover
    if handing is None:
        return
    if bool(handing.role) == bool(handing.queue):
        cause = "the handover names a role and a queue" if handing.role else "nobody is named to hand over to"
        yield place.problem(cause, "write `queue: …`, or `role: …` without a packet")
    if handing.queue:
        yield from sources.missing("queues", handing.queue, place.at("queue"), "queue")
        return
    for field in ("conversation", "intent", "urgent", "outcomes"):
        if getattr(handing, field):
            yield place.at(field).problem(f"`{field}` goes with a queue", "name a `queue` in place of the role")


def _wait(step: JourneyStep, place: Place) -> Iterator[Problem]:
    wait = step.wait
    if wait is None:
        return
    if wait.moment and (wait.span is not None or wait.until is not None or wait.days):
        yield place.at("moment").problem("a moment is a wait by itself", "leave out `for`, `until` and `days`")
    elif not wait.moment and wait.span is None and wait.until is None:
        yield place.problem("nothing says how long to wait", "write `for: 1d`, `until: 09:00`, both, or `moment: …`")
    if wait.days and wait.until is None and not wait.moment:
        yield place.at("days").problem("weekdays go with a clock time", "add `until: 09:00`, or leave them out")
    if wait.span is not None:
        yield from _empty_span(wait.span, place.at("for"))


def _empty_span(span: str, place: Place) -> Iterator[Problem]:
    if milliseconds(span) == 0:
        yield place.problem("the span is no time at all", "write how long, such as `1d`")


def _split(step: JourneyStep, place: Place) -> Iterator[Problem]:
    seen: set[str] = set()
    controls = 0
    for number, share in enumerate(step.split.shares if step.split is not None else ()):
        where = place.at("split", "shares", number)
        if share.name in seen:
            yield where.at("name").problem(f"two shares are named {quote(share.name)}", "give each a name of its own")
        seen.add(share.name)
        controls += share.control
        if share.control and controls > 1:
            yield where.at("control").problem("there are two control groups", "keep one of the two")


def _targets(journey: Journey, place: Place) -> Iterator[Problem]:
    """Yield the problem of every target that is no step."""
    known = journey.steps.keys()
    for name, step in journey.steps.items():
        where = place.at("steps", name)
        named = [*targets(step), *([(("next",), step.next)] if step.next is not None else [])]
        for path, target in named:
            if target not in known and target not in {END, JOIN}:
                yield where.at(*path).problem(f"there is no step {quote(target)}", nearest(target, {*known, END}))
        for path, reaction in reactions(step):
            if reaction == JOIN:
                cause = f"`{path[-1]}` cannot be `join`"
                yield where.at(*path).problem(cause, "write `skip`, and `next: join` for the step")
            elif reaction not in known and reaction not in RESERVED:
                remedy = nearest(reaction, {*known, END, *REACTIONS})
                yield where.at(*path).problem(f"there is no step {quote(reaction)}", remedy)
        for number, path_start in enumerate(step.parallel.paths if step.parallel is not None else ()):
            if path_start not in known:
                cause = f"there is no step {quote(path_start)}"
                yield where.at("parallel", "paths", number).problem(cause, nearest(path_start, known))
