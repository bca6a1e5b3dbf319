"""Suppressions in SQLite, as digests under a key of the store."""

import hmac
from collections.abc import Iterable, Sequence

from xop.kernel.identity.model import Identifier
from xop.runtimes.embedded.store import Store

_ADD = "INSERT INTO suppressions VALUES (?) ON CONFLICT DO NOTHING"
_FIND = "SELECT digest FROM suppressions WHERE digest = ?"


class EmbeddedSuppressions:
    """Keeps digests; as long as there is none, nothing is looked up."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key
        self._any = bool(store.rows("SELECT 1 FROM suppressions LIMIT 1"))

    async def add(self, identifiers: Sequence[Identifier]) -> None:
        """Keep identifiers durably; those that are kept already stay."""
        if identifiers:
            with self._store.transaction():
                self._store.each(_ADD, [(self._digest(each),) for each in identifiers])
            self._any = True

    async def among(self, identifiers: Iterable[Identifier]) -> set[Identifier]:
        """Return those that are kept."""
        if not self._any:
            return set()
        digests = {self._digest(each): each for each in identifiers}
        return {digests[digest] for (digest,) in self._store.each(_FIND, [(each,) for each in digests])}

    def _digest(self, identifier: Identifier) -> bytes:
        return hmac.digest(self._key, str(identifier).encode("utf-8", "surrogatepass"), "sha256")
