"""Shadows in memory."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from xop.ports.shadows import KEPT, Contrast, Shadow
from xop.runtimes.simulated.memory import Lease


class SimulatedShadows:
    """Keeps which release is in shadow, and the newest contrasts."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def begin(self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str) -> None:
        """Keep a release's files if they are new, and observe it in place of the one before."""
        await self.end(at)
        memory = self._lease.memory
        memory.shadow_files.setdefault(digest, {path: bytes(memoryview(file)) for path, file in files.items()})
        memory.shadows.append(Shadow(digest, name, at, by))

    async def end(self, at: int) -> None:
        """Observe no release any more; what was found out stays."""
        shadows = self._lease.memory.shadows
        shadows[:] = [each if each.ended else replace(each, ended=at) for each in shadows]

    async def latest(self) -> Shadow | None:
        """Return the release observed now, or else the last one that was."""
        shadows = self._lease.memory.shadows
        return shadows[-1] if shadows else None

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release that is or was in shadow, by relative path."""
        files = self._lease.memory.shadow_files.get(digest)
        return None if files is None else dict(files)

    async def note(self, contrasts: Sequence[Contrast]) -> None:
        """Keep contrasts, and forget the oldest beyond `KEPT`."""
        kept = self._lease.memory.contrasts
        number = kept[-1][0] if kept else 0
        kept.extend((number + place, each) for place, each in enumerate(contrasts, 1))
        while len(kept) > KEPT:
            kept.popleft()

    async def page(self, before: int | None, limit: int) -> Sequence[tuple[int, Contrast]]:
        """Return contrasts with their numbers, newest first, beginning before a number."""
        earlier = (each for each in reversed(self._lease.memory.contrasts) if before is None or each[0] < before)
        return [each for each, _ in zip(earlier, range(limit), strict=False)]

    async def drop(self, numbers: Sequence[int]) -> int:
        """Erase contrasts by their numbers for good; return how many there were."""
        contrasts, asked = self._lease.memory.contrasts, set(numbers)
        kept = [each for each in contrasts if each[0] not in asked]
        gone = len(contrasts) - len(kept)
        contrasts.clear()
        contrasts.extend(kept)
        return gone
