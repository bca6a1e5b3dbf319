"""The energy supplier of `benchmarks/workspace`: its release and the actors who speak to it."""

import sys
from collections.abc import Mapping
from pathlib import Path

from xop.assembly import compiled, workspace_files
from xop.kernel.base.actor import Actor
from xop.kernel.release import Release

WORKSPACE = Path(__file__).resolve().parents[1] / "workspace"

PLATFORM = Actor("source", "platform")
HOME_BOT = Actor("agent", "home_bot")
RAVI = Actor("operator", "ravi")
MARA = Actor("operator", "mara")

KEYS: Mapping[str, str] = {
    "BRIGHTMOOR_SOURCE_KEY": "bm-source-key-of-a-benchmark",
    "BRIGHTMOOR_AGENT_KEY": "bm-agent-key-of-a-benchmark",
    "BRIGHTMOOR_OPERATOR_KEY": "bm-operator-key-of-a-benchmark",
}
"""Made-up API keys by the environment variable that holds each."""


def release() -> Release:
    """Compile the workspace."""
    return compiled(workspace_files(WORKSPACE))


def note(text: str) -> None:
    """Say on stderr how far a benchmark is; stdout is for figures."""
    print(text, file=sys.stderr, flush=True)
