"""The directory: which customers there are, what leads to each, and which parts it is made of."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from xop.kernel.entry import Entry
from xop.kernel.identity.model import Identifier


class Kept(Struct, frozen=True):
    """A part as it is stored: a snapshot, which is only a cache and may be missing, and the entries since."""

    part: str
    folded: int
    """How many of the part's entries the snapshot holds, 0 without one."""
    state: bytes
    tail: list[Entry]
    """The entries beyond those, in order."""


class Loaded(Struct, frozen=True):
    """The customers asked for."""

    links: dict[Identifier, str]
    """The part each known identifier leads to."""
    customers: dict[str, list[Kept]]
    """The parts of each customer: its own first, then those merged into it, by id."""


class Directory(Protocol):
    """Finds customers; it changes only with the ledger, in one batch."""

    async def load(self, identifiers: Sequence[Identifier], parts: Sequence[str]) -> Loaded:
        """Return the customers that some identifiers and parts lead to.

        A part without any entry belongs to no customer; what is unknown is missing.
        """
        ...

    async def apart(self, parts: Sequence[str]) -> set[tuple[str, str]]:
        """Return the pairs of parts taken apart by a person, among those that name any of `parts`, each pair sorted."""
        ...

    async def count(self) -> int:
        """Return how many customers there are; the platform itself is none."""
        ...

    async def page(self, after: str, limit: int) -> Sequence[str]:
        """Return the ids of at most `limit` parts that have an entry, in order, beyond one; `""` begins with the first."""
        ...
