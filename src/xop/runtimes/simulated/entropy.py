"""Chance that repeats."""

from random import Random


class SimulatedEntropy:
    """Pseudo-random bytes; the same seed always gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose, and never used outside simulations

    def draw(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        return self._random.randbytes(count)
