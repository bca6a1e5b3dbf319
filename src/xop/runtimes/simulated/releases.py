"""Releases in memory."""

from collections.abc import Mapping, Sequence

from xop.ports.releases import ReleaseRecord
from xop.runtimes.simulated.memory import Lease, Published


class SimulatedReleases:
    """Keeps the files of every release."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def publish(
        self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str, *, undoing: bool = False
    ) -> None:
        """Keep a release if it is new, and let it rule."""
        memory = self._lease.memory
        if digest == await self.active():
            return
        if digest not in memory.files:
            memory.files[digest] = {path: bytes(memoryview(content)) for path, content in files.items()}
            memory.names[digest] = name
        memory.settled.discard(digest)
        before = memory.publications[-1] if memory.publications else None
        if undoing and before is not None:
            before = before.before.before if before.before is not None else None
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
