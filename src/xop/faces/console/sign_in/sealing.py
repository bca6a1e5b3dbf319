"""Sealing: what is kept of a session for nobody but the browser that has its cookie."""

from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


def sealed(plain: bytes, secret: str) -> bytes:
    """Return bytes that only the secret opens (AES-256-GCM); the store alone does not tell what they are."""
    nonce = token_bytes(_NONCE)
    return nonce + AESGCM(_key(secret)).encrypt(nonce, plain, None)


def unsealed(box: bytes, secret: str) -> bytes:
    """Return what was sealed; nothing where the secret is another, or the bytes are not as they were."""
    try:
        return AESGCM(_key(secret)).decrypt(box[:_NONCE], box[_NONCE:], None)
    except (InvalidTag, ValueError):
        return b""


def _key(secret: str) -> bytes:
    return sha256(f"seal:{secret}".encode()).digest()
