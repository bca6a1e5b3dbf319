"""Releases in memory."""

from collections.abc import Mapping, Sequence

from xop.ports.releases import Place, ReleaseRecord
from xop.runtimes.simulated.memory import Lease, Published

_DEEPER: Mapping[Place, int] = {"above": 0, "instead": 1, "below": 2}
"""How far below the last publication the one is that undoing goes back to."""


class SimulatedReleases:
    """Keeps the files of every release."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def publish(
        self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str, *, place: Place = "above"
    ) -> None:
        """Keep a release, and let it rule."""
        memory = self._lease.memory
        memory.files[digest] = {path: bytes(memoryview(content)) for path, content in files.items()}
        memory.names.setdefault(digest, name)
        if place == "above" and digest == await self.active():
            return
        memory.settled.discard(digest)
        before = memory.publications[-1] if memory.publications else None
        for _ in range(_DEEPER[place]):
            before = before.before if before is not None else None
        memory.publications.append(Published(digest, at, by, before))

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release by relative path, None for an unknown release."""
        files = self._lease.memory.files.get(digest)
        return None if files is None else dict(files)

    async def active(self) -> str | None:
        """Return the digest of the active release."""
        published = self._lease.memory.publications
        return published[-1].digest if published else None

    async def before(self) -> str | None:
        """Return the digest of the release that undoing the last publication goes back to."""
        published = self._lease.memory.publications
        under = published[-1].before if published else None
        return under.digest if under is not None else None

    async def settle(self, digest: str) -> None:
        """Note that everything the publication of a release asked of customers and runs is done."""
        self._lease.memory.settled.add(digest)

    async def settled(self, digest: str) -> bool:
        """Say whether that is done."""
        return digest in self._lease.memory.settled

    async def history(self) -> Sequence[ReleaseRecord]:
        """Return all releases, the one published last first."""
        memory = self._lease.memory
        records: dict[str, ReleaseRecord] = {}
        for each in reversed(memory.publications):
            record = ReleaseRecord(each.digest, memory.names[each.digest], each.at, each.by, active=not records)
            records.setdefault(each.digest, record)
        return list(records.values())
