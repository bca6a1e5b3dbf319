"""What a logistic model has learned, as values."""

from typing import Any

import msgspec

from xop.kernel.base.json import canonical
from xop.kernel.choices.bucket import bucket


class Scale(msgspec.Struct, frozen=True, array_like=True):
    """How one number has been spread so far."""

    count: int
    mean: float
    variance: float


class State(msgspec.Struct, frozen=True):
    """What a logistic model has learned."""

    intercept: float
    examples: int = 0
    weights: dict[str, float] = {}
    squares: dict[str, float] = {}
    """The sum of squared gradients of each weight, which makes its steps smaller."""
    scales: dict[str, Scale] = {}


def encoded(state: State) -> bytes:
    """Return a state as canonical JSON: names sorted, every number as short as reads back the same."""
    return canonical(state)


def decoded(state: bytes) -> State:
    """Return the state that bytes hold."""
    return msgspec.json.decode(state, type=State)


def terms(candidate: str, treatment: str, features: dict[str, Any]) -> dict[str, float]:
    """Return what a logistic model sees of an option: every feature as it is and crossed with the candidate.

    Texts and truths are one-hot, a text by its bucket; numbers are expected to be on one scale.
    """
    seen: dict[str, float] = {candidate: 1.0, f"{candidate}/{treatment}": 1.0}
    for name in sorted(features):
        value = features[name]
        one_hot = isinstance(value, str | bool)
        term, weight = (f"{name}={_told(value)}", 1.0) if one_hot else (name, value)
        seen[term] = seen[f"{candidate}&{term}"] = float(weight)
    return seen


def _told(value: Any) -> str:
    return bucket(value) if isinstance(value, str) else str(value).lower()
