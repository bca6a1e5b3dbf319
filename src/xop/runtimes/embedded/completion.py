"""Completing the leaves of a batch: what hangs on the secrets of parts, over exactly the bytes that are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from xop.kernel.audit.leaf import completed, subject_of
from xop.kernel.halts.model import PLATFORM
from xop.kernel.log.bundle import LONGEST_LEAF
from xop.ports.batch import Batch
from xop.ports.errors import StorageError
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.parts import Place
from xop.runtimes.embedded.vault import Vault


@dataclass(slots=True)
class Completed:
    """The leaves of a batch in their order, and where those of its entries are among all leaves."""

    leaves: list[bytes] = field(default_factory=list)
    places: dict[int, tuple[int, str | None]] = field(default_factory=dict)
    """The number of an entry's leaf, and its name where that is not the decision's own, by place in the batch.

    Of an entry with a decision the leaf is the decision's, of another its first.
    """


class Completion:
    """Completes leaves for the log of one origin."""

    def __init__(self, vault: Vault, index: Index, origin: str, evidence: Callable[[str], bytes | None]) -> None:
        """Take what finds evidence of earlier batches."""
        self._vault = vault
        self._index = index
        self._origin = origin
        self._evidence = evidence

    def of(
        self, batch: Batch, places: Mapping[str, Place], entries: Sequence[bytes], evidence: Mapping[str, bytes]
    ) -> Completed:
        """Return the leaves of a batch, given the bytes of its entries and of its evidence by decision."""
        found = Completed()
        for number, intent in enumerate(batch.leaves, self._index.leaves + 1):
            entry, leaf = batch.entries[intent.entry], intent.leaf
            opened = self._vault.opened(places[entry.origin].number)
            if opened is None:
                raise StorageError(f"the part {entry.origin!r} was erased: read it again before writing")
            proof = (evidence.get(leaf.evidence) or self._evidence(leaf.evidence)) if leaf.evidence else None
            if opened.subject is None:
                opened.subject = subject_of(opened.secret, self._origin, person=entry.origin != PLATFORM)
            body = completed(leaf, opened.subject, entries[intent.entry], proof)
            if len(body) > LONGEST_LEAF:
                raise StorageError(f"a leaf of {len(body)} bytes is more than the log can hold ({LONGEST_LEAF})")
            found.leaves.append(body)
            if (leaf.type == "decision" or entry.decision is None) and intent.entry not in found.places:
                name = leaf.name if entry.decision and leaf.name != entry.decision.id else None
                found.places[intent.entry] = number, name
        return found
