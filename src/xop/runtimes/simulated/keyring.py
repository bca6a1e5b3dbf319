"""The keyring in memory."""

from hashlib import sha256

from xop.runtimes.simulated.memory import Lease, Memory


class SimulatedKeyring:
    """Finds secrets by part; they follow from what happened before, so that a simulation repeats itself."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def secret(self, part: str) -> bytes | None:
        """Return the 32 bytes of a part's secret; None for a part that is unknown or was erased."""
        memory = self._lease.memory
        return secret_of(memory, part) if part in memory.mentioned else None

    async def key(self, purpose: str) -> bytes:
        """Return 32 bytes that the store keeps for a purpose of its own, always the same, whoever is erased."""
        return sha256(f"key\0{purpose}".encode()).digest()


def secret_of(memory: Memory, part: str) -> bytes:
    """Return the secret of a part that is there; one erased and there again has another."""
    return sha256(f"secret\0{memory.erasures.get(part, 0)}\0{part}".encode("utf-8", "surrogatepass")).digest()
