"""A domain: a workspace, the time its records are of, and how its read tools answer from a recorded state."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.tau2.episodes import Episode

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

Reader = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""Returns what a read tool answers: from a recorded state and the arguments; None when there is no such thing."""


class Confirmed(Struct, frozen=True):
    """A signal that says who the customer is, and the source that tells it."""

    source: str
    kind: str
    data: dict[str, Any]


class Domain(Struct, frozen=True):
    """What differs from one domain to the other."""

    name: str
    clock: str
    """The company's own time as the prose policy states it."""
    reads: Mapping[str, Reader]
    right: Callable[[Episode], bool]
    """Says whether an episode ended as it should."""
    confirms: Callable[[Mapping[str, Any], str, Mapping[str, Any]], Confirmed | None] | None = None
    """Returns what lets a write held for verification go on: from the state, the chat and the arguments."""
    intent: str = ""
    """What a customer who is handed to people wants, where signals do not tell."""

    @property
    def workspace(self) -> Path:
        """The folder of the rules."""
        return EXAMPLES / f"tau2_{self.name}" / "workspace"

    @property
    def prefix(self) -> str:
        """How the names of its keys begin."""
        return self.name.upper()


def state_is_right(episode: Episode) -> bool:
    """Say whether the records were left as the task wants them."""
    return episode.label_state_ok is True
