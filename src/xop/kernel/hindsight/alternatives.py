"""What a value that rules read could have been instead: its opposite, or what the rules compare it with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cedarpy import pst

from xop.kernel.arbiter.context import ENUMS
from xop.kernel.policy.model import Rule
from xop.kernel.policy.tree import template, walk

_MOST = 24
"""Alternatives of one value that are tried."""

_RANGES: Mapping[str, tuple[int, int]] = {"assurance.level": (0, 3)}
"""Numbers that have an end."""


def alternatives(rules: Iterable[Rule], path: str, value: Any, others: Iterable[Any] = ()) -> list[Any]:
    """Return other values of a path, the nearest first; `others` are the values that are read along with it."""
    if isinstance(value, bool):
        return [not value]
    numbers, texts = _named(rules)
    if isinstance(value, int):
        return _numbers(path, value, numbers, others)
    known = ENUMS.get(path)
    if isinstance(value, str):
        choices = sorted(known) if known is not None else [*texts, ""]
        return [each for each in choices if each != value][:_MOST]
    if isinstance(value, list):
        fitting = [each for each in texts if known is None or each in known]
        return [each for each in _sets(value, fitting) if each != value][:_MOST]
    return []


def values_of(rules: Iterable[Rule], kind: str) -> list[Any]:
    """Return what a value of a type might be where there is none; types are called as facts or as Cedar call them."""
    numbers, texts = _named(rules)
    if kind in {"bool", "Bool"}:
        return [False, True]
    if kind in {"int", "Long"}:
        return [0, *_numbers("", 0, numbers, ())]
    if kind in {"strings", "Set<String>"}:
        return [[], *([each] for each in texts)][:_MOST]
    return [*texts, ""]


def _named(rules: Iterable[Rule]) -> tuple[list[int], list[str]]:
    """Return the numbers and the texts that some rules name, each once."""
    named = list(dict.fromkeys(each for rule in rules for each in _literals(rule.text)))
    return [each for each in named if isinstance(each, int)], [each for each in named if isinstance(each, str)]


def _numbers(path: str, value: int, named: Sequence[int], others: Iterable[Any]) -> list[Any]:
    """Of sums that rules make, also what is left of a limit; nothing below zero where nothing was."""
    read = [each for each in others if type(each) is int]
    limits = {*named, *read, *(limit - other for limit in named for other in read)}
    found = {limit + step for limit in limits for step in (-1, 0, 1)} | {value // 2}
    far = [0, 1, value * 2, value * 10]
    least, most = _RANGES.get(path, (0 if value >= 0 else -(2**62), 2**62))
    near = sorted(found - {*far}, key=lambda each: (abs(each - value), each))
    fitting = [each for each in (*near, *far) if least <= each <= most and each != value]
    return sorted(
        dict.fromkeys((*fitting[: _MOST - len(far)], *fitting[-len(far) :])), key=lambda each: abs(each - value)
    )


def _sets(value: list[Any], texts: list[str]) -> Iterator[list[Any]]:
    for each in value:
        yield [other for other in value if other != each]
    for each in texts:
        if each not in value:
            yield [*value, each]
    yield []


@lru_cache(maxsize=1024)
def _literals(text: str) -> tuple[Any, ...]:
    """Return every value that a rule names; of a pattern the shortest text that fits."""
    found: list[Any] = []
    for node in walk(template(text)):
        if isinstance(node, pst.StringLit | pst.LongLit):
            found.append(node.value)
        elif isinstance(node, pst.Like):
            found.append("".join(each.value for each in node.pattern if isinstance(each, pst.Char)))
    return tuple(dict.fromkeys(found))
