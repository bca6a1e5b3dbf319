"""Ids are prefixed text; those a kernel step makes are derived, so that a replay makes the same ones."""

from hashlib import blake2b

_DIGEST_BYTES = 12


def derive(prefix: str, *parts: str) -> str:
    """Return the id that `parts` always give, as `prefix_` and 24 hexadecimal digits."""
    return f"{prefix}_{blake2b(chr(31).join(parts).encode(), digest_size=_DIGEST_BYTES).hexdigest()}"


def time_ordered(prefix: str, at: int, entropy: bytes) -> str:
    """Return a fresh id that sorts by `at` (milliseconds since the epoch); the caller brings the random bytes."""
    return f"{prefix}_{at.to_bytes(6, 'big').hex()}{entropy.hex()}"
