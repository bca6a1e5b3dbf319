"""Suppressions: whom not to contact although nothing is known of them any more."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from xop.kernel.identity.model import Identifier


class Suppressions(Protocol):
    """Keeps identifiers of erased customers in a form that only a key can compare, and nothing turns back.

    Whoever has neither the store's keys nor the identifier itself learns nothing from what is kept.
    """

    async def add(self, identifiers: Sequence[Identifier]) -> None:
        """Keep identifiers durably; those that are kept already stay. Raises `StorageError`."""
        ...

    async def among(self, identifiers: Iterable[Identifier]) -> set[Identifier]:
        """Return those that are kept."""
        ...
