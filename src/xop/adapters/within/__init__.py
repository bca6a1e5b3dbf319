"""The platform itself, which carries actions out by journeys and by people."""

from xop.adapters.within.kind import JourneyKind, TaskKind

__all__ = ["JourneyKind", "TaskKind"]
