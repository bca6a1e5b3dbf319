"""A log in a folder, written as the sequencer would, with keys made of given seeds."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xop.kernel.log.checkpoint import Checkpoint, signed_checkpoint
from xop.kernel.log.growth import grow
from xop.kernel.log.merkle import Frontier
from xop.kernel.log.note import Note, cosign, parse_note
from xop.kernel.log.proof import LogProof
from xop.kernel.log.tile import TileReader
from xop.kernel.log.verifier import log_verifier

ORIGIN = "xop.example/decisions/2026"

COSIGNED = """\
xop.example/decisions/2026
3
0HmZ3F+d5DCsf5VPBdo9nZILYxXP6F16LiroGjDLFGI=

\N{EM DASH} xop.example/decisions/2026 \
P1QUoLqqkF4NSjHXMO9mC8/XQaRCkVHWs1Q1Nv91fbCkryvg34OeIdKDWebE4k7sE32qdWk7R60WMl7u0iXWycaz4A0=
\N{EM DASH} witness.example/w1 \
CtfTXgAAAABrAAwQWaGazAdlF/ShQUiTG3NLfMBro1u0wbSr4aJ1ouuAFOUZ6loAQaV2/qm8ouC0eDrWd5UXJPt/6MGyXRz1xuqQCQ==
"""
"""A checkpoint of our own, worked by hand: of the log seed 00..1f and the witness seed 01 32 times."""


class SeedSigner:
    """Signs with the Ed25519 key that 32 bytes make."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> bytes:
        """The public key."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return self._key.sign(message)


LOG = SeedSigner(ORIGIN, bytes(range(32)))
WITNESSES = tuple(SeedSigner(f"witness.example/w{place}", bytes([place] * 32)) for place in (1, 2, 3))


class Logbook:
    """A log that leaves are added to; every `add` ends with a signed checkpoint."""

    def __init__(self, folder: Path, signer: SeedSigner = LOG) -> None:
        self.folder = folder
        self.signer = signer
        self.frontier = Frontier()
        self.publish()

    @property
    def vkey(self) -> str:
        """The log's key as text."""
        return log_verifier(self.signer).vkey

    @property
    def reader(self) -> TileReader:
        """The tree as it is in the files now."""
        return TileReader(self.frontier.size, self.read)

    @property
    def checkpoint(self) -> Note:
        """The checkpoint in the folder."""
        return parse_note((self.folder / "checkpoint").read_bytes())

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        file = self.folder / path
        return file.read_bytes() if file.is_file() else None

    def add(self, leaves: Sequence[bytes], witnesses: Iterable[SeedSigner] = (), at: int = 1_795_165_200) -> None:
        """Write more leaves, their tiles, and a checkpoint that witnesses have cosigned."""
        growth = grow(self.frontier, leaves, self.read)
        for path, data in growth.files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        self.frontier = growth.frontier
        self.publish(witnesses, at)

    def publish(self, witnesses: Iterable[SeedSigner] = (), at: int = 1_795_165_200) -> None:
        """Write the checkpoint of what is there."""
        note = signed_checkpoint(Checkpoint(self.signer.name, self.frontier.size, self.frontier.root), self.signer)
        note = note.with_signatures(cosign(note.text, witness, at) for witness in witnesses)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "checkpoint").write_bytes(note.render())

    def proof(self, index: int) -> LogProof:
        """Return the proof of a leaf under the checkpoint in the folder."""
        return LogProof(index, self.reader.inclusion_proof(index), self.checkpoint)


def leaves_of(count: int, start: int = 0) -> list[bytes]:
    """Return some leaves, each of its own length and content."""
    return [b'{"n":%d,"pad":"%s"}' % (place, b"x" * (place % 7)) for place in range(start, start + count)]


def nowhere(path: str) -> None:
    """Read a file where there is none."""
