"""Models in SQLite."""

from xop.ports.models import KEPT, Head
from xop.runtimes.embedded.store import Store

_HEAD = """
INSERT INTO model_heads VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, position = excluded.position
"""

_DROP = """
DELETE FROM models WHERE decision_set = ?1 AND number <= (
    SELECT number FROM models WHERE decision_set = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2
)
"""


class EmbeddedModels:
    """Keeps the newest versions of every decision set's model."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, version: str, decision_set: str, state: bytes, position: int) -> None:
        """Keep a version and make it the head, together with how far it has got; durable when this returns."""
        head = await self.head(decision_set)
        with self._store.transaction():
            if head is None or head.version != version:
                # Put anew, a version that came back is among the newest again.
                self._store.rows("DELETE FROM models WHERE decision_set = ? AND version = ?", decision_set, version)
                self._store.rows(
                    "INSERT INTO models (version, decision_set, state) VALUES (?, ?, ?)", version, decision_set, state
                )
                self._store.rows(_DROP, decision_set, KEPT)
            self._store.rows(_HEAD, decision_set, version, position)

    async def get(self, version: str) -> bytes | None:
        """Return the state of a version, None when it is not kept."""
        state: bytes | None = self._store.value("SELECT state FROM models WHERE version = ? LIMIT 1", version)
        return state

    async def head(self, decision_set: str) -> Head | None:
        """Return the newest version of a decision set's model, None before there is one."""
        rows = self._store.rows("SELECT version, position FROM model_heads WHERE decision_set = ?", decision_set)
        return next((Head(version, position) for version, position in rows), None)
