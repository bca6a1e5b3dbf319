"""Runs: where each of them stands, so that they can be listed, counted and found without going through customers."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from xop.kernel.journeys.run import Run, Waiting


class Cursor(Struct, frozen=True, array_like=True):
    """The last standing of a page: the next page goes on beyond it, even when it is gone by then."""

    part: str
    run: str
    token: int


class Standing(Struct, frozen=True, array_like=True):
    """Where one token of a run stands; a run that is not over has one for each of its tokens."""

    part: str
    run: str
    journey: str
    version: str
    key: str
    token: int
    step: str
    waits: Waiting
    since: int
    """When the token came to the step, in milliseconds since the epoch."""
    due: int
    """When the wait is over at the latest, in milliseconds since the epoch; 0 for no such moment."""
    on: str
    """The invocation, choice or run waited for."""
    at: int
    """When the run began, in milliseconds since the epoch."""
    aside: bool
    """Whether a publication set the run aside: it stands still until it is put back or forgotten."""

    @property
    def cursor(self) -> Cursor:
        """Where a page that follows this standing begins."""
        return Cursor(self.part, self.run, self.token)


class Selection(Struct, frozen=True):
    """Which standings are asked for; None asks for all."""

    journey: str | None = None
    version: str | None = None
    steps: tuple[str, ...] | None = None
    waits: Waiting | None = None
    part: str | None = None
    aside: bool | None = None


class Tally(Struct, frozen=True, order=True):
    """How many tokens stand alike."""

    journey: str
    version: str
    step: str
    waits: Waiting
    aside: bool
    tokens: int


class Runs(Protocol):
    """Finds runs that are not over, set aside ones among them; it changes only with the ledger, in one batch."""

    async def count(self) -> int:
        """Return how many runs there are, whatever the number of their tokens."""
        ...

    async def counts(self, journey: str | None = None) -> Sequence[Tally]:
        """Return how many tokens stand where, in order; of one journey only when given."""
        ...

    async def page(self, selection: Selection, after: Cursor | None, limit: int) -> Sequence[Standing]:
        """Return at most `limit` of the standings asked for, beyond a cursor of an earlier page when given.

        The order of parts is the store's own and never changes; those of a part come together, by run and token. So what
        stands during the whole of a listing is listed once, whatever else changes meanwhile.
        """
        ...

    async def of(self, part: str) -> Sequence[Standing]:
        """Return the standings of a part, by run and token."""
        ...


def standings(part: str, run: Run) -> tuple[Standing, ...]:
    """Return where the tokens of a part's run stand."""
    return tuple(
        Standing(
            part,
            run.id,
            run.journey,
            run.version,
            run.key,
            token.id,
            token.step,
            token.waits,
            token.since,
            token.due,
            token.on,
            run.at,
            bool(run.aside),
        )
        for token in run.tokens
    )


def selects(selection: Selection, standing: Standing) -> bool:
    """Say whether a standing is among those asked for."""
    return (
        selection.part in (None, standing.part)
        and selection.journey in (None, standing.journey)
        and selection.version in (None, standing.version)
        and (selection.steps is None or standing.step in selection.steps)
        and selection.waits in (None, standing.waits)
        and selection.aside in (None, standing.aside)
    )
