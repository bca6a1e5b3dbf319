"""An outside system in memory, whose answers are scripted; for tests, rehearsals and demonstrations."""

from xop.adapters.simulated.adapter import SimulatedAdapter
from xop.adapters.simulated.kind import SimulatedKind

__all__ = ["SimulatedAdapter", "SimulatedKind"]
