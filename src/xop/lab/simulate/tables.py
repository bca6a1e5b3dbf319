"""Tables and sections of the page."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from xop.kernel.base.spans import milliseconds


def section(title: str, *parts: str) -> str:
    """Return a section of the page."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a table, numbers on the right; the empty text for no rows."""
    rows = list(rows)
    if not rows:
        return ""
    numeric = {name for name in columns if all(isinstance(row.get(name, 0), int | float) for row in rows)}
    head = "".join(f"<th{_number(name in numeric)}>{escape(name.replace('_', ' '))}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{_number(name in numeric)}>{_cell(row.get(name))}</td>" for name in columns) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(numeric: bool) -> str:  # noqa: FBT001 - one cell of a table
    return ' class="n"' if numeric else ""


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        told = escape(value["story"])
        return f"<details><summary>{escape(value['at'])}</summary><pre>{told}</pre></details>"
    if isinstance(value, int):
        return f"{value:,}"
    return escape("" if value is None else str(value))


def span(value: int) -> str:
    """Return milliseconds in the largest unit that fits."""
    for unit, name in (("1d", "d"), ("1h", "h"), ("1m", "min")):
        if value >= milliseconds(unit):
            return f"{value / milliseconds(unit):.1f} {name}"
    return f"{value / 1000:.0f} s"
