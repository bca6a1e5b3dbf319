"""The keyring over the vault: secrets by the names of parts."""

from xop.runtimes.embedded.datakey import derived
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.vault import Vault


class EmbeddedKeyring:
    """Finds secrets by part, and keys of the store by purpose."""

    def __init__(self, vault: Vault, parts: Parts, data_key: bytes) -> None:
        self._vault = vault
        self._parts = parts
        self._data_key = data_key

    async def secret(self, part: str) -> bytes | None:
        """Return the 32 bytes of a part's secret; None for a part that is unknown or was erased."""
        place = self._parts.find((part,)).get(part)
        opened = self._vault.opened(place.number) if place else None
        return opened.secret if opened else None

    async def key(self, purpose: str) -> bytes:
        """Return 32 bytes that the store keeps for a purpose of its own, always the same, whoever is erased."""
        return derived(self._data_key, purpose)
