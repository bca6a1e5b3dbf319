"""Charts: a series as the browser draws it, and as a table of at most so many rows."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from xop.faces.console.words import Words, marked, milliseconds
from xop.ports.insight import STEPS

ROWS = 30
"""Most rows of the table beside a chart."""

_FEWEST = 4
"""Least points of a chart of a system that has only just begun."""

LINES = (("permit", marked("permitted"), "good"), ("hold", marked("held"), "wait"), ("deny", marked("denied"), "bad"))
"""Verdicts as a chart shows them: label, name and tone."""


class TableRow(Struct, frozen=True):
    """One span of the table."""

    at: str
    values: tuple[int, ...]


def drawn(points: Sequence[str], step: str, series: dict[str, list[int]], words: Words) -> str:
    """Return the series as the data that charts.js draws: seconds, numbers and names in the reader's language."""
    zeros = [0] * len(points)
    document = {
        "begin": milliseconds(points[0]) // 1000 if points else 0,
        "step": STEPS[step] // 1000,
        "zone": words.zone.key,
        "locale": str(words.locale).replace("_", "-"),
        "lines": [
            {"name": words.text(name), "tone": tone, "values": series.get(label, zeros)} for label, name, tone in LINES
        ],
    }
    return msgspec.json.encode(document).decode()


def begun(points: Sequence[str], series: dict[str, list[int]]) -> int:
    """Return where a chart begins of which nothing was counted before: a point before the first that counts anything."""
    first = next((at for at in range(len(points)) if any(line[at] for line in series.values())), len(points))
    return max(0, min(first - 1, len(points) - _FEWEST))


def table(points: Sequence[str], series: dict[str, list[int]]) -> list[TableRow]:
    """Return the same numbers in few rows, newest first: several points are summed where there are many."""
    together = -(-len(points) // ROWS)
    found = []
    for begin in range(0, len(points), max(1, together)):
        end = begin + max(1, together)
        values = tuple(sum(series.get(label, [])[begin:end]) for label, _, _ in LINES)
        found.append(TableRow(points[begin], values))
    return found[::-1]
