"""Checks and compiles the facts that policies may read."""

from collections.abc import Iterator, Mapping

from xop.kernel.actions.model import FactSource, FactType
from xop.kernel.base.spans import milliseconds
from xop.kernel.conditions import Expression, ListOf, Shape
from xop.kernel.release import CompiledFact, CompiledRead, strictest
from xop.workspace.environments import fact_environment
from xop.workspace.problem import Problem
from xop.workspace.reads import check_read_action, check_reads, compile_reads, in_order, named, names_in, read_shapes
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import expression_at

_SHAPES: Mapping[FactType, Shape] = {"bool": "bool", "int": "int", "string": "string", "strings": ListOf("string")}


def check_facts(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with the facts as a whole: reads that are none, and facts that wait for themselves."""
    yield from check_reads(sources)
    for name, item in sources.facts.items():
        read, place = item.value.read, item.place.at("read")
        if read is None:
            if item.value.max_age is not None:
                cause = f"{name!r} has an age but reads nothing"
                yield item.place.at("max_age").problem(cause, "name a read action as `read`, or drop `max_age`")
            continue
        yield from check_read_action(sources, read, place)
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
    reads = compile_reads(sources, customer, problems)
    shapes = {name: _SHAPES[item.value.type] for name, item in sources.facts.items()}
    environment = fact_environment(customer, read_shapes(sources), named("facts", shapes, sources))
    expressions: dict[str, Expression] = {}
    inputs: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, item in sources.facts.items():
        expression = expression_at(item.value.value, environment, item.place.at("value"), problems)
        if expression is None:
            continue
        if "read" in expression.roots and item.value.read is None:
            cause = f"{name!r} reads `read`, but calls no read action"
            problems.append(item.place.at("value").problem(cause, "name the action as `read`"))
            continue
        expressions[name] = expression
        inputs[name] = _inputs(sources, item, expression, problems)
    needs = {name: [each for section, each in pairs if section == "facts"] for name, pairs in inputs.items()}
    compiled: dict[str, CompiledFact] = {}
    for name in in_order("fact", needs, sources.facts, problems):
        if compiled.keys() >= {*needs[name]}:
            basis = [compiled[each] for each in needs[name]]
            compiled[name] = _compiled(sources.facts[name].value, expressions[name], inputs[name], basis, reads)
    return compiled


def _inputs(
    sources: Sources, item: Item[FactSource], expression: Expression, problems: list[Problem]
) -> tuple[tuple[str, str], ...]:
    """Return what must be known before the fact can be computed, as `reads` or `facts` and a name."""
    place, paths = item.place.at("value"), expression.paths
    found = [
        (section, name) for section in ("reads", "facts") for name in names_in(section, paths, sources, place, problems)
    ]
    return (*([("reads", item.value.read)] if item.value.read else []), *found)


def _compiled(
    source: FactSource,
    expression: Expression,
    inputs: tuple[tuple[str, str], ...],
    basis: list[CompiledFact],
    reads: Mapping[str, CompiledRead],
) -> CompiledFact:
    rests_on = {each.source.name: each for fact in basis for each in (*fact.rests_on, fact)}
    wanted = {name for section, name in inputs if section == "reads"}
    # From the last to the first, so that what a read needs is come to after it.
    for name, read in reversed([*reads.items()]):
        if name in wanted:
            wanted.update(read.needs)
    needed = [read for name, read in reads.items() if name in wanted]
    needed += [read for fact in basis for read in fact.reads]
    if source.read is not None:
        age = 0 if source.max_age is None else milliseconds(source.max_age)
        needed.append(CompiledRead(source.read, source.read, max_age=age))
    return CompiledFact(source, expression, inputs, tuple(rests_on.values()), strictest(needed))
