"""The desk of a witness: judges every checkpoint it is shown, and cosigns those that go on from the last one."""

import time
from collections.abc import Callable
from hashlib import sha256

from msgspec import Struct

from xop.faces.witness.store import Seen, WitnessKey, WitnessStore
from xop.kernel.log.base64 import decoded
from xop.kernel.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, parse_decimal
from xop.kernel.log.errors import LogError
from xop.kernel.log.merkle import EMPTY_ROOT, verify_consistency
from xop.kernel.log.note import Note, Signature, cosign, parse_note
from xop.kernel.log.verifier import Verifier

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
_MOST_HASHES = 63


class Verdict(Struct, frozen=True):
    """What a witness answers: an HTTP status and a body."""

    status: int
    body: bytes
    media_type: str = TEXT


class Addition(Struct, frozen=True):
    """A request to cosign, taken apart."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint
    """Not verified yet."""


class Desk:
    """Cosigns for one key over one store; several processes may do so at once."""

    def __init__(self, store: WitnessStore, key: WitnessKey, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._key = key
        self._now = now

    def add(self, body: bytes) -> Verdict:
        """Judge a request (C2SP tlog-witness, add-checkpoint); the new state is on disk before this returns 200."""
        try:
            asked = parse_addition(body)
        except LogError as error:
            return _refused(400, f"the request cannot be read: {error}")
        keys = self._store.keys_of(asked.checkpoint.origin)
        if not keys:
            return _refused(404, f"no log {asked.checkpoint.origin!r} is known here")
        try:
            signers = asked.note.signed_by(keys)
            checkpoint = open_checkpoint(asked.note, signers[0]) if signers else None
        except LogError as error:
            return _refused(403, str(error))
        if checkpoint is None:
            return _refused(403, "the checkpoint is not signed by the log that it names")
        if asked.old > checkpoint.size:
            return _refused(400, f"the old size {asked.old} is larger than the checkpoint's {checkpoint.size}")
        return self._judge(asked, checkpoint, Note(asked.note.text, _own(asked.note, signers[0])))

    def latest(self, name: str) -> Verdict:
        """Return the latest checkpoint cosigned of the log whose origin has a SHA-256 in hexadecimal digits."""
        for log in self._store.logs():
            seen = self._store.seen(log.name) if _digest(log.name) == name else None
            if seen is not None:
                return Verdict(200, seen.note)
        return _refused(404, "no checkpoint of such a log was cosigned here")

    def _judge(self, asked: Addition, checkpoint: Checkpoint, note: Note) -> Verdict:
        before = self._store.seen(checkpoint.origin)
        known, root = (before.size, before.root) if before is not None else (0, EMPTY_ROOT)
        if asked.old != known:
            return _behind(known)
        if known == checkpoint.size and root != checkpoint.root:
            return _refused(409, f"another tree of {known} leaves was cosigned")
        try:
            verify_consistency(known, checkpoint.size, root, checkpoint.root, asked.proof)
        except LogError as error:
            return _refused(422, f"the checkpoint does not go on from the last one: {error}")
        at = max(int(self._now()), before.at if before is not None else 0)
        signature = cosign(checkpoint.text, self._key, at)
        after = Seen(checkpoint.size, checkpoint.root, at, note.with_signatures((signature,)).render())
        if not self._store.advance(checkpoint.origin, before, after):
            meanwhile = self._store.seen(checkpoint.origin)
            return _behind(meanwhile.size if meanwhile is not None else 0)
        return Verdict(200, signature.line.encode())


def parse_addition(body: bytes) -> Addition:
    """Return the request that bytes are; `LogError` when they are not strictly one."""
    head, blank, note = body.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise LogError("it is not ASCII before the checkpoint") from error
    word, space, old = first.partition(" ")
    if not blank or word != "old" or not space:
        raise LogError("it must begin with the line `old N`, and hold an empty line before the checkpoint")
    if len(rest) > _MOST_HASHES:
        raise LogError(f"it has {len(rest)} hashes, at most {_MOST_HASHES} are allowed")
    proof = tuple(decoded(line, "a hash of the proof") for line in rest)
    parsed = parse_note(note)
    return Addition(parse_decimal(old, "the old size"), proof, parsed, parse_checkpoint(parsed.text))


def _digest(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def _own(note: Note, log: Verifier) -> tuple[Signature, ...]:
    """Return the log's own signatures: others are not vouched for, and with many of them nobody could read the note."""
    return tuple(each for each in note.signatures if each.by(log))


def _behind(size: int) -> Verdict:
    return Verdict(409, f"{size}\n".encode(), SIZE)


def _refused(status: int, reason: str) -> Verdict:
    return Verdict(status, f"{reason}\n".encode())
