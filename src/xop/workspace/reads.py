"""Checks and compiles the reads that facts are made from."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from xop.kernel.actions.model import Action, Read
from xop.kernel.base.spans import milliseconds
from xop.kernel.conditions import MapOf, Record, Shape, shape_of
from xop.kernel.conditions.reads import EACH
from xop.kernel.conditions.shapes import WIDEST, ListOf
from xop.kernel.release import CompiledRead
from xop.workspace.environments import read_environment
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import expression_at, template_at


def check_reads(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong between the reads and the rest of the workspace."""
    called = {item.value.read for item in sources.facts.values()}
    for name, item in sources.reads.items():
        if name in called:
            cause = f"{name!r} is also the read action that a fact names as `read`"
            yield item.place.problem(cause, "give the read another name, or have that fact use `reads` too")
        yield from check_read_action(sources, item.value.action, item.place.at("action"))
        action = sources.actions.get(item.value.action)
        if action is not None and action.value.kind == "read":
            yield from _arguments(item, action.value)


def check_read_action(sources: Sources, name: str, place: Place) -> Iterator[Problem]:
    """Yield the problem of a name that is no read action."""
    yield from sources.missing("actions", name, place)
    action = sources.actions.get(name)
    if action is not None and action.value.kind != "read":
        cause = f"the action {name!r} is a {action.value.kind}, not a read"
        yield place.problem(cause, "name an action of the kind `read`")


def _arguments(item: Item[Read], action: Action) -> Iterator[Problem]:
    """Arguments that the read action does not know, or misses, would make the read unknown each time."""
    given, place, schema = item.value.arguments, item.place.at("with"), action.input
    known, required = schema.get("properties", {}), schema.get("required", ())
    if not isinstance(known, Mapping) or not isinstance(required, list | tuple):
        return
    if schema.get("additionalProperties") is False and "patternProperties" not in schema:
        for name in given.keys() - known.keys():
            yield place.at(name).problem(f"{action.name!r} takes no argument {quote(name)}", nearest(name, known))
    for name in required:
        if name not in given:
            yield place.problem(f"{action.name!r} needs the argument {quote(name)}", f"add `{name}: …` to `with`")


def compile_reads(sources: Sources, customer: Shape, problems: list[Problem]) -> Mapping[str, CompiledRead]:
    """Return every read ready to make, after those it needs; what cannot be compiled is left out and added to `problems`."""
    reads = sources.reads
    if not reads:
        return {}
    compiled: dict[str, CompiledRead] = {}
    shape = read_shapes(sources)
    for name, item in reads.items():
        made = _compiled(sources, item, customer, shape, problems)
        if made is not None:
            compiled[name] = made
    needs = {name: read.needs for name, read in compiled.items()}
    return {name: compiled[name] for name in in_order("read", needs, reads, problems)}


def _compiled(
    sources: Sources, item: Item[Read], customer: Shape, shape: Shape, problems: list[Problem]
) -> CompiledRead | None:
    read, place = item.value, item.place
    count, each = len(problems), None
    if read.each is not None:
        each = expression_at(read.each, read_environment(customer, shape, each=False), place.at("each"), problems)
    environment = read_environment(customer, shape, each=read.each is not None)
    arguments = template_at(read.arguments, environment, place.at("with"), problems)
    if len(problems) > count or arguments is None:
        return None
    paths = (*arguments.paths, *(each.paths if each else ()))
    needs = names_in("reads", paths, sources, place, problems)
    if len(problems) > count:
        return None
    age = 0 if read.max_age is None else milliseconds(read.max_age)
    return CompiledRead(read.name, read.action, arguments, each, age, needs, read.absent)


def names_in(
    section: str, paths: Iterable[str], sources: Sources, place: Place, problems: list[Problem]
) -> tuple[str, ...]:
    """Return the names of a section that paths lead into; what is no declared one is added to `problems`."""
    found: dict[str, None] = {}
    for path in paths:
        root, _, rest = path.partition(".")
        name = rest.partition(".")[0]
        if root != section:
            continue
        if name in {"", EACH}:
            cause = f"`{section}` is used as a whole, so nobody can tell what it needs"
            problems.append(place.problem(cause, f"name each of them, as in `{section}.name`"))
        else:
            problems.extend(sources.missing(section, name, place))
            found[name] = None
    return tuple(found)


def in_order(
    noun: str, needs: Mapping[str, Collection[str]], items: Mapping[str, Item[Any]], problems: list[Problem]
) -> tuple[str, ...]:
    """Return names after those they need; none, after adding the problem, when one waits for itself."""
    try:
        return tuple(name for name in TopologicalSorter(needs).static_order() if name in needs)
    except CycleError as error:
        way = [*reversed(error.args[1])]
        cause = f"the {noun} waits for itself: {' → '.join(way)}"
        problems.append(items[way[0]].place.problem(cause, "let one of them do without the next"))
        return ()


def read_shapes(sources: Sources) -> Shape:
    """Return the shape of all reads' outputs, as far as the read actions' `output` tells it."""
    reads = sources.reads
    return named("reads", {name: _shape(sources, item.value) for name, item in reads.items()}, sources)


def named(section: str, shapes: Mapping[str, Shape], sources: Sources) -> Shape:
    """Return the shape of a section's values by name; a map when some of it could not be read, or for very many."""
    whole = sources.names(section) == shapes.keys() and section not in sources.unread
    return Record(shapes) if whole and 0 < len(shapes) <= WIDEST else MapOf("dyn")


def _shape(sources: Sources, read: Read) -> Shape:
    action = sources.actions.get(read.action)
    shape = shape_of(action.value.output) if action is not None else "dyn"
    return shape if read.each is None else ListOf(shape)
