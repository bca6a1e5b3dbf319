"""Chance: streams of numbers that depend on a seed and names, and on nothing else."""

import math
from bisect import bisect_right
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from statistics import NormalDist
from struct import Struct
from typing import Any

from xop.kernel.base.spans import milliseconds
from xop.workspace.population import Draw, Wait

_NUMBERS = Struct("<8Q")
_PLACE = Struct("<Q")
_UNIT = 2.0**-53
_NORMAL = NormalDist()


class Chance:
    """One stream: the same seed and names always give the same numbers, whatever else is drawn meanwhile.

    A counter under a keyed hash: small enough for millions of streams, unlike a generator with a large state.
    """

    __slots__ = ("_count", "_key", "_left")

    def __init__(self, seed: int, *names: str | int) -> None:
        text = "\x1f".join(map(str, (seed, *names)))
        self._key = blake2b(text.encode(), digest_size=32).digest()
        self._count = 0
        self._left: list[int] = []

    def uniform(self) -> float:
        """Return the next number from 0 up to but not 1."""
        if not self._left:
            block = blake2b(_PLACE.pack(self._count), key=self._key).digest()
            self._left = list(_NUMBERS.unpack(block))
            self._count += 1
        return (self._left.pop() >> 11) * _UNIT

    def pick_seed(self) -> int:
        """Return a seed for another generator."""
        return int(self.uniform() * 2**53)

    def exponential(self) -> float:
        """Return the next number of an exponential distribution with mean 1."""
        return -math.log1p(-self.uniform())

    def happens(self, chance: float) -> bool:
        """Say whether something of this chance happens now."""
        return self.uniform() < chance

    def pick(self, draw: Draw) -> Any:
        """Return a value as a draw describes it."""
        if draw.between is not None:
            least, most = draw.between
            if least == int(least) and most == int(most):
                return int(least) + int(self.uniform() * (int(most) - int(least) + 1))
            return least + self.uniform() * (most - least)
        if isinstance(draw.one_of, dict):
            return self.weighted(tuple(draw.one_of), tuple(draw.one_of.values()))
        values = draw.one_of or [None]
        return values[int(self.uniform() * len(values))]

    def weighted(self, values: tuple[str, ...], weights: tuple[float, ...]) -> str:
        """Return one of some values as likely as its weight among all."""
        sums = _sums(weights)
        return values[bisect_right(sums, self.uniform() * sums[-1])]

    def wait(self, wait: Wait) -> int:
        """Return how long something takes, in milliseconds."""
        median, least = milliseconds(wait.median), milliseconds(wait.least)
        if wait.shape == "uniform":
            most = milliseconds(wait.most or "0s")
            return least + int(self.uniform() * max(0, most - least))
        if wait.shape == "fixed":
            return median
        if wait.shape == "exponential":
            span = median * self.exponential() / math.log(2)
        else:
            # The middle of a cell, so that 0 never comes, of which there is no quantile.
            span = median * math.exp(wait.sigma * _NORMAL.inv_cdf(self.uniform() + _UNIT / 2))
        bounded = span if wait.most is None else min(span, milliseconds(wait.most))
        return max(least, int(bounded))


@lru_cache(maxsize=4096)
def _sums(weights: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(accumulate(weights))
