"""The files of the tree (C2SP tlog-tiles): up to 256 hashes of one level each, named by level and number."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from xop.kernel.log.errors import FormatError, ProofError, TileError
from xop.kernel.log.merkle import HASH_SIZE, Frontier, consistency_proof, frontier, inclusion_proof

WIDTH = 256
"""Hashes in a full tile, and leaves in a full bundle."""
HEIGHT = 8
"""Levels of the tree that one tile spans."""
ENTRIES = -1
"""The level of the bundles, which hold the leaves themselves."""

Read = Callable[[str], bytes | None]
"""Gives the bytes of a file of the log by its path; None when there is no such file."""

_TOP = 63
_GROUP = 1000
_PATH = re.compile(r"tile/(entries|\d|[1-5]\d|6[0-3])/((?:x\d{3}/){0,5})(\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
"""A log of as many leaves as there can be, 2^63, has numbers of six groups."""


class Tile(Struct, frozen=True, order=True):
    """One file: `width` hashes of a level (or leaves, at level ENTRIES), from number times 256 on."""

    level: int
    number: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not (ENTRIES <= self.level <= _TOP and self.number >= 0 and 1 <= self.width <= WIDTH):
            raise FormatError(f"there is no tile of level {self.level}, number {self.number}, width {self.width}")

    @property
    def path(self) -> str:
        """The file's path in the log: `tile/<L>/<N>[.p/<W>]`, the number in groups of three digits."""
        groups = [f"{self.number % _GROUP:03}"]
        rest = self.number // _GROUP
        while rest:
            groups.append(f"x{rest % _GROUP:03}")
            rest //= _GROUP
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @property
    def full(self) -> "Tile":
        """The tile this one becomes when it is full."""
        return Tile(self.level, self.number)


def parse_tile(path: str) -> Tile:
    """Return the tile a path names; `FormatError` for any path that names none in the one right spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise FormatError(f"{path!r} is not the path of a tile or bundle")
    level, groups, last, width = match.groups()
    number = int(groups.replace("x", "").replace("/", "") + last)
    tile = Tile(ENTRIES if level == "entries" else int(level), number, int(width or WIDTH))
    if tile.path != path:
        raise FormatError(f"{path!r} is not the path of a tile or bundle")
    return tile


def files_of(size: int) -> Iterator[Tile]:
    """Yield the files of a log of a size in the order to write them: bundles, then tiles from the lowest level up."""
    levels = range((size.bit_length() - 1) // HEIGHT + 1)
    for level, hashes in ((ENTRIES, size), *((level, size >> HEIGHT * level) for level in levels)):
        for number in range(-(-hashes // WIDTH)):
            yield tile_at(level, number, size)


def tile_at(level: int, number: int, size: int) -> Tile:
    """Return a tile as it is in a tree of `size` leaves: partial when it is the last of its level."""
    hashes = size if level == ENTRIES else size >> HEIGHT * level
    width = min(WIDTH, hashes - number * WIDTH)
    if width < 1:
        raise ProofError(f"a tree of {size} leaves has no tile {number} on level {level}")
    return Tile(level, number, width)


def tile_root(hashes: bytes) -> bytes:
    """Return the root over the hashes of a tile, or of a part of one."""
    return Frontier().extended(hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)).root


class TileReader:
    """The tree of a size, read from its tiles; every tile is read once and kept.

    What it gives is only as true as the tiles: compare `root` with a signed checkpoint first.
    """

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def tile(self, level: int, number: int) -> bytes:
        """Return a tile's hashes; `TileError` names a file that is missing or has the wrong length."""
        known = self._tiles.get((level, number))
        if known is None:
            known = self._tiles[level, number] = self._fetched(tile_at(level, number, self.size))
        return known

    def subtree(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree of the tree."""
        height, inner = divmod(level, HEIGHT)
        number, place = divmod(index << inner, WIDTH)
        hashes = self.tile(height, number)[place * HASH_SIZE : (place + (1 << inner)) * HASH_SIZE]
        if len(hashes) != HASH_SIZE << inner:
            raise ProofError(f"a tree of {self.size} leaves has no complete subtree {index} on level {level}")
        return tile_root(hashes)

    def frontier(self) -> Frontier:
        """Return the right edge of the tree."""
        return frontier(self.size, self.subtree)

    def root(self) -> bytes:
        """Return the root of the tree."""
        return self.frontier().root

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        """Return the proof that the leaf at `index` is in the tree."""
        return inclusion_proof(index, self.size, self.subtree)

    def consistency_proof(self, old: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of `old` leaves is the beginning of this one."""
        return consistency_proof(old, self.size, self.subtree)

    def _fetched(self, tile: Tile) -> bytes:
        found, data = tile, self._read(tile.path)
        if data is None:
            # A log may drop a partial tile once the full one is there.
            found, data = tile.full, self._read(tile.full.path)
        if data is None:
            raise TileError(tile.path, "is missing: the tree cannot be read without it")
        if len(data) != found.width * HASH_SIZE:
            raise TileError(found.path, f"has {len(data)} bytes, not {found.width * HASH_SIZE}")
        return data[: tile.width * HASH_SIZE]
