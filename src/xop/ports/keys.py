"""Keys: who signs for the log, and who keeps the key that all other keys are wrapped with."""

from typing import Protocol


class Signer(Protocol):
    """Signs with one Ed25519 key that it never gives away."""

    @property
    def name(self) -> str:
        """Who signs: the name on every signature, such as the origin of a log."""
        ...

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        ...


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
