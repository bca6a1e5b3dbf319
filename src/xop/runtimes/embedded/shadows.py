"""Shadows in SQLite; their files are kept once with those of releases."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from xop.ports.shadows import KEPT, Contrast, Shadow
from xop.runtimes.embedded.store import Store

_FILES = """
SELECT shadow_files.path, files.content FROM shadow_files
CROSS JOIN files ON files.digest = shadow_files.file
WHERE shadow_files.shadow = ?
"""

_PAGE = "SELECT number, contrast FROM contrasts WHERE number < ? ORDER BY number DESC LIMIT ?"

_TRIM = "DELETE FROM contrasts WHERE number <= (SELECT max(number) FROM contrasts) - ?"

_LAST = 2**63 - 1

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Contrast)


class EmbeddedShadows:
    """Keeps which release is in shadow, and the newest contrasts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str) -> None:
        """Keep a release's files if they are new, and observe it in place of the one before; durable when this returns."""
        digests = {path: sha256(content).digest() for path, content in files.items()}
        with self._store.transaction():
            self._store.rows("UPDATE shadows SET ended = ? WHERE ended = 0", at)
            self._store.rows(
                'INSERT INTO shadows (digest, name, at, "by", ended) VALUES (?, ?, ?, ?, 0)', digest, name, at, by
            )
            self._store.each(
                "INSERT INTO files VALUES (?, ?) ON CONFLICT DO NOTHING",
                ((digests[path], content) for path, content in files.items()),
            )
            self._store.each(
                "INSERT INTO shadow_files VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                ((digest, path, file) for path, file in digests.items()),
            )

    async def end(self, at: int) -> None:
        """Observe no release any more; what was found out stays."""
        with self._store.transaction():
            self._store.rows("UPDATE shadows SET ended = ? WHERE ended = 0", at)

    async def latest(self) -> Shadow | None:
        """Return the release observed now, or else the last one that was."""
        rows = self._store.rows('SELECT digest, name, at, "by", ended FROM shadows ORDER BY number DESC LIMIT 1')
        return Shadow(*rows[0]) if rows else None

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release that is or was in shadow, by relative path."""
        return dict(self._store.rows(_FILES, digest)) or None

    async def note(self, contrasts: Sequence[Contrast]) -> None:
        """Keep contrasts, and forget the oldest beyond `KEPT`; durable when this returns."""
        with self._store.transaction():
            rows = ((_ENCODER.encode(each),) for each in contrasts)
            self._store.each("INSERT INTO contrasts (contrast) VALUES (?)", rows)
            self._store.rows(_TRIM, KEPT)

    async def drop(self, numbers: Sequence[int]) -> int:
        """Erase contrasts by their numbers for good; return how many there were. Durable when this returns."""
        return self._store.dropped("DELETE FROM contrasts WHERE number = ?", [(each,) for each in numbers])

    async def page(self, before: int | None, limit: int) -> Sequence[tuple[int, Contrast]]:
        """Return contrasts with their numbers, newest first, beginning before a number."""
        rows = self._store.rows(_PAGE, _LAST if before is None else before, limit)
        return [(number, _DECODER.decode(contrast)) for number, contrast in rows]
