"""The directory: which identifiers lead to which part, and which parts make up a customer."""

from collections.abc import Sequence
from typing import Protocol

from xop.kernel.identity.model import Identifier


class Directory(Protocol):
    """Finds customers; it changes only with the ledger, in one batch."""

    async def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        """Return the part each known identifier leads to."""
        ...

    async def customers(self, parts: Sequence[str]) -> dict[str, str]:
        """Return the customer each part belongs to; a part without any entry is missing."""
        ...

    async def parts(self, customers: Sequence[str]) -> dict[str, list[str]]:
        """Return the parts of each customer: its own first, then those merged into it, by id.

        A redirected or unknown id is missing.
        """
        ...

    async def apart(self, parts: Sequence[str]) -> set[tuple[str, str]]:
        """Return the pairs of parts taken apart by a person, among those that name any of `parts`, each pair sorted."""
        ...

    async def count(self) -> int:
        """Return how many customers there are."""
        ...
