"""Logs of every awkward size, verified by our own tree, by the standalone verifier and by Go's golang.org/x/mod/sumdb."""

from base64 import b64decode

import pytest

from tests.kit.logbook import Logbook, leaves_of
from tests.kit.sumdb import FETCHING, SumdbError, sumdb
from xop.kernel.log.checkpoint import open_checkpoint
from xop.kernel.log.merkle import Frontier, leaf_hash, verify_consistency, verify_inclusion
from xop.kernel.log.verifier import parse_vkey
from xop.standalone import verify_log

SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000]
"""Around one leaf, one tile, two tiles, a second and a third level."""
LEAVES = leaves_of(SIZES[-1])
EDGES = (0, 1, 2, 254, 255, 256, 511, 65_279, 65_535, 65_536)


@pytest.fixture(params=SIZES)
def book(request, tmp_path):
    """A log that grew to its size in three steps."""
    book, size = Logbook(tmp_path / "log"), request.param
    for step in (size // 3, size // 3, size - 2 * (size // 3)):
        book.add(LEAVES[book.frontier.size : book.frontier.size + step])
    return book


def test_a_log_verifies_with_our_own_tree(book):
    size, root = book.frontier.size, book.frontier.root
    checkpoint = open_checkpoint(book.checkpoint, parse_vkey(book.vkey))
    assert (checkpoint.size, checkpoint.root) == (size, root)
    assert book.reader.root() == root == Frontier().extended(map(leaf_hash, LEAVES[:size])).root
    for index in indexes(size):
        verify_inclusion(index, size, leaf_hash(LEAVES[index]), book.reader.inclusion_proof(index), root)
    for old in (0, size // 2, size):
        before = Frontier().extended(map(leaf_hash, LEAVES[:old])).root
        verify_consistency(old, size, before, root, book.reader.consistency_proof(old))


def test_a_log_verifies_with_the_standalone_verifier(book, tmp_path, capsys):
    older = Logbook(tmp_path / "older")
    older.add(LEAVES[: book.frontier.size // 2])
    kept = older.folder / "checkpoint"
    assert verify_log.main(["log", str(book.folder), "--vkey", book.vkey, "--older", str(kept)]) == 0
    for index in indexes(book.frontier.size):
        proof, leaf = tmp_path / "a.tlog-proof", tmp_path / "leaf"
        proof.write_bytes(book.proof(index).render())
        leaf.write_bytes(LEAVES[index])
        assert verify_log.main(["proof", str(proof), "--leaf", str(leaf), "--vkey", book.vkey]) == 0
    assert "BAD" not in capsys.readouterr().out


@pytest.mark.timeout(FETCHING)
def test_a_log_verifies_with_go_and_has_the_proofs_that_go_makes(book):
    size = book.frontier.size
    older = sorted({1, size // 2, size - 1, size} & set(range(1, size + 1)))
    answer = sumdb(book.folder, book.vkey, *older)
    assert (answer["origin"], answer["size"]) == (book.signer.name, size)
    assert set(answer["records"]) == {str(index) for index in indexes(size)}
    for index, proof in answer["records"].items():
        assert book.reader.inclusion_proof(int(index)) == decoded(proof)
    for old, (root, *proof) in answer["trees"].items():
        assert book.reader.consistency_proof(int(old)) == decoded(proof)
        assert Frontier().extended(map(leaf_hash, LEAVES[: int(old)])).root == b64decode(root)


@pytest.mark.timeout(FETCHING)
@pytest.mark.parametrize("path", ["checkpoint", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"])
def test_go_refuses_a_changed_log(tmp_path, path):
    book = Logbook(tmp_path / "log")
    book.add(LEAVES[:300])
    content = bytearray((book.folder / path).read_bytes())
    content[20] ^= 1
    (book.folder / path).write_bytes(content)
    with pytest.raises(SumdbError):
        sumdb(book.folder, book.vkey)


def indexes(size: int) -> list[int]:
    """Return the places of leaves to look at: both ends, the middle, and the edges of tiles."""
    return sorted({place for place in (*EDGES, size // 2, size - 2, size - 1) if 0 <= place < size})


def decoded(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(map(b64decode, texts))
