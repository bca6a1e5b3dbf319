"""Checkpoints (C2SP tlog-checkpoint): which log, how many leaves, and the root over them."""

import re

from msgspec import Struct

from xop.kernel.log.base64 import decoded, encoded
from xop.kernel.log.errors import FormatError, ProofError
from xop.kernel.log.merkle import HASH_SIZE
from xop.kernel.log.note import Note, sign
from xop.kernel.log.verifier import Signer, Verifier

MOST_LEAVES = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)
_LINES = 3


class Checkpoint(Struct, frozen=True):
    """What a log commits itself to."""

    origin: str
    """The log's identity: a name such as `example.com/log`."""
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines, which this project neither writes nor reads."""

    @property
    def text(self) -> str:
        """The text to sign."""
        lines = (self.origin, str(self.size), encoded(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text is; `FormatError` when it is not strictly one."""
    lines = text.split("\n")
    if len(lines) <= _LINES or lines.pop() or not all(lines):
        raise FormatError("a checkpoint must be at least three non-empty lines: origin, size and root")
    origin, size, root, *extensions = lines
    hashed = decoded(root, "the root of the checkpoint")
    if len(hashed) != HASH_SIZE:
        raise FormatError(f"the root of the checkpoint has {len(hashed)} bytes, not {HASH_SIZE}")
    return Checkpoint(origin, parse_decimal(size, "the size of the checkpoint"), hashed, tuple(extensions))


def parse_decimal(text: str, what: str) -> int:
    """Return a whole number of up to 63 bits, written without leading zeroes; `FormatError` names `what` it is."""
    if not _DECIMAL.fullmatch(text) or int(text) > MOST_LEAVES:
        raise FormatError(f"{what} is {text[:40]!r}, not a whole number")
    return int(text)


def signed_checkpoint(checkpoint: Checkpoint, signer: Signer) -> Note:
    """Return a checkpoint signed by its log, whose key must bear the log's name."""
    if signer.name != checkpoint.origin:
        raise FormatError(f"the key {signer.name!r} cannot sign for the log {checkpoint.origin!r}")
    return Note(checkpoint.text, (sign(checkpoint.text, signer),))


def open_checkpoint(note: Note, log: Verifier) -> Checkpoint:
    """Return the checkpoint of a note; `ProofError` unless the log whose key is given signed it as its own."""
    if not note.signed_by((log,)):
        raise ProofError(f"the checkpoint is not signed by {log.vkey}")
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != log.name:
        raise ProofError(f"the checkpoint is of {checkpoint.origin!r}, not of {log.name!r}")
    return checkpoint
