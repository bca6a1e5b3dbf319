"""What a value that a rule read could have been instead: its opposite, or what the rule compares it with."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cedarpy import pst

from xop.kernel.policy.model import Rule
from xop.kernel.policy.tree import template, walk

_MOST = 24
"""Alternatives of one value that are tried."""

GIVEN = frozenset({"stage", "kind", "risk", "promotional", "approved", "purpose", "channel"})
"""What a decision is about, rather than what it rests on: it could not have been otherwise and be the same decision."""


def alternatives(rule: Rule, path: str, value: Any, others: dict[str, Any]) -> list[Any]:
    """Return other values of a path, those nearest to a change of the rule first; `others` is everything it read."""
    if path.split(".", maxsplit=1)[0] in GIVEN or path == "assurance.required":
        return []
    if isinstance(value, bool):
        return [not value]
    named = list(_literals(rule.text))
    if isinstance(value, int):
        numbers = {each for each in (*named, *others.values()) if type(each) is int}
        near = sorted({n + step for n in numbers for step in (-1, 0, 1)} - {value}, key=lambda each: abs(each - value))
        return near[:_MOST]
    texts = [each for each in named if isinstance(each, str)]
    if isinstance(value, str):
        return [each for each in dict.fromkeys((*texts, "")) if each != value][:_MOST]
    if isinstance(value, list):
        return [each for each in _sets(value, texts) if each != value][:_MOST]
    return []


def _sets(value: list[Any], texts: list[str]) -> Iterator[list[Any]]:
    yield []
    for each in value:
        yield [other for other in value if other != each]
    for each in texts:
        if each not in value:
            yield [*value, each]


@lru_cache(maxsize=1024)
def _literals(text: str) -> tuple[Any, ...]:
    """Return every value that a rule names, in the order they are found."""
    found = (node.value for node in walk(template(text)) if isinstance(node, pst.StringLit | pst.LongLit))
    return tuple(dict.fromkeys(found))
