"""Entropy: the only source of chance."""

from typing import Protocol


class Entropy(Protocol):
    """Gives random bytes; a seeded one always gives the same."""

    def draw(self, count: int) -> bytes:
        """Return `count` random bytes."""
        ...
