"""Releases in memory."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from xop.ports.releases import ReleaseRecord
from xop.runtimes.simulated.memory import Lease


class SimulatedReleases:
    """Keeps the files of every release."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def publish(self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str) -> None:
        """Keep a release if it is new, and make it the active one."""
        memory = self._lease.memory
        if digest not in memory.files:
            memory.files[digest] = {path: bytes(memoryview(content)) for path, content in files.items()}
            memory.releases.append(ReleaseRecord(digest, name, at, by, active=False))
        if digest != await self.active():
            memory.settled.discard(digest)
        memory.releases[:] = [replace(record, active=record.digest == digest) for record in memory.releases]

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release by relative path, None for an unknown release."""
        files = self._lease.memory.files.get(digest)
        return None if files is None else dict(files)

    async def active(self) -> str | None:
        """Return the digest of the active release."""
        return next((record.digest for record in self._lease.memory.releases if record.active), None)

    async def settle(self, digest: str) -> None:
        """Note that everything the publication of a release asked of customers and runs is done."""
        self._lease.memory.settled.add(digest)

    async def settled(self, digest: str) -> bool:
        """Say whether that is done."""
        return digest in self._lease.memory.settled

    async def history(self) -> Sequence[ReleaseRecord]:
        """Return all releases, newest publication first."""
        return self._lease.memory.releases[::-1]
