"""Exports of decisions: all that verifies one offline, exactly as it was committed."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from xop.engine.log import DecisionLog
from xop.engine.proofs import Bundle
from xop.kernel.log.trust import render_trust
from xop.ports.runtime import Runtime

FORMAT = "xop.bundle/1"

Parts = Callable[[Mapping[str, bytes]], Sequence[tuple[str, bytes]]]
"""Gives the names and contents that the digest of a release is made over, in their order."""


class ReleaseFile(Struct, frozen=True):
    """One file of a release."""

    name: str
    """As the digest names it."""
    content: str
    """In base 64."""


class ReleaseCopy(Struct, frozen=True):
    """The release that ruled, with the files that its digest is made over: what is needed to decide again."""

    digest: str
    files: tuple[ReleaseFile, ...]


class DecisionExport(Struct, frozen=True):
    """A decision with all that verifies it offline."""

    format: str
    decision: str
    origin: str
    """What the log is called."""
    key: str
    """The log's public key; whoever verifies must have it from elsewhere."""
    policy: str
    """The trust policy as the log's owner gives it; whoever verifies must have theirs from elsewhere."""
    index: int
    leaf: str
    """The bytes that are in the log."""
    proof: str
    """A proof file (C2SP tlog-proof)."""
    receipt: str | None
    """The same as a COSE receipt (RFC 9942), in base 64."""
    salt: str | None
    entry: str | None
    evidence: str | None
    erased: tuple[str, ...]
    """What the leaf committed to and is no longer kept."""
    release: ReleaseCopy


class Exporter:
    """Makes exports of decisions."""

    def __init__(self, runtime: Runtime, log: DecisionLog) -> None:
        self._runtime = runtime
        self._log = log

    async def place(self, decision: str) -> int | None:
        """Return a decision's index in the log; None when it is not there, or its customer was erased."""
        found = await self._runtime.leaves.place(decision)
        return None if found is None else found.index

    async def logged(self, index: int) -> bool:
        """Say whether the leaf of a decision, and not of anything else, is at an index."""
        found = await self._runtime.leaves.page(index, 1)
        return bool(found) and msgspec.json.decode(found[0])["type"] == "decision"

    async def export(self, decision: str, index: int, parts: Parts, seconds: float = 0) -> DecisionExport | None:
        """Return the export of a decision whose leaf is at an index; None while no checkpoint covers the leaf.

        Of an erased decision there is the leaf with its proof, and nothing that it is bound to. `parts` gives what the
        digest of a release is made over. Raises `StorageError`.
        """
        proofs = self._log.proofs
        proven = await proofs.leaf(index, seconds)
        if proven is None:
            return None
        bundle = await proofs.bundle(decision, proven)
        if bundle is None:
            return None
        leaf: dict[str, Any] = msgspec.json.decode(proven.leaf)
        return DecisionExport(
            format=FORMAT,
            decision=decision,
            origin=self._runtime.origin,
            key=self._log.head.verifier.vkey,
            policy=render_trust(self._log.head.trust).decode(),
            index=index,
            leaf=bundle.leaf,
            proof=bundle.proof,
            receipt=b64encode(proven.receipt).decode() if proven.receipt is not None else None,
            salt=bundle.salt,
            entry=bundle.entry,
            evidence=bundle.evidence,
            erased=_erased(leaf, bundle),
            release=_copy(leaf["release"], await self._runtime.releases.files(leaf["release"]), parts),
        )


def _erased(leaf: dict[str, Any], bundle: Bundle) -> tuple[str, ...]:
    there = {"entry": bundle.entry, "evidence": bundle.evidence}
    return tuple(name for name in sorted(leaf.get("commit", {})) if there.get(name) is None)


def _copy(digest: str, files: Mapping[str, bytes] | None, parts: Parts) -> ReleaseCopy:
    told = (ReleaseFile(name, b64encode(content).decode()) for name, content in parts(files or {}))
    return ReleaseCopy(digest, tuple(told) if files is not None else ())
