"""Tables of figures: one row for each name, with what was before and what is behind each number."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from xop.faces.console.words import Words
from xop.kernel.insight.measures import PARTS, Totals

MOST = 8
"""Rows of one table, unless all of them are asked for."""

_NONE = "\N{EN DASH}"

Link = Callable[[str, str], str]
"""Gives the address of what is behind a number, by its measure and label; empty for none."""


class Cell(Struct, frozen=True):
    """One number as it is read, with the address of what is behind it; empty for none."""

    text: str
    href: str = ""


class Row(Struct, frozen=True):
    """One name with its numbers."""

    name: str
    cells: tuple[Cell, ...]
    note: str = ""
    """What the name means, where it is no word by itself."""
    href: str = ""
    """The address of everything that the name stands for."""


class Listed(Struct, frozen=True):
    """The rows of a table, the largest first, and how many there are with those that were left out."""

    rows: list[Row]
    total: int


class Tables:
    """Makes tables of one span of time beside the one before; of `most` rows each, or of all of them."""

    def __init__(self, words: Words, now: Totals, before: Totals, link: Link, most: int | None = MOST) -> None:
        self._words = words
        self._most = most
        self._now = now
        self._before = before
        self._link = link
        self.compared = any(before.get(measure) for measure in before if measure != "latency")
        """Whether anything at all was counted in the span before."""

    def plain(self, measure: str, notes: Mapping[str, str] | None = None) -> Listed:
        """Return what one measure counts by name."""
        notes = notes or {}

        def row(name: str) -> Row:
            return Row(name, self._with_before(measure, name), notes.get(name, ""), self._link(measure, name))

        return self._listed(row, measure)

    def demand(self) -> Listed:
        """Return for each intent how often it was asked for, resolved, came back and was passed to people, and what it cost."""
        return self._listed(self._wish, "demand", "resolved", "returned", "passed")

    def channels(self) -> Listed:
        """Return for each channel: contacts, before, repeats, chases, and who came from another channel."""
        return self._listed(self._channel, "contacts")

    def _wish(self, name: str) -> Row:
        cells = (
            *self._with_before("demand", name, linked=True),
            self._count("resolved", name),
            Cell(self._words.share(self._resolved(name))),
            self._count("returned", name),
            self._count("passed", name),
            Cell(self._spent(name, 1), self._link("costs", name) if self._costs(name) else ""),
            Cell(self._spent(name, self._amount("resolved", name))),
        )
        return Row(name, cells)

    def _channel(self, name: str) -> Row:
        cells = (
            *self._with_before("contacts", name, linked=True),
            self._count("repeats", name),
            self._count("chases", name),
            self._cell("shifts", name, self._came_to(name)),
        )
        return Row(name, cells)

    def count(self, measure: str, name: str) -> Cell:
        """Return one number."""
        return self._count(measure, name)

    def _with_before(self, measure: str, name: str, *, linked: bool = False) -> tuple[Cell, ...]:
        amount, was = self._amount(measure, name), self._before.get(measure, {}).get(name, 0)
        now = self._cell(measure, name, amount) if linked else Cell(self._words.number(amount))
        return (now, Cell(self._words.number(was))) if self.compared else (now,)

    def _count(self, measure: str, name: str) -> Cell:
        return self._cell(measure, name, self._amount(measure, name))

    def _cell(self, measure: str, name: str, amount: int) -> Cell:
        return Cell(self._words.number(amount), self._link(measure, name) if amount else "")

    def _amount(self, measure: str, name: str) -> int:
        return self._now.get(measure, {}).get(name, 0)

    def _listed(self, row: Callable[[str], Row], *measures: str) -> Listed:
        """Return a row for each name that any of the measures has, those first that the first one counts most of."""
        columns: Sequence[Mapping[str, int]] = [self._now.get(measure, {}) for measure in measures]
        names = sorted({name for column in columns for name in column})
        names.sort(key=lambda name: -columns[0].get(name, 0))
        return Listed([row(name) for name in names[: self._most]], len(names))

    def _resolved(self, name: str) -> float | None:
        """Return the share resolved of what was asked for, again or for the first time; more cannot be than all."""
        asked = self._amount("demand", name) + self._amount("returned", name)
        return min(1.0, self._amount("resolved", name) / asked) if asked else None

    def _came_to(self, channel: str) -> int:
        return sum(amount for label, amount in self._now.get("shifts", {}).items() if label.endswith(f" to {channel}"))

    def _costs(self, name: str) -> dict[str, int]:
        """Return what was spent on an intent, by currency."""
        found = self._now.get("costs", {})
        return {label.rpartition(" ")[2]: amount for label, amount in found.items() if label.rpartition(" ")[0] == name}

    def _spent(self, name: str, shared_by: int) -> str:
        costs = self._costs(name)
        if not costs or not shared_by:
            return _NONE
        return " + ".join(
            self._words.money(amount / PARTS / shared_by, currency) for currency, amount in sorted(costs.items())
        )
