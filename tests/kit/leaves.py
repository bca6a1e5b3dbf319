"""Leaves put into a store directly, a log over them, and a listener that holds its checkpoints as a witness would."""

from pathlib import Path
from typing import Any

from tests.contracts.material import START, ruled
from xop.engine.log import DecisionLog
from xop.kernel.audit.leaf import Leaf
from xop.kernel.log.checkpoint import Checkpoint, open_checkpoint
from xop.kernel.log.merkle import verify_consistency
from xop.kernel.log.note import parse_note
from xop.kernel.log.tile import TileReader
from xop.kernel.log.verifier import Verifier, log_verifier
from xop.kernel.release import LogRules
from xop.ports.batch import Batch, LeafIntent
from xop.ports.runtime import Runtime

FAST = LogRules(interval=50)
RELEASE = "rel_abcdefgh234567"


async def record(runtime: Runtime, first: int, count: int) -> None:
    """Commit decisions of given numbers, each with its leaf."""
    batch = Batch()
    for number in range(first, first + count):
        part = f"cus_{number}"
        batch.entries.append(ruled(part, 1, f"command-{number}", f"dec_{number}"))
        leaf = Leaf("decision", f"dec_{number}", START + number, RELEASE, {"outcome": "permit"})
        batch.leaves.append(LeafIntent(len(batch.entries) - 1, leaf))
    await runtime.ledger.commit(batch)


def log_over(runtime: Runtime, rules: LogRules = FAST) -> DecisionLog:
    """Return a log that is not started."""
    return DecisionLog(runtime, lambda: rules)


async def settled(log: DecisionLog) -> None:
    """Bring everything durable under a checkpoint, and end."""
    log.start()
    await log.stop()


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a published log by its path."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: data for name, data in found.items() if name == "checkpoint" or name.startswith("tile/")}


def checkpoint_in(folder: Path, runtime: Any) -> Checkpoint:
    """Return the published checkpoint, opened with the log's key."""
    return open_checkpoint(parse_note((folder / "checkpoint").read_bytes()), log_verifier(runtime.signer))


class Holder:
    """Holds every checkpoint it was shown, and says when two of them contradict one another."""

    def __init__(self, log: Verifier, folder: Path) -> None:
        self._log = log
        self._folder = folder
        self.roots: dict[int, bytes] = {}

    def see(self, data: bytes) -> Checkpoint:
        """Take in a published checkpoint: two of one size must have one root."""
        checkpoint = open_checkpoint(parse_note(data), self._log)
        known = self.roots.setdefault(checkpoint.size, checkpoint.root)
        assert known == checkpoint.root, f"two trees of {checkpoint.size} leaves were signed"
        return checkpoint

    def compare(self) -> None:
        """Every checkpoint seen is one of the tree as it is on disk now."""
        last = self.see((self._folder / "checkpoint").read_bytes())
        reader = TileReader(last.size, self._read)
        assert reader.root() == last.root
        for size, root in self.roots.items():
            verify_consistency(size, last.size, root, last.root, reader.consistency_proof(size))

    def _read(self, path: str) -> bytes | None:
        file = self._folder / path
        return file.read_bytes() if file.is_file() else None
