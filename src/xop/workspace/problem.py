"""Problems: what is wrong in a workspace, where, and what to write instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

Path = tuple[str | int, ...]
"""Steps from the top of a document: keys of maps and places in lists, counted from 0."""

_LONGEST_QUOTE = 80


class Problem(Struct, frozen=True, order=True):
    """One mistake; `line` counts from 1 and is 0 where it belongs to the file as a whole."""

    file: str
    line: int
    cause: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.cause}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Document:
    """A file as plain values, with the line each of them begins on."""

    file: str
    value: Any
    lines: Mapping[Path, int]


@dataclass(frozen=True, slots=True)
class Place:
    """One value in a document."""

    document: Document
    path: Path = ()

    @property
    def line(self) -> int:
        """The line the value begins on, or that of the nearest value around it."""
        for end in range(len(self.path), -1, -1):
            line = self.document.lines.get(self.path[:end])
            if line is not None:
                return line
        return 1

    def at(self, *steps: str | int) -> "Place":
        """Return a place further in."""
        return Place(self.document, (*self.path, *steps))

    def problem(self, cause: str, remedy: str) -> Problem:
        """Return a problem of this place."""
        return Problem(self.document.file, self.line, cause, remedy)


def quote(value: object) -> str:
    """Return a value as it may stand in a message: on one line, and short."""
    text = repr(value[: _LONGEST_QUOTE + 1] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def nearest(word: str, known: Collection[str], otherwise: str = "use one of") -> str:
    """Return the remedy for a word that is not among those known: the one it resembles, or all of them."""
    near = get_close_matches(word[:_LONGEST_QUOTE], sorted(known), n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    if not known:
        return "there is none yet: declare it first"
    listed = sorted(known)
    more = f" and {len(listed) - 20} more" if len(listed) > 20 else ""  # noqa: PLR2004 - what one line can hold
    return f"{otherwise}: {', '.join(listed[:20])}{more}"
