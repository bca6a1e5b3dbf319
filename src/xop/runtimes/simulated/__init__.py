"""The simulated runtime: memory, a virtual clock and seeded chance."""

from xop.runtimes.simulated.clock import SimulatedClock
from xop.runtimes.simulated.loop import SimulatedLoop
from xop.runtimes.simulated.memory import Memory
from xop.runtimes.simulated.runtime import SimulatedRuntime

__all__ = ["Memory", "SimulatedClock", "SimulatedLoop", "SimulatedRuntime"]
