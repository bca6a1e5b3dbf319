"""Where the handovers stand, in SQLite."""

from collections.abc import Iterable, Sequence

from xop.ports.desk import DeskCursor, DeskSelection, DeskStanding, QueueTally
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_COLUMNS = """
SELECT parts.number, parts.part, handover, conversation, queue, status, calm, intent, language, at, since, due, "by"
FROM handovers CROSS JOIN parts ON parts.number = handovers.part
"""
_FIND = f"{_COLUMNS} WHERE handover = ?"
_ORDERED = "(calm, at, handover) > (?, ?, ?) ORDER BY calm, at, handover LIMIT ?"
_COUNTS = """
SELECT queue, status, count(*) FROM handovers WHERE status IN ('waiting', 'accepted') GROUP BY status, queue
"""
_START = (-1, 0, "")


class EmbeddedDesk:
    """Finds handovers by queue, by person and by part."""

    def __init__(self, store: Store, parts: Parts, seals: Seals) -> None:
        self._store = store
        self._seals = seals
        self._parts = parts

    async def counts(self) -> Sequence[QueueTally]:
        """Return how many handovers wait in each queue, and how many of each are accepted, in order."""
        return sorted(QueueTally(*row) for row in self._store.rows(_COUNTS))

    async def page(self, selection: DeskSelection, after: DeskCursor | None, limit: int) -> Sequence[DeskStanding]:
        """Return at most `limit` of the standings asked for, beyond a cursor of an earlier page when given."""
        place = self._parts.find([selection.part]).get(selection.part) if selection.part is not None else None
        if limit < 1 or (selection.part is not None and place is None):
            return []
        asked = {
            "status": selection.status,
            "queue": selection.queue,
            '"by"': selection.by,
            "handovers.part": place.number if place is not None else None,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        conditions = " AND ".join((*(f"{name} = ?" for name in given), _ORDERED))
        begin = (int(after.calm), after.at, after.handover) if after is not None else _START
        return self._opened(self._store.rows(f"{_COLUMNS} WHERE {conditions}", *given.values(), *begin, limit))

    async def find(self, handover: str) -> DeskStanding | None:
        """Return where a handover stands; None when there is none, or it has been forgotten."""
        return next(iter(self._opened(self._store.rows(_FIND, handover))), None)

    def _opened(self, rows: Iterable[Row]) -> list[DeskStanding]:
        return [
            DeskStanding(
                part,
                handover,
                self._seals.opened_text(number, place_of(handover, "conversation"), conversation),
                queue,
                status,
                not calm,
                self._seals.opened_text(number, place_of(handover, "intent"), intent),
                *rest,
            )
            for number, part, handover, conversation, queue, status, calm, intent, *rest in rows
        ]


def place_of(handover: str, field: str) -> bytes:
    """Return the place that the seal of a handover's field is bound to."""
    return f"handovers:{field}:{handover}".encode("utf-8", "surrogatepass")
