"""Nodes: parts of a text as plain functions of what was found at the text's places."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from xop.kernel.conditions.places import ABSENT, UNSURE

Node = Callable[[list[Any]], Any]
"""Gives the value of a part, or `UNSURE` where only CEL can say."""

Judge = Callable[[Any, Any], Any]
"""Says how a value stands to a literal of its kind."""


def constant(value: Any) -> Node:
    """Return the node of a literal."""
    return lambda _values: value


def value_of(place: int) -> Node:
    """Return the node of the value at a place."""

    def value(values: list[Any]) -> Any:
        found = values[place]
        return UNSURE if found is ABSENT else found

    return value


def presence_of(place: int) -> Node:
    """Return the node of `has(place)`."""

    def presence(values: list[Any]) -> Any:
        found = values[place]
        return UNSURE if found is UNSURE else found is not ABSENT

    return presence


def comparison(place: int, kind: type, judge: Judge, other: Any) -> Node:
    """Return the node that holds a value of a kind against a literal; CEL judges other kinds."""

    def compare(values: list[Any]) -> Any:
        found = values[place]
        return judge(found, other) if type(found) is kind else UNSURE

    return compare


def negation(part: Node) -> Node:
    """Return the node of `!part`."""

    def negate(values: list[Any]) -> Any:
        found = part(values)
        return not found if found is True or found is False else UNSURE

    return negate


def conjunction(left: Node, right: Node) -> Node:
    """Return the node of `left && right`: false when one side is, whatever the other."""

    def both(values: list[Any]) -> Any:
        one = left(values)
        if one is False:
            return False
        other = right(values)
        if other is False:
            return False
        return True if one is True and other is True else UNSURE

    return both


def disjunction(left: Node, right: Node) -> Node:
    """Return the node of `left || right`: true when one side is, whatever the other."""

    def either(values: list[Any]) -> Any:
        one = left(values)
        if one is True:
            return True
        other = right(values)
        if other is True:
            return True
        return False if one is False and other is False else UNSURE

    return either


def choice(test: Node, first: Node, second: Node) -> Node:
    """Return the node of `test ? first : second`."""

    def choose(values: list[Any]) -> Any:
        found = test(values)
        if found is True:
            return first(values)
        return second(values) if found is False else UNSURE

    return choose


def _order(judge: Judge) -> Judge:
    """Texts beyond ASCII are put in order by CEL."""
    return lambda found, other: UNSURE if type(found) is str and not found.isascii() else judge(found, other)


LOGIC: Mapping[str, Callable[..., Node]] = {
    "!_": negation,
    "_&&_": conjunction,
    "_||_": disjunction,
    "_?_:_": choice,
}
"""What joins parts, by CEL's names."""

TESTS_OF_TEXT: Mapping[str, Judge] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
}
COMPARISONS: Mapping[str, Judge] = {
    "_==_": operator.eq,
    "_!=_": operator.ne,
    "_<_": _order(operator.lt),
    "_<=_": _order(operator.le),
    "_>_": _order(operator.gt),
    "_>=_": _order(operator.ge),
}
"""What holds the value at a place against a literal, by CEL's names."""
