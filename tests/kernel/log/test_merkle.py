"""The tree against known vectors, and against its own definition at every size.

`data/merkle.json` is a selection of the vectors of github.com/transparency-dev/merkle (Apache License 2.0). The leaves and
roots of the reference tree are those of certificate-transparency's merkle tests, on which those vectors are built.
"""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xop.kernel.log.errors import ProofError
from xop.kernel.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

VECTORS = json.loads(Path(__file__).with_name("data").joinpath("merkle.json").read_text())
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Tree:
    """A tree by the letter of RFC 6962: whole subtrees hashed anew each time they are asked for."""

    def __init__(self, size: int) -> None:
        self.hashes = [leaf_hash(b"leaf %d" % place) for place in range(size)]

    def root(self, start: int, end: int) -> bytes:
        if end - start <= 1:
            return self.hashes[start] if start < end else sha256(b"").digest()
        half = 1
        while half * 2 < end - start:
            half *= 2
        return node_hash(self.root(start, start + half), self.root(start + half, end))

    def subtree(self, level: int, index: int) -> bytes:
        assert (index + 1) << level <= len(self.hashes)
        return self.root(index << level, (index + 1) << level)


def hashes(texts: list[str] | None) -> list[bytes]:
    return [b64decode(text) for text in texts or []]


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda vector: vector["file"])
def test_known_proofs_of_inclusion_are_judged_as_others_judge_them(vector):
    leaf, root = hashes([vector["leafHash"], vector["root"]])
    arguments = (vector["leafIdx"], vector["treeSize"], leaf, hashes(vector["proof"]), root)
    if vector["wantErr"]:
        with pytest.raises(ProofError):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda vector: vector["file"])
def test_known_proofs_of_consistency_are_judged_as_others_judge_them(vector):
    roots = hashes([vector["root1"], vector["root2"]])
    arguments = (vector["size1"], vector["size2"], *roots, hashes(vector["proof"]))
    if vector["wantErr"]:
        with pytest.raises(ProofError):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_the_reference_tree_has_the_reference_roots():
    grown = Frontier()
    assert grown.root == EMPTY_ROOT == sha256(b"").digest()
    for leaf, root in zip(REFERENCE_LEAVES, REFERENCE_ROOTS, strict=True):
        grown = grown.extended([leaf_hash(leaf)])
        assert grown.root.hex() == root


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_tree_grown_in_two_steps_is_the_tree_grown_in_one(first, second):
    tree = Tree(first + second)
    grown = Frontier().extended(tree.hashes[:first]).extended(tree.hashes[first:])
    assert grown == Frontier().extended(tree.hashes) == frontier(first + second, tree.subtree)
    assert grown.root == tree.root(0, first + second)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 31, 64, 65])
def test_every_proof_of_inclusion_of_a_tree_verifies_and_no_other_leaf_does(size):
    tree = Tree(size)
    root = tree.root(0, size)
    for index in range(size):
        proof = inclusion_proof(index, size, tree.subtree)
        verify_inclusion(index, size, tree.hashes[index], proof, root)
        for other in range(size):
            if other != index:
                with pytest.raises(ProofError):
                    verify_inclusion(other, size, tree.hashes[index], proof, root)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 13, 31, 64, 65])
def test_every_proof_of_consistency_of_a_tree_verifies(size):
    tree = Tree(size)
    for old in range(size + 1):
        proof = consistency_proof(old, size, tree.subtree)
        verify_consistency(old, size, tree.root(0, old), tree.root(0, size), proof)


@given(st.data(), st.integers(1, 3000))
def test_a_flipped_bit_of_a_proof_of_inclusion_is_noticed(data, size):
    tree = Tree(size)
    index = data.draw(st.integers(0, size - 1))
    parts = [tree.hashes[index], tree.root(0, size), *inclusion_proof(index, size, tree.subtree)]
    leaf, root, *proof = parts
    verify_inclusion(index, size, leaf, proof, root)
    leaf, root, *proof = flipped(data, parts)
    with pytest.raises(ProofError):
        verify_inclusion(index, size, leaf, proof, root)


@given(st.data(), st.integers(1, 3000))
def test_a_flipped_bit_of_a_proof_of_consistency_is_noticed(data, size):
    tree = Tree(size)
    old = data.draw(st.integers(0, size))
    parts = [tree.root(0, old), tree.root(0, size), *consistency_proof(old, size, tree.subtree)]
    before, after, *proof = parts
    verify_consistency(old, size, before, after, proof)
    if old == 0:
        # Nothing is said of the newer root by the tree without leaves: every tree begins with it.
        before = flipped(data, [before])[0]
    else:
        before, after, *proof = flipped(data, parts)
    with pytest.raises(ProofError):
        verify_consistency(old, size, before, after, proof)


def flipped(data: st.DataObject, parts: list[bytes]) -> list[bytes]:
    """Return the hashes with one bit of one of them changed."""
    part, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    number = int.from_bytes(parts[part], "big") ^ 1 << bit
    return [*parts[:part], number.to_bytes(32, "big"), *parts[part + 1 :]]


@given(st.integers(1, 200), st.data())
def test_a_proof_with_a_hash_more_or_less_is_refused(size, data):
    tree = Tree(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, tree.subtree)
    root, leaf = tree.root(0, size), tree.hashes[index]
    with pytest.raises(ProofError, match="too many"):
        verify_inclusion(index, size, leaf, [*proof, root], root)
    if proof:
        with pytest.raises(ProofError):
            verify_inclusion(index, size, leaf, proof[:-1], root)


@pytest.mark.parametrize(
    ("index", "size"),
    [(0, 0), (-1, 4), (4, 4)],
)
def test_a_leaf_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(ProofError, match="has no leaf"):
        inclusion_proof(index, size, Tree(size).subtree)
    with pytest.raises(ProofError, match="has no leaf"):
        verify_inclusion(index, size, EMPTY_ROOT, [], EMPTY_ROOT)


def test_an_older_tree_is_never_the_larger_one():
    with pytest.raises(ProofError, match="never had 5"):
        consistency_proof(5, 4, Tree(4).subtree)
    with pytest.raises(ProofError, match="never had 5"):
        verify_consistency(5, 4, EMPTY_ROOT, EMPTY_ROOT, [])


def test_trees_of_the_same_size_and_the_empty_tree_need_no_hashes():
    root = Tree(4).root(0, 4)
    verify_consistency(4, 4, root, root, [])
    verify_consistency(0, 4, EMPTY_ROOT, root, [])
    for old, before in ((4, root), (0, EMPTY_ROOT)):
        with pytest.raises(ProofError, match="must be empty"):
            verify_consistency(old, 4, before, root, [root])


def test_a_hash_has_32_bytes():
    root = Tree(2).root(0, 2)
    for proof, leaf in (([root[:31]], root), ([root], root + b"x")):
        with pytest.raises(ProofError, match="not 32 bytes"):
            verify_inclusion(0, 2, leaf, proof, root)
    with pytest.raises(ProofError, match="not 32 bytes"):
        verify_consistency(1, 1, root[:12], root[:12], [])


def test_a_right_edge_has_one_hash_for_each_complete_subtree():
    with pytest.raises(ProofError, match="3 leaves does not have 1"):
        Frontier(3, (EMPTY_ROOT,))
