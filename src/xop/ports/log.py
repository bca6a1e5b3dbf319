"""The log: leaves that are durable with their entries, and the files that strangers verify."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

CHECKPOINT = "checkpoint"
"""The path of the one file that ever changes."""

CLOSED = "closed"
"""The folder of logs that another has followed: each under its number, from 1."""


class LeafPlace(Struct, frozen=True):
    """Where a decision is in the log."""

    index: int
    """From 0."""
    name: str
    """What the leaf's id and salt are made from."""
    origin: str
    """The part of the ledger it is about."""


class Leaves(Protocol):
    """Keeps leaves in the order they were committed in; they are added only in a ledger's batch.

    Indexes begin with 0, have no gaps and are never used again, whatever happens to the customers they speak of.
    """

    async def count(self) -> int:
        """Return how many there are."""
        ...

    async def page(self, first: int, limit: int) -> Sequence[bytes]:
        """Return at most `limit` leaves from an index on."""
        ...

    async def place(self, decision: str) -> LeafPlace | None:
        """Return where a decision is in the log; None for one that is unknown or whose customer was erased."""
        ...

    async def first(self, position: int) -> int | None:
        """Return the index of the first leaf of the ledger entry at a position, whose leaves follow one another.

        None for an entry that told the log nothing, or that is not there any more.
        """
        ...


class TileFiles(Protocol):
    """Gives the files of a log, by their path as C2SP tlog-tiles names them."""

    async def read(self, path: str) -> bytes | None:
        """Return a file, or None when there is none."""
        ...


class TileStore(TileFiles, Protocol):
    """Keeps the files of the log."""

    async def write(self, files: Mapping[str, bytes]) -> None:
        """Make files durable; one that is there already stays as it is. Raises `StorageError`.

        Once a full tile is there, its partial forms are gone.
        """
        ...

    async def publish(self, checkpoint: bytes) -> None:
        """Replace the checkpoint at once and durably. Raises `StorageError`."""
        ...

    async def retire(self, successor: str) -> None:
        """Note durably that the log of another origin follows. Raises `StorageError`.

        From the next opening on the files are where closed logs are, and the log that follows has all leaves and no file.
        """
        ...
