"""How a log grows: the files that new leaves add, from the last partial files and the leaves alone."""

from collections.abc import Sequence

from msgspec import Struct

from xop.kernel.log.bundle import bundled, unbundled
from xop.kernel.log.errors import TileError
from xop.kernel.log.merkle import HASH_SIZE, Frontier, leaf_hash
from xop.kernel.log.tile import ENTRIES, HEIGHT, WIDTH, Read, Tile, TileReader, tile_at, tile_root


class Growth(Struct, frozen=True):
    """A log with more leaves: its new right edge and the files to write before a checkpoint names the new size.

    `files` are in the order to write them: bundles first, then tiles from the lowest level up.
    """

    frontier: Frontier
    files: dict[str, bytes]

    @property
    def size(self) -> int:
        """How many leaves the log has now."""
        return self.frontier.size

    @property
    def root(self) -> bytes:
        """The root of the tree now."""
        return self.frontier.root


def grow(old: Frontier, leaves: Sequence[bytes], read: Read) -> Growth:
    """Return what adding leaves to a log gives; `read` gives its last partial files (full ones do as well)."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    files = _bundle_files(old.size, leaves, read)
    files.update(_tile_files(old.size, hashes, read))
    return Growth(old.extended(hashes), files)


def edge_tiles(size: int) -> tuple[Tile, ...]:
    """Return the partial files of a log of a size: those that `grow` reads, for a caller that must fetch them first."""
    levels = range((size.bit_length() - 1) // HEIGHT + 1)
    counts = {ENTRIES: size, **{level: size >> HEIGHT * level for level in levels}}
    return tuple(Tile(level, *divmod(count, WIDTH)) for level, count in counts.items() if count % WIDTH)


def _bundle_files(old: int, leaves: Sequence[bytes], read: Read) -> dict[str, bytes]:
    row = [*_last_leaves(old, read), *leaves] if leaves else []
    first = old // WIDTH
    parts = {first + at // WIDTH: row[at : at + WIDTH] for at in range(0, len(row), WIDTH)}
    return {Tile(ENTRIES, number, len(part)).path: bundled(part) for number, part in parts.items()}


def _last_leaves(size: int, read: Read) -> tuple[bytes, ...]:
    width = size % WIDTH
    if not width:
        return ()
    tile = tile_at(ENTRIES, size // WIDTH, size)
    data = read(tile.path)
    if data is None:
        data = read(tile.full.path)
    if data is None:
        raise TileError(tile.path, "is missing: the log cannot grow without it")
    leaves = unbundled(data)[:width]
    if len(leaves) != width:
        raise TileError(tile.path, f"holds {len(leaves)} leaves, not {width}")
    return leaves


def _tile_files(old: int, hashes: Sequence[bytes], read: Read) -> dict[str, bytes]:
    reader, files = TileReader(old, read), dict[str, bytes]()
    level, fresh = 0, b"".join(hashes)
    while fresh:
        number, width = divmod(old >> HEIGHT * level, WIDTH)
        row = (reader.tile(level, number) if width else b"") + fresh
        parents: list[bytes] = []
        for at in range(0, len(row), WIDTH * HASH_SIZE):
            part = row[at : at + WIDTH * HASH_SIZE]
            files[Tile(level, number, len(part) // HASH_SIZE).path] = part
            number += 1
            if len(part) == WIDTH * HASH_SIZE:
                parents.append(tile_root(part))
        level, fresh = level + 1, b"".join(parents)
    return files
