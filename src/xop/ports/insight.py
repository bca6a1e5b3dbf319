"""Figures: what operations see, counted by the minute, and where each decision is found again."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

STEPS: Mapping[str, int] = {"1m": MINUTE, "5m": 5 * MINUTE, "1h": HOUR, "1d": DAY}
"""The spans that figures are kept by, in milliseconds; they begin where they divide the time since the epoch."""

KEPT: Mapping[int, int] = {MINUTE: 8 * DAY, 5 * MINUTE: 8 * DAY, HOUR: 400 * DAY, DAY: 400 * DAY}
"""For how many milliseconds before the newest figure those of each step are kept."""


class Figure(Struct, frozen=True, array_like=True, order=True):
    """How often something happened within one step."""

    at: int
    """The beginning of the step, in milliseconds since the epoch."""
    measure: str
    label: str
    amount: int


class Ruled(Struct, frozen=True, array_like=True):
    """What one decision can be found by."""

    position: int
    """Of its entry in the ledger."""
    at: int
    verdict: str
    code: str
    action: str
    actor: str


class Happened(Struct, frozen=True, array_like=True, order=True):
    """One thing that was counted, so that it is found again."""

    position: int
    """Of its entry in the ledger."""
    at: int
    measure: str
    label: str


class Wanted(Struct, frozen=True, omit_defaults=True):
    """Which decisions are asked for; empty asks for all."""

    verdict: str = ""
    code: str = ""
    action: str = ""
    actor: str = ""
    since: int = 0
    until: int = 2**62
    """The first moment that is not asked for any more."""


def fits(ruled: Ruled, wanted: Wanted) -> bool:
    """Say whether a decision is one of those asked for."""
    return (
        wanted.since <= ruled.at < wanted.until
        and wanted.verdict in {"", ruled.verdict}
        and wanted.code in {"", ruled.code}
        and wanted.action in {"", ruled.action}
        and wanted.actor in {"", ruled.actor}
    )


class Figures(Protocol):
    """Keeps figures: derived from the ledger, so that what is lost is counted again."""

    async def position(self) -> int:
        """Return the ledger's position up to which everything is counted; 0 at the beginning."""
        ...

    async def add(
        self, position: int, figures: Sequence[Figure], ruled: Sequence[Ruled], happened: Sequence[Happened] = ()
    ) -> None:
        """Add what was counted by the minute up to a position, all of it or nothing; raises StorageError.

        What is older than `KEPT` goes.
        """
        ...

    async def read(self, step: int, since: int, until: int, measures: Sequence[str]) -> Sequence[Figure]:
        """Return the figures of some measures whose steps begin at or after `since` and before `until`, in order."""
        ...

    async def totals(self, step: int, since: int, until: int) -> dict[str, dict[str, int]]:
        """Return the sums of the same steps of all measures, by measure and label."""
        ...

    async def ruled(self, wanted: Wanted, before: int, limit: int) -> Sequence[int]:
        """Return the positions of at most `limit` decisions before a position, newest first."""
        ...

    async def happened(
        self, measure: str, labels: Sequence[str], since: int, until: int, before: int, limit: int
    ) -> Sequence[int]:
        """Return the positions of at most `limit` entries before a position that count something, the latest first.

        Of any label when none is named; `since` is the first moment, `until` the first one that is not asked for any more.
        """
        ...

    async def clear(self) -> None:
        """Forget everything, so that it is counted again."""
        ...
