"""Tiles and bundles: their names, which of them a growing log writes, and the tree read from them.

The paths and the widths of a log of 70,000 leaves are the examples of C2SP tlog-tiles.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.logbook import Logbook, leaves_of, nowhere
from xop.kernel.log.bundle import bundled, unbundled
from xop.kernel.log.errors import FormatError, ProofError, TileError
from xop.kernel.log.growth import edge_tiles, grow
from xop.kernel.log.merkle import Frontier, leaf_hash, verify_consistency, verify_inclusion
from xop.kernel.log.tile import (
    ENTRIES,
    Tile,
    TileReader,
    files_of,
    parse_tile,
    tile_at,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 1234067, 1), "tile/1/x001/x234/067.p/1"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(63, 1000), "tile/63/x001/000"),
    ],
)
def test_a_tile_has_one_path_and_a_path_one_tile(tile, path):
    assert tile.path == path
    assert parse_tile(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "checkpoint",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/00/001",
        "tile/64/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001/",
        "tile/0/../0/001",
        "tile/data/001",
        "/tile/0/001",
        "tile/0/\N{ARABIC-INDIC DIGIT ONE}01",
        "tile/0/001\n",
        f"tile/0/{'x001/' * 6}001",
    ],
)
def test_any_other_path_names_no_tile(path):
    with pytest.raises(FormatError, match="is not the path"):
        parse_tile(path)


def test_a_log_of_70000_leaves_has_the_tiles_of_the_specification():
    tiles = [tile for tile in files_of(70_000) if tile.level >= 0]
    by_level = {level: [tile.width for tile in tiles if tile.level == level] for level in (0, 1, 2)}
    assert by_level == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert len(tiles) == 274 + 2 + 1


def test_a_log_of_256_leaves_has_a_full_tile_and_one_hash_above_it():
    assert [tile.path for tile in files_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert list(files_of(0)) == []


@settings(max_examples=25)
@given(st.lists(st.sampled_from([0, 1, 2, 3, 100, 255, 256, 257, 511, 700]), max_size=5))
def test_a_log_that_grew_in_steps_has_the_tree_and_tiles_of_one_that_grew_at_once(steps):
    files: dict[str, bytes] = {}
    grown = Frontier()
    for step in steps:
        growth = grow(grown, leaves_of(step, grown.size), files.get)
        before = set(files_of(grown.size))
        assert list(growth.files) == [tile.path for tile in files_of(growth.size) if tile not in before]
        files.update(growth.files)
        grown = growth.frontier
    at_once = grow(Frontier(), leaves_of(sum(steps)), nowhere)
    assert at_once.frontier == grown
    assert at_once.files.items() <= files.items()
    reader = TileReader(grown.size, at_once.files.get)
    assert reader.root() == grown.root
    assert reader.frontier() == grown


def test_a_log_grows_from_the_few_files_of_its_right_edge():
    files = grow(Frontier(), leaves_of(65_800), nowhere).files
    edge = {tile.path: files[tile.path] for tile in edge_tiles(65_800)}
    assert sorted(edge) == ["tile/0/257.p/8", "tile/1/001.p/1", "tile/2/000.p/1", "tile/entries/257.p/8"]
    old = TileReader(65_800, files.get).frontier()
    grown = grow(old, leaves_of(300, 65_800), edge.get)
    assert grown.frontier == grow(Frontier(), leaves_of(66_100), nowhere).frontier
    assert edge_tiles(0) == ()
    assert edge_tiles(256**3) == (Tile(3, 0, 1),)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 513, 1000])
def test_proofs_read_from_tiles_verify(tmp_path, size):
    book = Logbook(tmp_path)
    book.add(leaves_of(size))
    root, leaves = book.frontier.root, leaves_of(size)
    for index in {0, size // 2, size - 1}:
        verify_inclusion(index, size, leaf_hash(leaves[index]), book.reader.inclusion_proof(index), root)
    for old in {0, 1, size // 2, size - 1, size}:
        before = Frontier().extended(map(leaf_hash, leaves[:old])).root
        verify_consistency(old, size, before, root, book.reader.consistency_proof(old))


def test_a_full_tile_serves_where_the_partial_one_is_gone():
    before = grow(Frontier(), leaves_of(300), nowhere)
    after = grow(before.frontier, leaves_of(212, 300), before.files.get)
    files = {**before.files, **after.files}
    del files["tile/0/001.p/44"]
    assert TileReader(300, files.get).root() == before.root


def test_a_missing_or_cut_tile_is_named():
    files = grow(Frontier(), leaves_of(300), nowhere).files
    del files["tile/0/001.p/44"]
    with pytest.raises(TileError, match=r"tile/0/001\.p/44 is missing") as missing:
        TileReader(300, files.get).root()
    assert missing.value.path == "tile/0/001.p/44"
    files["tile/0/001"] = bytes(8191)
    with pytest.raises(TileError, match="tile/0/001 has 8191 bytes, not 8192"):
        TileReader(300, files.get).root()


def test_a_tree_without_leaves_reads_no_tile():
    assert TileReader(0, nowhere).root() == Frontier().root
    with pytest.raises(ProofError, match="has no tile 0"):
        tile_at(0, 0, 0)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_back_its_leaves(leaves):
    assert unbundled(bundled(leaves)) == tuple(leaves)


def test_a_leaf_has_at_most_65535_bytes_and_a_bundle_256_leaves():
    assert unbundled(bundled([bytes(65_535)])) == (bytes(65_535),)
    with pytest.raises(FormatError, match="too long"):
        bundled([bytes(65_536)])
    with pytest.raises(FormatError, match="at most 256"):
        bundled([b""] * 257)
    with pytest.raises(FormatError, match="at most 256"):
        unbundled(bytes(2 * 257))


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05abc", b"\x00\x01a\x00"])
def test_a_bundle_that_ends_within_a_leaf_is_refused(data):
    with pytest.raises(FormatError, match="ends within leaf"):
        unbundled(data)


def test_a_log_cannot_grow_from_an_edge_that_is_gone():
    old = grow(Frontier(), leaves_of(3), nowhere)
    with pytest.raises(TileError, match=r"tile/entries/000\.p/3 is missing"):
        grow(old.frontier, leaves_of(1), nowhere)
    short = {**old.files, "tile/entries/000.p/3": bundled(leaves_of(2))}
    with pytest.raises(TileError, match="holds 2 leaves, not 3"):
        grow(old.frontier, leaves_of(1), short.get)
