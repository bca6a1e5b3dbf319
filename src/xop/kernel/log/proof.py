"""Proof files (C2SP tlog-proof): that a leaf is in a log, to be checked without asking the log."""

from collections.abc import Sequence

from msgspec import Struct

from xop.kernel.log.base64 import decoded, encoded
from xop.kernel.log.checkpoint import Checkpoint, parse_decimal
from xop.kernel.log.errors import FormatError
from xop.kernel.log.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from xop.kernel.log.note import LONGEST_NOTE, Note, parse_note
from xop.kernel.log.trust import Trust

_HEADER = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63


class LogProof(Struct, frozen=True):
    """The place of a leaf, the hashes from it to the root, and the signed checkpoint with that root."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None
    """Anything that travels along; nothing vouches for it."""

    def render(self) -> bytes:
        """Return the bytes of the proof's file."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(f"extra {encoded(self.extra)}")
        lines += [f"index {self.index}", *map(encoded, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint.render()

    def verify(self, leaf: bytes, trust: Trust) -> Checkpoint:
        """Return the checkpoint that holds a leaf; `ProofError` unless the policy and the hashes bear it out."""
        checkpoint = trust.opened(self.checkpoint)
        verify_inclusion(self.index, checkpoint.size, leaf_hash(leaf), self.hashes, checkpoint.root)
        return checkpoint


def parse_proof(data: bytes) -> LogProof:
    """Return the proof that a file holds; `FormatError` when it is not strictly one."""
    if len(data) > 2 * LONGEST_NOTE:
        raise FormatError(f"the proof has {len(data)} bytes, at most {2 * LONGEST_NOTE} are allowed")
    head, blank, note = data.partition(b"\n\n")
    try:
        lines = head.decode().split("\n")
    except UnicodeDecodeError as error:
        raise FormatError("the proof is not UTF-8") from error
    if not blank or lines.pop(0) != _HEADER:
        raise FormatError(f"a proof must begin with the line {_HEADER}, and hold a blank line before its checkpoint")
    extra = decoded(lines.pop(0)[6:], "the extra data") if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise FormatError("the proof does not tell the index of its leaf")
    index = parse_decimal(lines.pop(0)[6:], "the index of the proof")
    return LogProof(index, _hashes(lines), parse_note(note), extra)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    hashes = tuple(decoded(line, "a hash of the proof") for line in lines)
    if len(hashes) > _MOST_HASHES or any(len(each) != HASH_SIZE for each in hashes):
        raise FormatError(f"a proof holds at most {_MOST_HASHES} hashes of {HASH_SIZE} bytes")
    return hashes
