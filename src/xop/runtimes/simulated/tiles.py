"""The files of the log in memory."""

from collections.abc import Mapping

from xop.ports.log import CHECKPOINT, CLOSED
from xop.runtimes.simulated.leaves import finished
from xop.runtimes.simulated.memory import Lease, Memory

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

    async def retire(self, successor: str) -> None:
        """Note durably that the log of another origin follows, from the next opening on."""
        self._lease.memory.successor = successor


def finish_succession(memory: Memory) -> None:
    """Put a log that was retired aside, and name the one that follows."""
    if not memory.successor:
        return
    for index in range(len(memory.leaves)):
        finished(memory, index, memory.origin)
    number = 1 + sum(path.startswith(f"{CLOSED}/") and path.endswith(CHECKPOINT) for path in memory.tiles)
    open_files = [path for path in memory.tiles if not path.startswith(f"{CLOSED}/")]
    for path in open_files:
        memory.tiles[f"{CLOSED}/{number}/{path}"] = memory.tiles.pop(path)
    memory.origin, memory.successor = memory.successor, ""
