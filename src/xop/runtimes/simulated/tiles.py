"""The files of the log in memory."""

from collections.abc import Mapping

from xop.runtimes.simulated.memory import Lease

CHECKPOINT = "checkpoint"
FULL = 256
"""Hashes of a full tile."""


class SimulatedTiles:
    """Keeps files by path."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def read(self, path: str) -> bytes | None:
        """Return a file, or None when there is none."""
        return self._lease.memory.tiles.get(path)

    async def write(self, files: Mapping[str, bytes]) -> None:
        """Make files durable; one that is there already stays as it is."""
        memory = self._lease.memory
        for path, content in files.items():
            memory.tiles.setdefault(path, bytes(content))
            for width in range(1, FULL) if ".p/" not in path else ():
                memory.tiles.pop(f"{path}.p/{width}", None)

    async def publish(self, checkpoint: bytes) -> None:
        """Replace the checkpoint at once and durably."""
        self._lease.memory.tiles[CHECKPOINT] = bytes(checkpoint)
