"""Evidence in SQLite."""

from collections.abc import Sequence

import msgspec

from xop.kernel.decisions.model import Evidence
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Store

_DECODER = msgspec.json.Decoder(Evidence)


_PAGE = "SELECT number, decision FROM evidence WHERE number > ? ORDER BY number LIMIT ?"


class EmbeddedEvidence:
    """Finds the values behind a decision."""

    def __init__(self, store: Store, index: Index, seals: Seals) -> None:
        self._store = store
        self._index = index
        self._seals = seals

    async def get(self, decision: str) -> Evidence | None:
        """Return the evidence of a decision, or None when there is none or it was erased."""
        body = self.bytes_of(decision)
        return None if body is None else _DECODER.decode(body)

    async def body(self, decision: str) -> bytes | None:
        """Return the bytes that the evidence of a decision was stored as, which leaves are bound to."""
        return self.bytes_of(decision)

    async def page(self, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return the numbers of at most `limit` pieces of evidence beyond one, the oldest first, each with its decision."""
        return [(number, decision) for number, decision in self._store.rows(_PAGE, after, max(limit, 0))]

    async def drop(self, decisions: Sequence[str]) -> int:
        """Erase the evidence of decisions for good; return how much there was. Durable when this returns."""
        numbers = [(number,) for each in decisions if (number := self._index.ruling(each).evidence) is not None]
        # The highest number there was is not given again.
        self._store.rows("UPDATE keeping SET evidence = max(evidence, ?)", self._index.evidence)
        return self._store.dropped("DELETE FROM evidence WHERE number = ?", numbers)

    def bytes_of(self, decision: str) -> bytes | None:
        """Return the evidence of a decision as it was encoded."""
        number = self._index.ruling(decision).evidence
        rows = [] if number is None else self._store.rows("SELECT part, body FROM evidence WHERE number = ?", number)
        return next((self._seals.opened(part, place_of(number or 0), body) for part, body in rows), None)


def place_of(number: int) -> bytes:
    """Return the place that a row's seal is bound to."""
    return b"evidence:%d" % number
