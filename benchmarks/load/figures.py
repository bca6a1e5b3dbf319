"""Figures of a run."""

import json
from collections.abc import Sequence
from typing import Any


def percentile(ascending: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of sorted values lies."""
    return ascending[min(int(share * len(ascending)), len(ascending) - 1)]


def tell(benchmark: str, figures: dict[str, Any]) -> None:
    """Print the figures as the one line of JSON a benchmark ends with."""
    print(json.dumps({"benchmark": benchmark, **figures}), flush=True)
