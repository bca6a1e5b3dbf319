"""The Merkle tree of RFC 6962, section 2.1: hashes, roots, and proofs of inclusion and of consistency."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from xop.kernel.log.errors import ProofError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""

Subtree = Callable[[int, int], bytes]
"""Gives the hash of a complete subtree: `(level, index)` covers the leaves from `index << level`, `1 << level` of them."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over the hashes of its two halves."""
    return sha256(b"\x01" + left + right).digest()


class Frontier(Struct, frozen=True):
    """The right edge of a tree: all that is needed to grow it and to know its root.

    `hashes` are those of its largest complete subtrees, from left to right: one for every bit set in `size`.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ProofError(f"a tree of {self.size} leaves does not have {len(self.hashes)} hashes on its right edge")

    def extended(self, leaf_hashes: Iterable[bytes]) -> "Frontier":
        """Return the right edge after some more leaves."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaf_hashes:
            node, rest = leaf, size
            while rest & 1:
                node, rest = node_hash(hashes.pop(), node), rest >> 1
            hashes.append(node)
            size += 1
        return Frontier(size, tuple(hashes))

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def frontier(size: int, subtree: Subtree) -> Frontier:
    """Return the right edge of a tree of which the complete subtrees are known."""
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return Frontier(size, tuple(subtree(level, (size >> level) - 1) for level in levels))


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the hashes that lead from a leaf to the root, the leaf's neighbour first."""
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    start, end, proof = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_span(middle, end, subtree))
            end = middle
        else:
            proof.append(_span(start, middle, subtree))
            start = middle
    return tuple(reversed(proof))


def consistency_proof(old: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the hashes that show that the first `old` leaves of a tree are those of an older one; none for 0."""
    if not 0 <= old <= size:
        raise ProofError(f"a tree of {size} leaves never had {old}")
    if old == 0:
        return ()
    start, end, proof = 0, size, []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_span(middle, end, subtree))
            end = middle
        else:
            proof.append(_span(start, middle, subtree))
            start = middle
    if start:
        proof.append(_span(start, end, subtree))
    return tuple(reversed(proof))


def included_root(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that a proof of inclusion leads to from the hash of a leaf (RFC 9162, section 2.1.3.2)."""
    _check_hashes((leaf, *proof))
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    root = leaf
    for sibling, left in _climb(index, size - 1, proof, f"of leaf {index} in {size}"):
        root = node_hash(sibling, root) if left else node_hash(root, sibling)
    return root


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `ProofError` unless the leaf with that hash stands at `index` of the tree of that size and root."""
    if included_root(index, size, leaf, proof) != root:
        raise ProofError(f"the proof does not lead from this leaf, at {index}, to the root of the {size} leaves")


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Raise `ProofError` unless a tree begins with the leaves of an older one (RFC 9162, section 2.1.4.2).

    The tree without leaves is the beginning of every tree: its proof is empty and its root is `EMPTY_ROOT`.
    """
    _check_hashes((old_root, root, *proof))
    if not 0 <= old <= size:
        raise ProofError(f"a tree of {size} leaves never had {old}")
    if old in {0, size}:
        _verify_without_hashes(old, size, old_root, root, proof)
        return
    what = f"from {old} to {size} leaves"
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise ProofError(f"the proof {what} has too few hashes")
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling, left in _climb(place, last, path[1:], what):
        before = node_hash(sibling, before) if left else before
        after = node_hash(sibling, after) if left else node_hash(after, sibling)
    if before != old_root:
        raise ProofError(f"the proof does not lead to the root of the older {old} leaves")
    if after != root:
        raise ProofError(f"the proof does not lead to the root of the {size} leaves")


def _verify_without_hashes(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Judge the two cases in which there is nothing to hash: an empty older tree, and one of the same size."""
    if proof:
        raise ProofError(f"the proof from {old} to {size} leaves must be empty, and has {len(proof)} hashes")
    if old == size and old_root != root:
        raise ProofError(f"two trees of {size} leaves have different roots")
    if old == 0 and old_root != EMPTY_ROOT:
        raise ProofError("the older root is not that of a tree without leaves")


def _climb(place: int, last: int, siblings: Sequence[bytes], what: str) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a proof with whether it stands to the left, on the way from a node to the root."""
    for sibling in siblings:
        if last == 0:
            raise ProofError(f"the proof {what} has too many hashes")
        left = bool(place & 1) or place == last
        yield sibling, left
        while left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError(f"the proof {what} has too few hashes")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(each) != HASH_SIZE for each in hashes):
        raise ProofError(f"a hash of the tree is not {HASH_SIZE} bytes long")


def _split(count: int) -> int:
    """Return how many leaves are in the left half of a tree: the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _span(start: int, end: int, subtree: Subtree) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _split(count)
    return node_hash(_span(start, middle, subtree), _span(middle, end, subtree))
