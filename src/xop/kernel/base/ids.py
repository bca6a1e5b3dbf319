"""Ids are prefixed text; those a kernel step makes are derived, so that a replay makes the same ones."""

from base64 import b32encode
from hashlib import blake2b

_DIGEST_BYTES = 15


def derive(prefix: str, *parts: str) -> str:
    """Return the id that `parts` always give, as `prefix_` and 24 base32 characters."""
    digest = blake2b("\x1f".join(parts).encode(), digest_size=_DIGEST_BYTES).digest()
    return f"{prefix}_{b32encode(digest).decode().lower()}"


def time_ordered(prefix: str, at: int, entropy: bytes) -> str:
    """Return a fresh id that sorts by `at` (milliseconds since the epoch); the caller brings 9 random bytes."""
    return f"{prefix}_{b32encode(at.to_bytes(6, 'big') + entropy[:9]).decode().lower()}"
