"""Measures: what is counted, and the rates that are made of counts."""

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

Measure = Literal[
    "decisions",
    "codes",
    "actors",
    "agents",
    "actions",
    "demand",
    "resolved",
    "confirmed",
    "abandoned",
    "returned",
    "passed",
    "costs",
    "contacts",
    "repeats",
    "chases",
    "shifts",
    "transfers",
    "accepted",
    "handed_back",
    "expired",
    "approvals",
    "sent",
    "failed",
    "promises",
    "latency",
]

MEASURES: tuple[Measure, ...] = get_args(Measure)

FOUND: frozenset[Measure] = frozenset(MEASURES) - {
    "decisions",
    "codes",
    "actors",
    "agents",
    "actions",
    "sent",
    "latency",
}
"""The measures whose every count is found again; decisions have an index of their own."""

PARTS = 10_000
"""What one unit of a currency is of the amounts of `costs`."""


class Count(Struct, frozen=True):
    """Something that happened, once or more often."""

    measure: Measure
    label: str
    amount: int = 1


Totals = Mapping[str, Mapping[str, int]]
"""Amounts by measure and label."""


class Rates(Struct, frozen=True):
    """Shares of one that are made of counts; None where there is nothing to divide by."""

    failure_demand: int
    """Contacts and wishes that need not have come: `returned` + `chases`."""
    failure_share: float | None
    """Failure demand / (`demand` + `chases` + `returned`)."""
    repeat_rate: float | None
    """`repeats` / `contacts`."""
    transfer_rate: float | None
    """`transfers` / `contacts`: it may be more than one."""


def rates(totals: Totals) -> Rates:
    """Return the rates of a span of time.

    Failure demand (Seddon, 2003) is what customers ask because something was not done, or not done right.
    """
    failing = _sum(totals, "returned") + _sum(totals, "chases")
    contacts = _sum(totals, "contacts")
    return Rates(
        failure_demand=failing,
        failure_share=_share(failing, _sum(totals, "demand") + failing),
        repeat_rate=_share(_sum(totals, "repeats"), contacts),
        transfer_rate=_share(_sum(totals, "transfers"), contacts),
    )


def _sum(totals: Totals, measure: Measure) -> int:
    return sum(totals.get(measure, {}).values())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
