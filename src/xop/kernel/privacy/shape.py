"""Shapes: a pattern of one kind of personal data, and what a text of that shape must pass besides."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

from msgspec import Struct

Kind = Literal[
    "email",
    "phone",
    "iban",
    "card",
    "national_id",
    "ip_address",
    "mac_address",
    "imei",
    "imsi",
    "iccid",
    "birth_date",
    "credentials",
    "secret",
]
"""What is found in text."""

KINDS: tuple[Kind, ...] = get_args(Kind)

Check = Callable[[str, str], bool | None]
"""Says of a text, and of what stands before it, whether it is surely of its kind (True), perhaps (False) or not (None)."""

LEFT, RIGHT = r"(?<![^\W_])", r"(?![^\W_])"
"""No letter or digit beside it: numbers within longer words are part of something else."""

CONTEXT = 40
"""Characters before a number in which a word may say what it is."""


class Found(Struct, frozen=True):
    """Personal data in a text: what it is, from where to where, and whether its shape leaves hardly a doubt."""

    kind: Kind
    start: int
    end: int
    sure: bool


class Shape(Struct, frozen=True):
    """One way in which a kind of personal data is written."""

    kind: Kind
    pattern: re.Pattern[str]
    """Every repetition is bounded or cannot give back, so that looking takes time linear in the text."""
    check: Check


def shape(kind: Kind, pattern: str, check: Check | None = None, flags: int = 0) -> Shape:
    """Return a shape; without a check whatever matches is surely of its kind."""
    return Shape(kind, re.compile(pattern, flags), check or _surely)


def looked_for(shapes: Sequence[Shape], text: str) -> list[Found]:
    """Return everything of some shapes, in no order."""
    return [found for each in shapes for found in _of_shape(each, text)]


def _of_shape(wanted: Shape, text: str) -> Iterator[Found]:
    """What does not pass may still hold what does: numbers in a row are looked at from each of them on."""
    match = wanted.pattern.search(text)
    while match is not None:
        start, end = match.span(match.lastgroup or 0)
        sure = wanted.check(text[start:end], text[max(0, start - CONTEXT) : start])
        if sure is not None:
            yield Found(wanted.kind, start, end, sure)
        match = wanted.pattern.search(text, match.end() if sure is not None else match.start() + 1)


def _surely(_text: str, _before: str) -> bool:
    return True
