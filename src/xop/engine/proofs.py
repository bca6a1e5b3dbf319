"""Proofs: that a decision is in the log, and that the log only grew, from the files that are published."""

from base64 import urlsafe_b64encode
from collections.abc import Callable

import msgspec
from msgspec import Struct

from xop.engine.head import Head, LeafState, Signed
from xop.engine.log_reading import Reading
from xop.kernel.audit.commitment import pseudonym, salt
from xop.kernel.audit.leaves import leaf_name
from xop.kernel.log.errors import LogError, TileError
from xop.kernel.log.merkle import Subtree, consistency_proof, inclusion_proof
from xop.kernel.log.proof import LogProof
from xop.kernel.log.receipt import inclusion_receipt
from xop.kernel.log.tile import TileReader
from xop.ports.errors import StorageError
from xop.ports.ledger import Stored
from xop.ports.runtime import Runtime


class Proven(Struct, frozen=True):
    """Where a decision is in the log, and the proof as far as there is one."""

    index: int
    state: LeafState
    leaf: bytes
    proof: LogProof | None = None
    """Missing until the leaf is under a checkpoint."""
    receipt: bytes | None = None
    """The same as a COSE receipt (RFC 9942)."""


class Bundle(Struct, frozen=True):
    """A decision with all that verifies it offline; what was erased or is not kept is missing."""

    leaf: str
    proof: str
    salt: str | None = None
    """By which the leaf is bound to the rest: 32 bytes in URL-safe base 64."""
    entry: str | None = None
    """The ledger entry as it is stored."""
    evidence: str | None = None
    """The values behind the decision as they are stored."""


class Proofs:
    """Makes proofs from the tiles on disk."""

    def __init__(self, runtime: Runtime, head: Head) -> None:
        self._runtime = runtime
        self._head = head
        self._reading = Reading(runtime.tiles)

    async def decision(self, name: str, seconds: float = 0, state: LeafState = "integrated") -> Proven | None:
        """Return the proof of a decision, waiting at most some seconds until it has got so far.

        None when the decision is not in the log, or its customer was erased. Raises `StorageError`.
        """
        place = await self._runtime.leaves.place(name)
        return None if place is None else await self.leaf(place.index, seconds, state)

    async def fact(self, stored: Stored, number: int, seconds: float = 0) -> Proven | None:
        """Return the proof of what the log was told of one fact of a ledger entry, by its number, as `decision` does.

        None when the log was told nothing of it. Raises `StorageError`.
        """
        first = await self._runtime.leaves.first(stored.position)
        secret = await self._runtime.keyring.secret(stored.entry.origin)
        if first is None or secret is None:
            return None
        name = pseudonym(secret, leaf_name(stored.entry, number))
        # Whatever else there is of the entry, its decision too, is within as many leaves as it has facts and one.
        page = await self._runtime.leaves.page(first, len(stored.entry.facts) + 1)
        place = next((place for place, leaf in enumerate(page) if msgspec.json.decode(leaf).get("id") == name), None)
        return None if place is None else await self.leaf(first + place, seconds)

    async def bundle(self, name: str, proven: Proven) -> Bundle | None:
        """Return a proven decision with what its leaf is bound to; None until there is a proof. Raises `StorageError`.

        It holds personal data, unlike the proof.
        """
        if proven.proof is None:
            return None
        leaf, proof = proven.leaf.decode(), proven.proof.render().decode()
        runtime = self._runtime
        place, stored = await runtime.leaves.place(name), await runtime.ledger.decided(name)
        secret = await runtime.keyring.secret(place.origin) if place is not None else None
        if place is None or stored is None or secret is None:
            return Bundle(leaf, proof)
        salted = urlsafe_b64encode(salt(secret, place.name)).decode().rstrip("=")
        entry, evidence = await runtime.ledger.body(stored.position), await runtime.evidence.body(name)
        return Bundle(leaf, proof, salted, _text(entry), _text(evidence))

    async def leaf(self, index: int, seconds: float = 0, state: LeafState = "integrated") -> Proven | None:
        """Return the proof of the leaf at an index, as `decision` does."""
        found = await self._runtime.leaves.page(index, 1)
        if not found:
            return None
        await self._ready()
        if seconds > 0:
            await self._head.reached(index, state, seconds)
        reached, signed = self._head.state(index), self._under(index)
        if signed is None:
            return Proven(index, reached, found[0])
        hashes = await self.inclusion(index, signed.checkpoint.size)
        proof = LogProof(index, hashes, signed.note)
        size, root = signed.checkpoint.size, signed.checkpoint.root
        receipt = inclusion_receipt(self._runtime.signer, index, size, hashes, root)
        return Proven(index, reached, found[0], proof, receipt)

    async def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the hashes that lead from a leaf to the root of a tree that was published."""
        return await self._over(size, lambda subtree: inclusion_proof(index, size, subtree))

    async def consistency(self, old: int, size: int) -> tuple[bytes, ...]:
        """Return the hashes that show that one published tree begins another."""
        return await self._over(size, lambda subtree: consistency_proof(old, size, subtree))

    async def _over(self, size: int, task: Callable[[Subtree], tuple[bytes, ...]]) -> tuple[bytes, ...]:
        """Return a proof made from the tree as it is published now, of which every older one is a part."""
        whole = max(size, self._head.size)
        try:
            return await self._reading.over(lambda read: task(TileReader(whole, read).subtree))
        except TileError as error:
            raise StorageError(f"the log cannot be read: {error}") from error

    async def _ready(self) -> None:
        try:
            await self._head.ready()
        except LogError as error:
            raise StorageError(f"the checkpoint of the log cannot be read: {error}") from error

    def _under(self, index: int) -> Signed | None:
        """Return the checkpoint to prove a leaf under: one that witnesses cosigned, or the latest."""
        if index < self._head.witnessed_size:
            return self._head.witnessed
        return self._head.latest if index < self._head.size else None


def _text(body: bytes | None) -> str | None:
    return body.decode() if body is not None else None
