"""Models: what each decision set's model has learned, by version, and how far in the ledger it has got."""

from typing import Protocol

from msgspec import Struct

KEPT = 20
"""Versions of each decision set that are kept; an older one can be learned again from the ledger."""


class Head(Struct, frozen=True):
    """The newest version of a decision set's model."""

    version: str
    position: int
    """The ledger position up to which it has learned."""


class Models(Protocol):
    """Keeps versions of models, each named by its content."""

    async def put(self, version: str, decision_set: str, state: bytes, position: int) -> None:
        """Keep a version and make it the head, together with how far it has got; durable when this returns.

        A version that is known already only becomes the head. Raises `StorageError` when the store cannot be written.
        """
        ...

    async def get(self, version: str) -> bytes | None:
        """Return the state of a version, None when it is not kept."""
        ...

    async def head(self, decision_set: str) -> Head | None:
        """Return the newest version of a decision set's model, None before there is one."""
        ...
