"""Keys: who keeps the key that all other keys are wrapped with."""

from typing import Protocol


class Keys(Protocol):
    """Keeps the workspace key, by which the keys of customers are wrapped: a file by default, a key service elsewhere."""

    async def wrap(self, key: bytes) -> bytes:
        """Return a key that only this custody can unwrap."""
        ...

    async def unwrap(self, wrapped: bytes) -> bytes:
        """Return a wrapped key; raises `KeyRefusedError` when it was wrapped elsewhere or was changed."""
        ...


class KeyRefusedError(Exception):
    """A key cannot be had; the message is fit for an operator."""
