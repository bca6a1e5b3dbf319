"""Evidence in SQLite."""

import msgspec

from xop.kernel.decisions.model import Evidence
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Store

_DECODER = msgspec.json.Decoder(Evidence)


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

    def bytes_of(self, decision: str) -> bytes | None:
        """Return the evidence of a decision as it was encoded."""
        number = self._index.ruling(decision).evidence
        rows = [] if number is None else self._store.rows("SELECT part, body FROM evidence WHERE number = ?", number)
        return next((self._seals.opened(part, place_of(number or 0), body) for part, body in rows), None)


def place_of(number: int) -> bytes:
    """Return the place that a row's seal is bound to."""
    return b"evidence:%d" % number
