"""Models in memory."""

from xop.ports.models import KEPT, Head
from xop.runtimes.simulated.memory import Lease


class SimulatedModels:
    """Keeps the newest versions of every decision set's model."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def put(self, version: str, decision_set: str, state: bytes, position: int) -> None:
        """Keep a version and make it the head, together with how far it has got."""
        memory = self._lease.memory
        versions = memory.models.setdefault(decision_set, {})
        head = memory.model_heads.get(decision_set)
        if head is None or head.version != version:
            versions.pop(version, None)
            versions[version] = bytes(memoryview(state))
            for old in list(versions)[:-KEPT]:
                del versions[old]
        memory.model_heads[decision_set] = Head(version, position)

    async def get(self, version: str) -> bytes | None:
        """Return the state of a version, None when it is not kept."""
        kept = self._lease.memory.models.values()
        return next((versions[version] for versions in kept if version in versions), None)

    async def head(self, decision_set: str) -> Head | None:
        """Return the newest version of a decision set's model, None before there is one."""
        return self._lease.memory.model_heads.get(decision_set)
