"""The model: how propensities are told and learned, apart from any kind of model."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from xop.kernel.choices.model import ModelSource
from xop.kernel.moment import Score


class Example(Struct, frozen=True):
    """One choice and how it turned out."""

    candidate: str
    treatment: str
    features: dict[str, Any]
    reward: float
    """0 for failure to 1 for success."""


class Model(Protocol):
    """What a kind of model knows at some moment, ready to be asked."""

    def score(self, features: Mapping[str, Any], options: Sequence[tuple[str, str]]) -> tuple[Score, ...]:
        """Return the propensity of each option, a candidate and a treatment; never raises for any features."""
        ...


class ModelKind(Protocol):
    """Learns in one way; what it knows is canonical bytes, so that the same examples in the same order give the same bytes.

    How examples are split into calls of `learn` makes no difference.
    """

    form: str
    """The name and number of the form of its states; a state of another form cannot be read."""

    def begin(self, source: ModelSource) -> bytes:
        """Return the state before anything is learned."""
        ...

    def open(self, state: bytes) -> Model:
        """Return a state ready to be asked."""
        ...

    def learn(self, state: bytes, examples: Sequence[Example]) -> bytes:
        """Return the state after some more examples."""
        ...
