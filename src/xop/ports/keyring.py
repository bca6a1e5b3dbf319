"""The keyring: one secret for every part of a customer, by which all that is kept of the part is sealed."""

from typing import Protocol


class Keyring(Protocol):
    """Keeps the secrets of parts; a part gets its own with its first entry and loses it for good when it is erased."""

    async def secret(self, part: str) -> bytes | None:
        """Return the 32 bytes of a part's secret; None for a part that is unknown or was erased."""
        ...

    async def key(self, purpose: str) -> bytes:
        """Return 32 bytes that the store keeps for a purpose of its own, always the same, whoever is erased."""
        ...
