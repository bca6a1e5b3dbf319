"""What is told of what might have been."""

from typing import Any

from msgspec import Struct

from xop.kernel.decisions.model import Outcome


class Change(Struct, frozen=True):
    """One value that would have been otherwise."""

    path: str
    was: Any
    """None where there was none."""
    would: Any
    """None where there would have been none."""


class Counterfactual(Struct, frozen=True):
    """What would have been decided, had some values been otherwise."""

    changes: tuple[Change, ...]
    verdict: Outcome
    code: str
    chosen: str = ""
    """Of a choice: the candidate that would have won; empty for none."""
