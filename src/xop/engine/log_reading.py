"""Reading the log's files: what is pure asks for files by path, and gets those that were waited for before."""

from collections.abc import Callable
from typing import TypeVar

from xop.kernel.log.bundle import bundled, unbundled
from xop.kernel.log.growth import edge_tiles
from xop.kernel.log.merkle import HASH_SIZE
from xop.kernel.log.tile import ENTRIES, WIDTH, Read, Tile
from xop.ports.log import TileFiles

Result = TypeVar("Result")

_MOST_KEPT = 256
"""Full tiles that are kept at hand: 2 MiB."""


class _Awaited(Exception):  # noqa: N818 - no error: it says what to wait for
    """A file that was not waited for yet."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Reading:
    """Computes over the files of the log, however their store is reached; full tiles, which never change, are kept."""

    def __init__(self, tiles: TileFiles) -> None:
        self._tiles = tiles
        self._full: dict[str, bytes] = {}

    async def over(self, task: Callable[[Read], Result]) -> Result:
        """Return what a pure function makes of files; it may be called several times, each time with more at hand."""
        known: dict[str, bytes | None] = {}

        def read(path: str) -> bytes | None:
            if path in self._full:
                return self._full[path]
            if path not in known:
                raise _Awaited(path)
            return known[path]

        while True:
            try:
                return task(read)
            except _Awaited as awaited:
                known[awaited.path] = content = await self._tiles.read(awaited.path)
                if content is not None:
                    self._keep(awaited.path, content)

    async def edge(self, size: int) -> dict[str, bytes]:
        """Return the partial files at the right edge of a log: all that it needs to grow."""
        found: dict[str, bytes] = {}
        for tile in edge_tiles(size):
            content = await stored(self._tiles, tile)
            if content is not None:
                found[tile.path] = content
        return found

    def _keep(self, path: str, content: bytes) -> None:
        if ".p/" not in path:
            while len(self._full) >= _MOST_KEPT:
                del self._full[next(iter(self._full))]
            self._full[path] = content


async def stored(tiles: TileFiles, tile: Tile) -> bytes | None:
    """Return a tile or bundle; a partial one that is gone is cut from the full one it became."""
    content = await tiles.read(tile.path)
    if content is not None or tile.width == WIDTH:
        return content
    full = await tiles.read(tile.full.path)
    return None if full is None else cut(tile, full)


def cut(tile: Tile, full: bytes) -> bytes:
    """Return what a partial tile or bundle holds of the full one."""
    if tile.level == ENTRIES:
        return bundled(unbundled(full)[: tile.width])
    return full[: tile.width * HASH_SIZE]
