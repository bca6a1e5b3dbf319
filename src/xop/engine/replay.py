"""Replay: takes every stored step again under its release and compares what comes out, byte for byte."""

from collections.abc import AsyncIterator

from msgspec import Struct

from xop.engine.hindsight import Releases
from xop.engine.refolding import Refolding
from xop.kernel.base.json import canonical
from xop.kernel.decide import decide
from xop.ports.ledger import Ledger, Stored

_PAGE = 1000


class Difference(Struct, frozen=True):
    """A step that came out otherwise."""

    position: int
    command: str
    cause: str
    stored: str = ""
    again: str = ""


class Replayer:
    """Refolds the ledger from its beginning and decides every step again."""

    def __init__(self, ledger: Ledger, releases: Releases) -> None:
        self.entries = 0
        self.decisions = 0
        self.erased = 0
        """Entries that are not there any more, since their customers were erased."""
        self._ledger = ledger
        self._releases = releases
        self._refolding = Refolding()

    async def run(self) -> AsyncIterator[Difference | None]:
        """Go through the whole ledger; yields a difference, or None for a step that came out the same."""
        position, last = 0, await self._ledger.last()
        while page := await self._ledger.page(position, _PAGE):
            for stored in page:
                yield await self._again(stored)
            position = page[-1].position
        # Positions are never given again, so that every one without an entry had one that was erased.
        self.erased = max(position, last) - self.entries

    async def _again(self, stored: Stored) -> Difference | None:
        entry = stored.entry
        self.entries += 1
        self.decisions += entry.decision is not None
        customer, other = self._refolding.state(entry), self._refolding.other(entry)
        release = await self._releases(entry.release)
        if release is None:
            difference: Difference | None = Difference(
                stored.position, entry.command.id, f"the release {entry.release} cannot be compiled any more"
            )
        else:
            step = decide(release, customer, entry.command, entry.moment, other)
            before, after = canonical([entry.facts, entry.decision]), canonical([step.facts, step.decision])
            difference = (
                None
                if before == after
                else Difference(
                    stored.position, entry.command.id, "the step came out otherwise", before.decode(), after.decode()
                )
            )
        self._refolding.fold(entry)
        return difference
