"""Evidence in SQLite."""

import msgspec

from xop.kernel.decisions.model import Evidence
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.store import Store

_DECODER = msgspec.json.Decoder(Evidence)


class EmbeddedEvidence:
    """Finds the values behind a decision."""

    def __init__(self, store: Store, index: Index) -> None:
        self._store = store
        self._index = index

    async def get(self, decision: str) -> Evidence | None:
        """Return the evidence of a decision, or None when there is none or it was erased."""
        number = self._index.ruling(decision).evidence
        body = None if number is None else self._store.value("SELECT body FROM evidence WHERE number = ?", number)
        return None if body is None else _DECODER.decode(body)
