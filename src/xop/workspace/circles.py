"""Checks that nothing the platform does leads to itself again: what an action tells, and what follows from that."""

from collections.abc import Iterator

from xop.workspace.problem import Problem
from xop.workspace.sources import Sources


def check_circles(sources: Sources) -> Iterator[Problem]:
    """Yield every action that is proposed by what it tells itself, directly or by way of others."""
    for name, item in sources.actions.items():
        way = _way_back(sources, name)
        if way is not None:
            cause = f"carrying it out leads to itself without end: {' → '.join(way)}"
            remedy = "drop one of these steps, or give the proposal another action"
            yield item.place.at("tells").problem(cause, remedy)


def _way_back(sources: Sources, start: str) -> list[str] | None:
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop()
        for told, proposed in _follows(sources, way[-1]):
            if proposed == start:
                return [*way, told, start]
            if proposed not in seen:
                seen.add(proposed)
                ways.append([*way, told, proposed])
    return None


def _follows(sources: Sources, action: str) -> Iterator[tuple[str, str]]:
    """Yield the signals that an action tells, each with the actions that its changes and journeys propose."""
    item = sources.actions.get(action)
    for told in item.value.tells if item is not None else ():
        signal = sources.signals.get(told.signal)
        for change in signal.value.changes if signal is not None else ():
            if change.propose is not None:
                yield told.signal, change.propose.action
        for journey in sources.journeys.values():
            entered = any(entry.signal == told.signal for entry in journey.value.entries)
            if entered and journey.value.reentry == "always":
                for step in journey.value.steps.values():
                    if step.propose is not None:
                        yield told.signal, step.propose.action
