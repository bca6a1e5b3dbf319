"""Chance within a choice: numbers that look random and that the same seed and purpose always give."""

from functools import lru_cache
from hashlib import blake2b
from math import exp, log
from statistics import NormalDist
from struct import Struct as Layout

_SPACE = float(1 << 64)

_LEVELS = 4096
"""How finely the normal distribution is cut: each level is as likely."""

_WORDS = Layout("<32H")

_EDGE = 1e-9
"""Propensities are kept this far from 0 and 1, where the logit has no value."""


def uniform(seed: int, purpose: str) -> float:
    """Return a number between 0 (included) and 1."""
    return int.from_bytes(_hash(seed, purpose, 0)[:8], "big") / _SPACE


def normals(seed: int, purpose: str, count: int) -> list[float]:
    """Return draws from the standard normal distribution, to one of 4,096 equally likely levels."""
    levels = _levels()
    drawn: list[float] = []
    number = 0
    while len(drawn) < count:
        drawn += [levels[word >> 4] for word in _WORDS.unpack(_hash(seed, purpose, number))]
        number += 1
    return drawn[:count]


def logit(propensity: float) -> float:
    """Return the log odds of a propensity."""
    bounded = min(max(propensity, _EDGE), 1 - _EDGE)
    return log(bounded / (1 - bounded))


def propensity_of(value: float) -> float:
    """Return the propensity that has some log odds."""
    return 1 / (1 + exp(-value)) if value > 0 else exp(value) / (1 + exp(value))


def _hash(seed: int, purpose: str, number: int) -> bytes:
    hashed = blake2b(f"{seed}\x1f{purpose}\x1f{number}".encode(), digest_size=64, person=b"xop.chance")
    return hashed.digest()


@lru_cache(maxsize=1)
def _levels() -> tuple[float, ...]:
    normal = NormalDist()
    return tuple(normal.inv_cdf((level + 0.5) / _LEVELS) for level in range(_LEVELS))
