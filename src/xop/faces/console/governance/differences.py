"""Differences: the lines in which two versions of a file differ, with those around them."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Literal

from msgspec import Struct

AROUND = 3
"""Lines shown before and after each difference."""

MOST_LINES = 4_000
"""Lines of a file that are compared; a longer one is told as changed."""

Tone = Literal["same", "new", "gone", "gap"]


class Line(Struct, frozen=True):
    """One line of either version."""

    tone: Tone
    before: int | None
    """Its number in the version before; None where it was not there."""
    after: int | None
    text: str


class FileDifference(Struct, frozen=True):
    """One file in two versions."""

    path: str
    change: str
    lines: list[Line]
    added: int
    removed: int
    too_long: bool = False


def difference(path: str, change: str, before: str, after: str) -> FileDifference:
    """Return how a file differs from what it was."""
    was, now = before.splitlines(), after.splitlines()
    if max(len(was), len(now)) > MOST_LINES:
        return FileDifference(path, change, [], 0, 0, too_long=True)
    lines = list(_lines(was, now))
    return FileDifference(
        path, change, lines, sum(each.tone == "new" for each in lines), sum(each.tone == "gone" for each in lines)
    )


def _lines(was: list[str], now: list[str]) -> Iterator[Line]:
    first = True
    for group in SequenceMatcher(None, was, now, autojunk=False).get_grouped_opcodes(AROUND):
        if not first or group[0][1] or group[0][3]:
            yield Line("gap", None, None, "")
        first = False
        for kind, start, end, begin, stop in group:
            if kind == "equal":
                for offset in range(end - start):
                    yield Line("same", start + offset + 1, begin + offset + 1, was[start + offset])
                continue
            for number in range(start, end):
                yield Line("gone", number + 1, None, was[number])
            for number in range(begin, stop):
                yield Line("new", None, number + 1, now[number])


def folders(paths: list[str]) -> Mapping[str, list[str]]:
    """Return paths by the folder they are in, those at the top first."""
    found: dict[str, list[str]] = {"": []}
    for path in sorted(paths):
        folder = path.rpartition("/")[0]
        found.setdefault(folder, []).append(path)
    return found
