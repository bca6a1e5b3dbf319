"""Who signs notes, known by name and public key, and how their signatures are checked."""

from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from xop.kernel.log.base64 import decoded, encoded
from xop.kernel.log.cosignature import cosigned_message, unpacked
from xop.kernel.log.errors import FormatError

ED25519 = 0x01
"""The type of a log's signature."""
COSIGNATURE = 0x04
"""The type of a witness's signature, which carries a time."""

_PUBLIC_BYTES = 32
_ID_BYTES = 4


class Signer(Protocol):
    """Something that signs in a name; where its key is kept is its own affair."""

    @property
    def name(self) -> str:
        """The key's name, as it stands in the signature line."""

    @property
    def public(self) -> bytes:
        """The public key: 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a message: 64 bytes."""


class Verifier(Struct, frozen=True):
    """A known key: `kind` tells whether it signs as a log (ED25519) or as a witness (COSIGNATURE)."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in {ED25519, COSIGNATURE}:
            raise FormatError(f"the key {self.name} is of type {self.kind:#04x}, only 0x01 and 0x04 are known")
        if len(self.public) != _PUBLIC_BYTES:
            raise FormatError(f"the key {self.name} has {len(self.public)} bytes, not {_PUBLIC_BYTES}")

    @property
    def id(self) -> bytes:
        """The four bytes that stand for the key in a signature line."""
        return sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as text: `name+id+key`."""
        return f"{self.name}+{self.id.hex()}+{encoded(bytes([self.kind]) + self.public)}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Tell whether the bytes of a signature are this key's over the text of a note."""
        message = text.encode()
        if self.kind == COSIGNATURE:
            try:
                at, signature = unpacked(signature)
            except FormatError:
                return False
            message = cosigned_message(text, at)
        return self.signed(message, signature)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Tell whether a bare Ed25519 signature is this key's over a message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_vkey(text: str) -> Verifier:
    """Return the key a vkey tells; `FormatError` when it is malformed or its id is not that of its key."""
    name, _, rest = text.partition("+")
    key_id, _, key = rest.partition("+")
    data = decoded(key, f"the key of {name!r}")
    if not data:
        raise FormatError(f"the vkey of {name!r} holds no key: it must read name+id+key")
    verifier = Verifier(name, data[0], data[1:])
    if verifier.id.hex() != key_id:
        raise FormatError(f"the vkey of {name} has the id {key_id!r}, its key has {verifier.id.hex()}")
    return verifier


def log_verifier(signer: Signer) -> Verifier:
    """Return the key by which a log's signatures are checked."""
    return Verifier(signer.name, ED25519, signer.public)


def witness_verifier(signer: Signer) -> Verifier:
    """Return the key by which a witness's signatures are checked."""
    return Verifier(signer.name, COSIGNATURE, signer.public)


def check_name(name: str) -> None:
    """Raise `FormatError` unless a text can be a key's name."""
    if not name or "+" in name or any(letter.isspace() or letter < " " for letter in name):
        raise FormatError(f"{name!r} cannot be a key's name: it must be non-empty, without spaces and plus signs")
