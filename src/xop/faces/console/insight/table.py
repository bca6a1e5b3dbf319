"""Tables of figures: one row for each name, with what was before."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from xop.kernel.insight.measures import Totals

MOST = 8
"""Rows of one table."""

Link = Callable[[str], str]
"""Gives the address of what is behind a row; empty for none."""


class Row(Struct, frozen=True):
    """One name with its counts."""

    name: str
    href: str
    values: tuple[int, ...]
    before: int
    """The first of the values in the span before."""
    share: float | None = None


def rows(now: Totals, before: Totals, measures: Sequence[str], link: Link) -> list[Row]:
    """Return the names that have most, counted by the measures in their order."""
    columns: list[Mapping[str, int]] = [now.get(measure, {}) for measure in measures]
    earlier = before.get(measures[0], {})
    names = sorted({name for column in columns for name in column}, key=lambda name: _rank(columns, name))
    return [
        Row(name, link(name), tuple(column.get(name, 0) for column in columns), earlier.get(name, 0))
        for name in names[:MOST]
    ]


def demand_rows(now: Totals, before: Totals) -> list[Row]:
    """Return opened, resolved and returned intents, each with the share that returned of all that came."""
    found = rows(now, before, ("demand", "resolved", "returned"), lambda _name: "")
    return [Row(each.name, "", each.values, each.before, _failing(each.values)) for each in found]


def channel_rows(now: Totals, before: Totals) -> list[Row]:
    """Return contacts by channel, with repeats, chases and how many came there from another channel."""
    found = rows(now, before, ("contacts", "repeats", "chases"), lambda _name: "")
    shifts: dict[str, int] = {}
    for label, amount in now.get("shifts", {}).items():
        channel = label.rpartition(" to ")[2]
        shifts[channel] = shifts.get(channel, 0) + amount
    return [Row(each.name, "", (*each.values, shifts.get(each.name, 0)), each.before) for each in found]


def _rank(columns: Sequence[Mapping[str, int]], name: str) -> tuple[float, str]:
    return (-columns[0].get(name, 0), name)


def _failing(values: tuple[int, ...]) -> float | None:
    opened, _, returned = values
    return returned / (opened + returned) if opened + returned else None
