"""Begins, opens and teaches Thompson models."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from xop.adapters.thompson.state import State, decoded, encoded
from xop.kernel.choices.model import ModelSource
from xop.ports.model import Example, Model


class ThompsonKind:
    """Counts successes and failures of every treatment."""

    form = "thompson-2"

    def begin(self, source: ModelSource) -> bytes:
        """Return the state before anything is learned."""
        return encoded(State(source.propensity))

    def open(self, state: bytes) -> Model:
        """Return a state ready to be asked."""
        model: Model = _arms(state)
        return model

    def learn(self, state: bytes, examples: Sequence[Example]) -> bytes:
        """Return the state after some more examples."""
        arms = _arms(state)
        for example in examples:
            arms.learn(example)
        return encoded(arms.state())


def _arms(state: bytes) -> Any:
    # River takes seconds to import and is an extra, so only a workspace that learns by it pays for it.
    module = import_module("xop.adapters.thompson.arms")
    return module.Arms(decoded(state))
