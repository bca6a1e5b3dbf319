"""Lines on a terminal, for trying a workspace out without any outside system."""

from xop.adapters.console.adapter import ConsoleAdapter
from xop.adapters.console.kind import ConsoleKind

__all__ = ["ConsoleAdapter", "ConsoleKind"]
