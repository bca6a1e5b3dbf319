"""COSE receipts (RFC 9942): proofs of inclusion in the same tree, as signed CBOR for those who speak COSE."""

from collections.abc import Sequence

from msgspec import Struct

from xop.kernel.log.cbor import Item, dumps, loads
from xop.kernel.log.errors import FormatError, ProofError
from xop.kernel.log.merkle import included_root, leaf_hash
from xop.kernel.log.verifier import Signer, Verifier

_SIGN1 = 18
"""The tag of a COSE_Sign1."""
_ALGORITHM, _EDDSA = 1, -8
_CLAIMS, _ISSUER = 15, 1
_TREE, _RFC9162_SHA256 = 395, 1
_PROOFS, _INCLUSION = 396, -1


class Receipt(Struct, frozen=True):
    """A receipt taken apart; nothing of it is verified yet."""

    issuer: str
    size: int
    index: int
    path: tuple[bytes, ...]
    protected: bytes
    signature: bytes


def inclusion_receipt(signer: Signer, index: int, size: int, path: Sequence[bytes], root: bytes) -> bytes:
    """Return the receipt that the leaf at `index` is in the log's tree of a size and root."""
    claims: Item = {_ISSUER: f"https://{signer.name}"}
    protected = dumps({_ALGORITHM: _EDDSA, _CLAIMS: claims, _TREE: _RFC9162_SHA256})
    proof = dumps([size, index, list[Item](path)])
    signature = signer.sign(_signed(protected, root))
    return dumps([protected, {_PROOFS: {_INCLUSION: [proof]}}, None, signature], tag=_SIGN1)


def verify_inclusion_receipt(data: bytes, leaf: bytes, log: Verifier) -> tuple[int, int]:
    """Return the index of a leaf and the size of the tree; `ProofError` unless the log signed a root over the leaf.

    RFC 9942 signs the root alone: where hashes lead to it from another index or size as well, the two numbers are not
    proven. A `LogProof` proves them too, since a checkpoint signs its size.
    """
    receipt = _parsed(data)
    root = included_root(receipt.index, receipt.size, leaf_hash(leaf), receipt.path)
    _check_signature(receipt, root, log)
    return receipt.index, receipt.size


def _signed(protected: bytes, root: bytes) -> bytes:
    return dumps(["Signature1", protected, b"", root])


def _check_signature(receipt: Receipt, root: bytes, log: Verifier) -> None:
    if receipt.issuer != f"https://{log.name}":
        raise ProofError(f"the receipt is of {receipt.issuer!r}, not of the log {log.name!r}")
    if not log.signed(_signed(receipt.protected, root), receipt.signature):
        raise ProofError(f"the receipt is not signed by {log.vkey} over the root that its proof leads to")


def _parsed(data: bytes) -> Receipt:
    match loads(data, tag=_SIGN1):
        case [bytes(protected), {396: dict(proofs), **others}, None, bytes(signature)] if not others:
            size, index, path = _proof(proofs)
            return Receipt(_issuer(protected), size, index, path, protected, signature)
    raise FormatError("the receipt is not a COSE_Sign1 with a detached payload and proofs under 396")


def _issuer(protected: bytes) -> str:
    match loads(protected):
        case {1: -8, 395: 1, 15: {1: str(issuer), **more}, **others} if not others and not more:
            return issuer
    raise FormatError("the receipt's protected header is not EdDSA over an RFC9162_SHA256 tree by a named issuer")


def _proof(proofs: dict[int, Item]) -> tuple[int, int, tuple[bytes, ...]]:
    match proofs.get(_INCLUSION):
        case [bytes(proof)] if len(proofs) == 1:
            match loads(proof):
                case [int(size), int(index), list(path)] if all(isinstance(each, bytes) for each in path):
                    return size, index, tuple(each for each in path if isinstance(each, bytes))
    raise FormatError("the receipt does not hold one proof of inclusion")
