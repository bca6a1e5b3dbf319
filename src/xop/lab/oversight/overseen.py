"""What was overseen: the measures of months, which go on where they were when they were last asked for."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from xop.kernel.release import Release
from xop.lab.oversight.measures import Measures
from xop.lab.oversight.report import month_of
from xop.ports.ledger import Ledger

EARLIER = 62 * 86_400_000
"""How many milliseconds before its month an action may have been permitted whose effect is counted for its agent."""

_MONTHS = 3
"""Months that are remembered."""

_PAGE = 200


@dataclass(slots=True)
class _Month:
    """How far one month is counted."""

    measures: Measures
    position: int


class Overseen:
    """Counts months when they are asked for; what it holds is lost with the process and counted again."""

    def __init__(self) -> None:
        self._months: OrderedDict[tuple[str, str], _Month] = OrderedDict()
        self._turn = asyncio.Lock()

    async def measures(self, ledger: Ledger, release: Release, month: str) -> Measures:
        """Return the measures of a month such as `2026-11`; raises ValueError for none, and StorageError."""
        since, until = month_of(month)
        async with self._turn:
            known = self._months.get((month, release.digest))
            if known is None:
                begin = await position_at(ledger, since - EARLIER)
                known = self._months[month, release.digest] = _Month(Measures(release, since, until), begin)
            self._months.move_to_end((month, release.digest))
            while len(self._months) > _MONTHS:
                self._months.popitem(last=False)
            while page := await ledger.page(known.position, _PAGE):
                known.measures.take(stored.entry for stored in page)
                known.position = page[-1].position
                # What rules goes first.
                await asyncio.sleep(0)
            return known.measures


async def position_at(ledger: Ledger, at: int) -> int:
    """Return a position after which every entry of a moment or later stands, as far as the clock went on; raises StorageError."""
    low, high = 0, await ledger.last()
    while low < high:
        middle = (low + high) // 2
        page = await ledger.page(middle, 1)
        if page and page[0].entry.moment.at < at:
            low = page[0].position
        else:
            high = middle
    return low
