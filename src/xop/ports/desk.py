"""The desk: where handovers stand, so that people find what waits for them without going through customers."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from xop.kernel.handovers.model import Handover, HandoverStatus


class DeskCursor(Struct, frozen=True, array_like=True):
    """The last standing of a page: the next page goes on beyond it, even when it is gone by then."""

    calm: bool
    at: int
    handover: str


class DeskStanding(Struct, frozen=True, array_like=True):
    """Where one handover stands: open, or over and still to be looked at."""

    part: str
    handover: str
    conversation: str
    queue: str
    status: HandoverStatus
    urgent: bool
    intent: str
    language: str
    at: int
    """When it was opened, in milliseconds since the epoch."""
    since: int
    """Since when it stands as it does."""
    due: int
    """When the present wait is over, in milliseconds since the epoch; 0 for no such moment."""
    by: str
    """Who has accepted it."""

    @property
    def cursor(self) -> DeskCursor:
        """Where a page that follows this standing begins."""
        return DeskCursor(not self.urgent, self.at, self.handover)


class DeskSelection(Struct, frozen=True):
    """Which standings are asked for; None asks for all."""

    queue: str | None = None
    status: HandoverStatus | None = None
    by: str | None = None
    part: str | None = None


class QueueTally(Struct, frozen=True, order=True):
    """How many open handovers stand alike."""

    queue: str
    status: HandoverStatus
    handovers: int


class Desk(Protocol):
    """Finds handovers; it changes only with the ledger, in one batch."""

    async def counts(self) -> Sequence[QueueTally]:
        """Return how many handovers wait in each queue, and how many of each are accepted, in order."""
        ...

    async def page(self, selection: DeskSelection, after: DeskCursor | None, limit: int) -> Sequence[DeskStanding]:
        """Return at most `limit` of the standings asked for, beyond a cursor of an earlier page when given.

        The urgent ones come first, then those opened first. Neither changes, so that what stands during the whole of a
        listing is listed once, whatever else changes meanwhile.
        """
        ...

    async def find(self, handover: str) -> DeskStanding | None:
        """Return where a handover stands; None when there is none, or it has been forgotten."""
        ...


def standing(part: str, handover: Handover) -> DeskStanding:
    """Return where a part's handover stands."""
    return DeskStanding(
        part,
        handover.id,
        handover.conversation,
        handover.queue,
        handover.status,
        handover.urgent,
        handover.intent,
        handover.language,
        handover.at,
        handover.since,
        handover.due,
        handover.accepted_by,
    )
