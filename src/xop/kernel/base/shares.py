"""How customers are divided by chance: the same customer always alike, as far as the shares allow."""

from collections.abc import Sequence
from hashlib import blake2b

_SPACE = float(1 << 64)


def place_of(salt: str, customer: str) -> float:
    """Return a customer's place between 0 (included) and 1, which looks random and is always the same for a salt."""
    hashed = blake2b(f"{salt}\x1f{customer}".encode(), digest_size=8, person=b"xop.split")
    return int.from_bytes(hashed.digest(), "big") / _SPACE


def share_at(place: float, weights: Sequence[float]) -> int:
    """Return the number of the share that a place between 0 and 1 falls into."""
    rest = place * sum(weights)
    for number, weight in enumerate(weights):
        rest -= weight
        if rest < 0:
            return number
    return len(weights) - 1
