"""Signed notes (C2SP signed-note): text, a blank line, and a line for each signature."""

from collections.abc import Iterable

from msgspec import Struct

from xop.kernel.log.base64 import decoded, encoded
from xop.kernel.log.cosignature import cosigned_message, packed
from xop.kernel.log.errors import FormatError, ProofError
from xop.kernel.log.verifier import Signer, Verifier, check_name, log_verifier, witness_verifier

LONGEST_NOTE = 1_000_000
"""Bytes."""
MOST_SIGNATURES = 100

_DASH = "\N{EM DASH} "
_ID_BYTES = 4


class Signature(Struct, frozen=True):
    """A signature line: the name and id of a key and what it made of the text."""

    name: str
    key_id: bytes
    value: bytes
    """The signature proper; for a witness, the time in 8 bytes stands before it."""

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def line(self) -> str:
        """The line, with the newline at its end."""
        return f"{_DASH}{self.name} {encoded(self.key_id + self.value)}\n"

    def by(self, verifier: Verifier) -> bool:
        """Tell whether the line claims to be of a key; whether it is, `Verifier.accepts` tells."""
        return self.name == verifier.name and self.key_id == verifier.id


class Note(Struct, frozen=True):
    """A text and what was signed under it."""

    text: str
    """Ends with a newline."""
    signatures: tuple[Signature, ...]

    def render(self) -> bytes:
        """Return the note's bytes."""
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}".encode()

    def with_signatures(self, signatures: Iterable[Signature]) -> "Note":
        """Return the note with more signatures; one of a key that has signed already takes the earlier one's place."""
        merged = {(each.name, each.key_id): each for each in (*self.signatures, *signatures)}
        return Note(self.text, tuple(merged.values()))

    def signed_by(self, verifiers: Iterable[Verifier]) -> tuple[Verifier, ...]:
        """Return the keys that signed, in the order asked; lines of other keys are passed over.

        `ProofError` when a line claims to be of one of the keys and is not: then nothing of the note can be trusted.
        """
        signers: list[Verifier] = []
        for verifier in verifiers:
            claims = [each for each in self.signatures if each.by(verifier)]
            if not all(verifier.accepts(self.text, each.value) for each in claims):
                raise ProofError(f"the signature of {verifier.name} is not over this text")
            if claims:
                signers.append(verifier)
        return tuple(signers)


def parse_note(data: bytes) -> Note:
    """Return the note that bytes are; `FormatError` when they are not strictly one."""
    text, signatures = _halves(_readable(data))
    lines = signatures.split("\n")[:-1]
    if not 1 <= len(lines) <= MOST_SIGNATURES:
        raise FormatError(f"the note has {len(lines)} signature lines: 1 to {MOST_SIGNATURES} are allowed")
    return Note(text, tuple(_signature(line) for line in lines))


def parse_signatures(data: bytes) -> tuple[Signature, ...]:
    """Return the signatures of lines that stand alone, as a witness answers with."""
    text = _readable(data)
    if not text.endswith("\n") or text.count("\n") > MOST_SIGNATURES:
        raise FormatError(f"signature lines must end with a newline, and be {MOST_SIGNATURES} at most")
    return tuple(_signature(line) for line in text.split("\n")[:-1])


def sign(text: str, signer: Signer) -> Signature:
    """Return the signature of a log over a note's text."""
    return Signature(signer.name, log_verifier(signer).id, signer.sign(_ended(text).encode()))


def cosign(text: str, signer: Signer, at: int) -> Signature:
    """Return the signature of a witness over a checkpoint's text, at a time in seconds since the epoch."""
    value = packed(at, signer.sign(cosigned_message(_ended(text), at)))
    return Signature(signer.name, witness_verifier(signer).id, value)


def _ended(text: str) -> str:
    if not text.endswith("\n"):
        raise FormatError("the text of a note must end with a newline")
    return text


def _readable(data: bytes) -> str:
    if len(data) > LONGEST_NOTE:
        raise FormatError(f"the note has {len(data)} bytes, at most {LONGEST_NOTE} are allowed")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise FormatError("the note is not UTF-8") from error
    if any(letter < " " and letter != "\n" for letter in text):
        raise FormatError("the note holds a control character other than a newline")
    return text


def _halves(text: str) -> tuple[str, str]:
    head, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise FormatError("the note has no signatures: a blank line and signature lines must end it")
    return f"{head}\n", signatures


def _signature(line: str) -> Signature:
    name, space, value = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise FormatError(f"{line[:80]!r} is not a signature line")
    data = decoded(value, f"the signature of {name!r}")
    if len(data) <= _ID_BYTES:
        raise FormatError(f"the signature of {name!r} is too short")
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])
