"""Checks which journeys call which: no call may come back to its caller, and outcomes must be possible."""

from collections.abc import Iterator

from xop.kernel.journeys.model import CallStep, Journey
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Sources

ALWAYS = frozenset({"done", "expired", "failed"})
"""Outcomes that a run of any journey may have."""

_GOAL = "goal"


def check_calls(sources: Sources) -> Iterator[Problem]:
    """Yield calls that go round in circles, and outcomes that the called journey cannot have."""
    reported: set[frozenset[str]] = set()
    for name, item in sources.journeys.items():
        for step, call in _calls(item.value):
            place = item.place.at("steps", step, "call")
            circle = _circle(sources, call.journey, name)
            if circle and frozenset(circle) not in reported:
                reported.add(frozenset(circle))
                told = " → ".join((name, *circle))
                yield place.at("journey").problem(f"the journey comes to call itself: {told}", "drop one of the calls")
            yield from _outcomes(sources, call, place)


def outcomes_of(journey: Journey) -> frozenset[str]:
    """Return every outcome that a run of a journey may have when it was called."""
    ends = {step.end.outcome for step in journey.steps.values() if step.end is not None}
    return frozenset(ends | ALWAYS | journey.exits.keys() | ({_GOAL} if journey.goal is not None else set()))


def _calls(journey: Journey) -> list[tuple[str, CallStep]]:
    return [(name, step.call) for name, step in journey.steps.items() if step.call is not None]


def _circle(sources: Sources, start: str, back: str) -> tuple[str, ...]:
    """Return the calls that lead from one journey to another; none when there are none."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while waiting:
        way = waiting.pop(0)
        if way[-1] == back:
            return way
        item = sources.journeys.get(way[-1])
        for _, call in _calls(item.value) if item is not None else ():
            if call.journey not in seen:
                seen.add(call.journey)
                waiting.append((*way, call.journey))
    return ()


def _outcomes(sources: Sources, call: CallStep, place: Place) -> Iterator[Problem]:
    item = sources.journeys.get(call.journey)
    known = outcomes_of(item.value) if item is not None else frozenset(call.ended)
    for outcome in call.ended:
        if outcome not in known:
            cause = f"the journey {call.journey!r} never ends with the outcome {quote(outcome)}"
            yield place.at("ended", outcome).problem(cause, nearest(outcome, known))
