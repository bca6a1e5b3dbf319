"""Commitments: how a leaf speaks of a customer and of evidence so that nothing is left to find once a secret is destroyed.

Everything hangs on the 32 random bytes that one part of a customer has in the keyring: HMAC-SHA256 (RFC 2104) under that
secret for what others compute as well, keyed BLAKE2b (RFC 7693), which is quicker, for the rest; with a label of its own
for each use, so that no value tells anything about another.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import blake2b, sha256

_SUBJECT = b"xop/subject-ref/v1\0"
_SALT = b"xop/salt/v1"
_NAME = b"xop/leaf-id/v1"
_COMMIT = b"xop/commit/v1\0"

_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The digit that tells the variant of a UUID, by the one that stood there before."""


def subject_ref(secret: bytes, origin: str) -> str:
    """Return how a log of some origin calls the part of a customer that has a secret."""
    return _text(hmac.digest(secret, _SUBJECT + origin.encode(), "sha256"))


def salt(secret: bytes, name: str) -> bytes:
    """Return the 32 bytes that keep the commitments of one leaf from being guessed; they are gone with the secret."""
    return blake2b(name.encode(), key=secret, person=_SALT, digest_size=32).digest()


def commitment(salted: bytes, evidence: bytes) -> str:
    """Return what binds a leaf to evidence."""
    return _text(sha256(_COMMIT + salted + evidence).digest())


def pseudonym(secret: bytes, name: str) -> str:
    """Return a UUID (version 8, RFC 9562) that stands for an id of the ledger and tells nothing of it."""
    text = blake2b(name.encode(), key=secret, person=_NAME, digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{_VARIANTS[text[16]]}{text[17:20]}-{text[20:32]}"


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode().rstrip("=")
