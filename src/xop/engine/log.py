"""The log as a running platform keeps it: leaves become durable, integrated and witnessed."""

from collections.abc import Callable
from typing import Literal

from xop.engine.head import Head
from xop.engine.proofs import Proofs
from xop.engine.sequencer import Sequencer
from xop.engine.witnessing import Witnessing
from xop.kernel.release import LogRules
from xop.ports.adapter import Secrets
from xop.ports.runtime import Runtime
from xop.ports.witness import OpenWitness

LogState = Literal["ok", "behind", "unwitnessed", "unwritable", "refused"]
"""Whether leaves get under checkpoints in time and enough witnesses cosign them; `refused` needs a person."""

_LATE = 10_000
"""Milliseconds beyond the interval after which a leaf without a checkpoint is late."""


class DecisionLog:
    """The log of decisions, with whoever writes, witnesses and proves it."""

    def __init__(self, runtime: Runtime, rules: Callable[[], LogRules]) -> None:
        self.rules = rules
        self.runtime = runtime
        self.head = Head(runtime.tiles, runtime.signer, rules)
        self.proofs = Proofs(runtime, self.head)
        self.witnessing = Witnessing(self.head, self.proofs, runtime.clock, rules, self._refuse)
        self.sequencer = Sequencer(runtime, self.head, rules, self.witnessing.objections, self.witnessing.wake)
        self.successor = ""
        """The origin of the log that follows this one from the next start on; empty while this one is open."""
        self.note = self.sequencer.note
        self.wake = self.witnessing.wake

    @property
    def state(self) -> LogState:
        """Say whether it does what it should."""
        if self.sequencer.refusal or self.successor:
            return "refused"
        if self.sequencer.fault:
            return "unwritable"
        if self.sequencer.lag > self.rules().interval + _LATE:
            return "behind"
        return "ok" if self.witnessing.enough else "unwitnessed"

    @property
    def fault(self) -> str:
        """Why it does not; empty when it does."""
        if self.successor:
            return f"the log is closed, and {self.successor} follows it: start the platform again"
        unwitnessed = "; ".join(self.witnessing.faults) if self.state == "unwitnessed" else ""
        return self.sequencer.refusal or self.sequencer.fault or unwitnessed

    def reach(self, opener: OpenWitness, secrets: Secrets) -> None:
        """Say how witnesses are spoken to; without it nobody is asked."""
        self.witnessing.reach(opener, secrets)

    async def retire(self, successor: str) -> None:
        """Sign nothing more; the log of another origin goes on from the next start on. Raises `StorageError`."""
        await self.runtime.tiles.retire(successor)
        self.successor = successor
        self.sequencer.refusal = self.sequencer.refusal or self.fault
        self.head.tell()

    def start(self) -> None:
        """Begin to integrate what is durable, and to have it witnessed."""
        self.sequencer.start()
        self.witnessing.start()

    async def stop(self) -> None:
        """Integrate what is left, and end."""
        await self.sequencer.stop()
        await self.witnessing.stop()

    def _refuse(self, reason: str) -> None:
        self.sequencer.refuse(reason)
