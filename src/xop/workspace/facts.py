"""Checks and compiles the facts that policies may read."""

from collections.abc import Iterator, Mapping

from xop.kernel.conditions import Shape
from xop.kernel.release import CompiledFact
from xop.workspace.environments import fact_environment
from xop.workspace.problem import Problem
from xop.workspace.sources import Sources
from xop.workspace.texts import expression_at


def check_facts(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with the facts as a whole: reads that are none, and facts that wait for themselves."""
    for name, item in sources.facts.items():
        read, place = item.value.read, item.place.at("read")
        if read is None:
            if item.value.max_age is not None:
                cause = f"{name!r} has an age but reads nothing"
                yield item.place.at("max_age").problem(cause, "name a read action as `read`, or drop `max_age`")
            continue
        yield from sources.missing("actions", read, place)
        action = sources.actions.get(read)
        if action is not None and action.value.kind != "read":
            cause = f"the action {read!r} is a {action.value.kind}, not a read"
            yield place.problem(cause, "name an action of the kind `read`")
        if (way := _way_back(sources, name)) is not None:
            cause = f"the fact waits for itself: {' → '.join(way)}"
            yield place.problem(cause, f"drop {name!r} from the facts of an action on that way")


def _way_back(sources: Sources, start: str) -> list[str] | None:
    """Return the facts from one back to itself, each needed by the read action of the one before."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in _needed(sources, way[-1]):
            if name == start:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return None


def _needed(sources: Sources, fact: str) -> tuple[str, ...]:
    item = sources.facts.get(fact)
    action = sources.actions.get(item.value.read or "") if item is not None else None
    return action.value.facts if action is not None else ()


def compile_facts(sources: Sources, customer: Shape, problems: list[Problem]) -> Mapping[str, CompiledFact]:
    """Return every fact with its expression; one that cannot be compiled is left out and added to `problems`."""
    environment = fact_environment(customer)
    compiled: dict[str, CompiledFact] = {}
    for name, item in sources.facts.items():
        expression = expression_at(item.value.value, environment, item.place.at("value"), problems)
        if expression is None:
            continue
        if "read" in expression.roots and item.value.read is None:
            cause = f"{name!r} reads `read`, but calls no read action"
            problems.append(item.place.at("value").problem(cause, "name the action as `read`"))
            continue
        compiled[name] = CompiledFact(item.value, expression)
    return compiled
