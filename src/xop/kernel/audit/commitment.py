"""Commitments: how a leaf speaks of a customer and of evidence so that nothing is left to find once a secret is destroyed.

Everything hangs on the 32 random bytes that one part of a customer has in the keyring. Formulas: HMAC-SHA256 (RFC 2104)
under that secret, with a label of its own for each use, so that no value tells anything about another.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

_SUBJECT = b"xop/subject-ref/v1\0"
_SALT = b"xop/salt/v1\0"
_NAME = b"xop/leaf-id/v1\0"
_COMMIT = b"xop/commit/v1\0"

_VERSION_8 = 0x8000 << 64
_VARIANT = 0x8000 << 48
_FREE = ~((0xF000 << 64) | (0xC000 << 48))


def subject_ref(secret: bytes, origin: str) -> str:
    """Return how a log of some origin calls the part of a customer that has a secret."""
    return _text(_keyed(secret, _SUBJECT + origin.encode()))


def salt(secret: bytes, name: str) -> bytes:
    """Return the 32 bytes that keep the commitments of one leaf from being guessed; they are gone with the secret."""
    return _keyed(secret, _SALT + name.encode())


def commitment(salted: bytes, evidence: bytes) -> str:
    """Return what binds a leaf to evidence."""
    return _text(sha256(_COMMIT + salted + evidence).digest())


def pseudonym(secret: bytes, name: str) -> str:
    """Return a UUID (version 8, RFC 9562) that stands for an id of the ledger and tells nothing of it."""
    number = int.from_bytes(_keyed(secret, _NAME + name.encode())[:16], "big")
    return str(UUID(int=number & _FREE | _VERSION_8 | _VARIANT))


def _keyed(secret: bytes, message: bytes) -> bytes:
    return hmac.digest(secret, message, "sha256")


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode().rstrip("=")
