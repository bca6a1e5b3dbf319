"""COSE receipts (RFC 9942): the proofs of the same tree, as signed CBOR for those who speak COSE."""

from collections.abc import Sequence

from msgspec import Struct

from xop.kernel.log.cbor import Item, dumps, loads
from xop.kernel.log.errors import FormatError, ProofError
from xop.kernel.log.merkle import included_root, leaf_hash, verify_consistency
from xop.kernel.log.verifier import Signer, Verifier

_SIGN1 = 18
"""The tag of a COSE_Sign1."""
_ALGORITHM, _EDDSA = 1, -8
_CLAIMS, _ISSUER = 15, 1
_TREE, _RFC9162_SHA256 = 395, 1
_PROOFS, _INCLUSION, _CONSISTENCY = 396, -1, -2


class Receipt(Struct, frozen=True):
    """A receipt taken apart; nothing of it is verified yet."""

    issuer: str
    kind: int
    first: int
    """The tree's size in a receipt of inclusion, the older size in one of consistency."""
    second: int
    """The leaf's index in a receipt of inclusion, the size in one of consistency."""
    path: tuple[bytes, ...]
    protected: bytes
    signature: bytes


def inclusion_receipt(signer: Signer, index: int, size: int, path: Sequence[bytes], root: bytes) -> bytes:
    """Return the receipt that the leaf at `index` is in the log's tree of a size and root."""
    return _receipt(signer, _INCLUSION, (size, index), path, root)


def consistency_receipt(signer: Signer, old: int, size: int, path: Sequence[bytes], root: bytes) -> bytes:
    """Return the receipt that the log's tree of a size and root begins with that of `old` leaves."""
    return _receipt(signer, _CONSISTENCY, (old, size), path, root)


def verify_inclusion_receipt(data: bytes, leaf: bytes, log: Verifier) -> tuple[int, int]:
    """Return the index of a leaf and the size of the tree; `ProofError` unless the log signed a root over the leaf.

    RFC 9942 signs the root alone: where hashes lead to it from another index or size as well, the two numbers are not
    proven. A `LogProof` proves them too, since a checkpoint signs its size.
    """
    receipt = _parsed(data, _INCLUSION)
    root = included_root(receipt.second, receipt.first, leaf_hash(leaf), receipt.path)
    _check_signature(receipt, root, log)
    return receipt.second, receipt.first


def verify_consistency_receipt(data: bytes, old_root: bytes, root: bytes, log: Verifier) -> tuple[int, int]:
    """Return the older and the newer size; `ProofError` unless the receipt proves the one begins the other."""
    receipt = _parsed(data, _CONSISTENCY)
    verify_consistency(receipt.first, receipt.second, old_root, root, receipt.path)
    _check_signature(receipt, root, log)
    return receipt.first, receipt.second


def _receipt(signer: Signer, kind: int, numbers: tuple[int, int], path: Sequence[bytes], root: bytes) -> bytes:
    claims: Item = {_ISSUER: f"https://{signer.name}"}
    protected = dumps({_ALGORITHM: _EDDSA, _CLAIMS: claims, _TREE: _RFC9162_SHA256})
    proof = dumps([*numbers, list[Item](path)])
    signature = signer.sign(_signed(protected, root))
    return dumps([protected, {_PROOFS: {kind: [proof]}}, None, signature], tag=_SIGN1)


def _signed(protected: bytes, root: bytes) -> bytes:
    return dumps(["Signature1", protected, b"", root])


def _check_signature(receipt: Receipt, root: bytes, log: Verifier) -> None:
    if receipt.issuer != f"https://{log.name}":
        raise ProofError(f"the receipt is of {receipt.issuer!r}, not of the log {log.name!r}")
    if not log.signed(_signed(receipt.protected, root), receipt.signature):
        raise ProofError(f"the receipt is not signed by {log.vkey} over the root that its proof leads to")


def _parsed(data: bytes, kind: int) -> Receipt:
    match loads(data, tag=_SIGN1):
        case [bytes(protected), {396: dict(proofs), **others}, None, bytes(signature)] if not others:
            first, second, path = _proof(proofs, kind)
            return Receipt(_issuer(protected), kind, first, second, path, protected, signature)
    raise FormatError("the receipt is not a COSE_Sign1 with a detached payload and proofs under 396")


def _issuer(protected: bytes) -> str:
    match loads(protected):
        case {1: -8, 395: 1, 15: {1: str(issuer), **more}, **others} if not others and not more:
            return issuer
    raise FormatError("the receipt's protected header is not EdDSA over an RFC9162_SHA256 tree by a named issuer")


def _proof(proofs: dict[int, Item], kind: int) -> tuple[int, int, tuple[bytes, ...]]:
    match proofs.get(kind):
        case [bytes(proof)] if len(proofs) == 1:
            match loads(proof):
                case [int(first), int(second), list(path)] if all(isinstance(each, bytes) for each in path):
                    return first, second, tuple(each for each in path if isinstance(each, bytes))
    raise FormatError("the receipt does not hold one proof of the kind asked for")
