"""Releases in SQLite; equal files of different releases are kept once."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from xop.ports.releases import Place, ReleaseRecord
from xop.runtimes.embedded.store import Store

_FILES = """
SELECT release_files.path, files.content FROM releases
CROSS JOIN release_files ON release_files."release" = releases.number
CROSS JOIN files ON files.digest = release_files.file
WHERE releases.digest = ?
"""

_PUBLISH = """
INSERT INTO publications ("release", at, "by", before) VALUES (?, ?, ?, (SELECT number FROM last_publication))
"""

_UNDO = """
INSERT INTO publications ("release", at, "by", before)
SELECT ?, ?, ?, under.before FROM last_publication
LEFT JOIN publications AS under ON under.number = last_publication.before
"""

_REPLACE = """
INSERT INTO publications ("release", at, "by", before) SELECT ?, ?, ?, before FROM last_publication
"""

_BY_PLACE: Mapping[Place, str] = {"above": _PUBLISH, "instead": _REPLACE, "below": _UNDO}

_RULING = """
SELECT releases.digest FROM last_publication
CROSS JOIN releases ON releases.number = last_publication."release"
"""

_BEFORE = """
SELECT releases.digest FROM last_publication
CROSS JOIN publications AS under ON under.number = last_publication.before
CROSS JOIN releases ON releases.number = under."release"
"""

_HISTORY = """
SELECT releases.digest, releases.name, publications.at, publications."by" FROM publications
CROSS JOIN releases ON releases.number = publications."release"
WHERE publications.number IN (SELECT max(number) FROM publications GROUP BY "release")
ORDER BY publications.number DESC
"""


class EmbeddedReleases:
    """Keeps the files of every release."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def publish(
        self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str, *, place: Place = "above"
    ) -> None:
        """Keep a release, and let it rule; durable when this returns."""
        with self._store.transaction():
            if self._number(digest) is None:
                self._store.rows("INSERT INTO releases (digest, name) VALUES (?, ?)", digest, name)
            if dict(self._store.rows(_FILES, digest)) != files:
                self._keep(files, self._number(digest))
            before = self._ruling()
            if place == "above" and digest == before:
                return
            self._store.rows("UPDATE releases SET settled = 0 WHERE digest = ?", digest)
            self._store.rows(_BY_PLACE[place if before is not None else "above"], self._number(digest), at, by)

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release by relative path, None for an unknown release."""
        return None if self._number(digest) is None else dict(self._store.rows(_FILES, digest))

    async def active(self) -> str | None:
        """Return the digest of the active release."""
        return self._ruling()

    async def before(self) -> str | None:
        """Return the digest of the release that undoing the last publication goes back to."""
        digest: str | None = self._store.value(_BEFORE)
        return digest

    async def settle(self, digest: str) -> None:
        """Note that everything the publication of a release asked of customers and runs is done."""
        with self._store.transaction():
            self._store.rows("UPDATE releases SET settled = 1 WHERE digest = ?", digest)

    async def settled(self, digest: str) -> bool:
        """Say whether that is done."""
        return bool(self._store.value("SELECT settled FROM releases WHERE digest = ?", digest))

    async def history(self) -> Sequence[ReleaseRecord]:
        """Return all releases, the one published last first."""
        rows = self._store.rows(_HISTORY)
        return [
            ReleaseRecord(digest, name, at, by, active=number == 0)
            for number, (digest, name, at, by) in enumerate(rows)
        ]

    def _ruling(self) -> str | None:
        digest: str | None = self._store.value(_RULING)
        return digest

    def _number(self, digest: str) -> int | None:
        number: int | None = self._store.value("SELECT number FROM releases WHERE digest = ?", digest)
        return number

    def _keep(self, files: Mapping[str, bytes], release: int | None) -> None:
        digests = {path: sha256(content).digest() for path, content in files.items()}
        self._store.each(
            "INSERT INTO files VALUES (?, ?) ON CONFLICT DO NOTHING",
            ((digests[path], content) for path, content in files.items()),
        )
        self._store.rows('DELETE FROM release_files WHERE "release" = ?', release)
        self._store.each(
            "INSERT INTO release_files VALUES (?, ?, ?)", ((release, path, digest) for path, digest in digests.items())
        )
