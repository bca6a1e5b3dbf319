"""Releases in SQLite; equal files of different releases are kept once."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from xop.ports.releases import ReleaseRecord
from xop.runtimes.embedded.store import Store

_FILES = """
SELECT release_files.path, files.content FROM releases
CROSS JOIN release_files ON release_files."release" = releases.number
CROSS JOIN files ON files.digest = release_files.file
WHERE releases.digest = ?
"""


class EmbeddedReleases:
    """Keeps the files of every release."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def publish(self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str) -> None:
        """Keep a release if it is new, and make it the active one; durable when this returns."""
        with self._store.transaction():
            if self._number(digest) is None:
                self._store.rows(
                    'INSERT INTO releases (digest, name, at, "by", active) VALUES (?, ?, ?, ?, 0)', digest, name, at, by
                )
                self._keep(files, self._number(digest))
            self._store.rows("UPDATE releases SET settled = 0 WHERE digest = ? AND active = 0", digest)
            self._store.rows("UPDATE releases SET active = (digest = ?1) WHERE active <> (digest = ?1)", digest)

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release by relative path, None for an unknown release."""
        return None if self._number(digest) is None else dict(self._store.rows(_FILES, digest))

    async def active(self) -> str | None:
        """Return the digest of the active release."""
        digest: str | None = self._store.value("SELECT digest FROM releases WHERE active = 1")
        return digest

    async def settle(self, digest: str) -> None:
        """Note that everything the publication of a release asked of customers and runs is done."""
        with self._store.transaction():
            self._store.rows("UPDATE releases SET settled = 1 WHERE digest = ?", digest)

    async def settled(self, digest: str) -> bool:
        """Say whether that is done."""
        return bool(self._store.value("SELECT settled FROM releases WHERE digest = ?", digest))

    async def history(self) -> Sequence[ReleaseRecord]:
        """Return all releases, newest publication first."""
        rows = self._store.rows('SELECT digest, name, at, "by", active FROM releases ORDER BY number DESC')
        return [ReleaseRecord(digest, name, at, by, bool(active)) for digest, name, at, by, active in rows]

    def _number(self, digest: str) -> int | None:
        number: int | None = self._store.value("SELECT number FROM releases WHERE digest = ?", digest)
        return number

    def _keep(self, files: Mapping[str, bytes], release: int | None) -> None:
        digests = {path: sha256(content).digest() for path, content in files.items()}
        self._store.each(
            "INSERT INTO files VALUES (?, ?) ON CONFLICT DO NOTHING",
            ((digests[path], content) for path, content in files.items()),
        )
        self._store.each(
            "INSERT INTO release_files VALUES (?, ?, ?)", ((release, path, digest) for path, digest in digests.items())
        )
