"""Checks the segments, journeys, flags and intents that conditions name: a misspelt one would never hold."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from xop.kernel.arbiter.context import FLAGS
from xop.kernel.conditions import Environment
from xop.kernel.conditions import Problem as Mistake
from xop.kernel.conditions.syntax import kind, literal, tree
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Sources
from xop.workspace.texts import is_constant

_SAID = {
    "segments": "there is no segment {}",
    "journeys": "there is no journey {}",
    "flags": "no signal type raises the flag {}",
    "intents": "no signal type opens an intent {}",
}
_CONDITIONS = frozenset({"when", "eligible", "applicable", "suitable"})
_MENTION = re.compile(r"\bcustomer\s*\.\s*(segments|journeys|flags|intents)\b")
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_ROOTS = ("customer", "signal", "run", "choice", "request", "arguments", "read", "reads", "facts", "each", "now")


def check_mentions(sources: Sources, former: Collection[str] = ()) -> Iterator[Problem]:
    """Yield the problem of every name in a text that nothing declares; `former` are journeys that runs may still be in.

    `sources` must hold the baseline's signal types already.
    """
    known = {name: each for name, each in _known(sources, former).items() if each is not None}
    # Segments are refused whatever they read of segments and journeys, so their names are of no matter.
    standing = {name: each for name, each in known.items() if name in {"flags", "intents"}}
    sections = (sources.signals, sources.reads, sources.facts, sources.journeys, sources.decisions)
    for places, names in (
        ([item.place for section in sections for item in section.values()], known),
        ([item.place for item in sources.segments.values()], standing),
    ):
        for place in places:
            yield from _unknown(place, names)


def _unknown(place: Place, known: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    for text, where in _texts(_declared(place), place):
        for part, name in _mentions(text):
            if part in known and name not in known[part]:
                yield where.problem(_SAID[part].format(quote(name)), nearest(name, known[part]))


def _known(sources: Sources, former: Collection[str]) -> Mapping[str, Collection[str] | None]:
    """Return the names of each part of the customer's picture; None where they cannot be told."""
    changes = [change for item in sources.signals.values() for change in item.value.changes]
    flags = {change.raises.flag for change in changes if change.raises is not None}
    intents = {change.intent.name for change in changes if change.intent is not None}
    readable = "signals" not in sources.unread and sources.names("signals") <= sources.signals.keys()
    return {
        "segments": None if "segments" in sources.unread else sources.names("segments"),
        "journeys": sources.names("journeys") | {*former},
        "flags": {*flags, *FLAGS} if readable else None,
        "intents": intents if readable and all(map(is_constant, intents)) else None,
    }


def _declared(place: Place) -> Any:
    value = place.document.value
    for step in place.path:
        value = value[step]
    return value


def _texts(value: Any, place: Place, key: str | int = "") -> Iterator[tuple[str, Place]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, place.at(name), name)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, place.at(index), index)
    elif isinstance(value, str) and _MENTION.search(value):
        for text in [value] if key in _CONDITIONS else _PLACEHOLDER.findall(value):
            yield text, place


def _mentions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the part of the customer's picture and the name that a text asks it for; nothing for a text that is no CEL."""
    compiled = _environment().compile(text)
    if not isinstance(compiled, Mistake):
        yield from _visited(tree(compiled[0].serialize()))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return every root that some text may read, each of any shape: only the form of a text matters here."""
    return Environment(dict.fromkeys(_ROOTS, "dyn"))


def _visited(expr: Any) -> Iterator[tuple[str, str]]:
    part, name = _asked(expr)
    if part in _SAID and isinstance(name, str):
        yield part, name
    for below in _below(expr):
        yield from _visited(below)


def _asked(expr: Any) -> tuple[str, object]:
    """Return the part and the name of `'a' in customer.b`, `customer.b.a`, `has(customer.b.a)` and `customer.b['a']`."""
    if kind(expr) == "select":
        return _part(expr.select.operand), expr.select.field
    if kind(expr) == "call" and expr.call.function == "@in":
        return _part(expr.call.args[1]), literal(expr.call.args[0])
    if kind(expr) == "call" and expr.call.function == "_[_]":
        return _part(expr.call.args[0]), literal(expr.call.args[1])
    return "", None


def _part(expr: Any) -> str:
    if kind(expr) != "select" or kind(expr.select.operand) != "ident":
        return ""
    return str(expr.select.field) if expr.select.operand.ident.name == "customer" else ""


def _below(expr: Any) -> Iterator[Any]:
    match kind(expr):
        case "select":
            yield expr.select.operand
        case "call":
            if expr.call.HasField("target"):
                yield expr.call.target
            yield from expr.call.args
        case "list":
            yield from expr.list.elements
        case "struct":
            yield from (each.value for each in expr.struct.entries)
        case "fold":
            fold = expr.fold
            yield from (fold.iter_range, fold.accu_init, fold.condition, fold.step, fold.result)
