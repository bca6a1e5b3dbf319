"""Begins, opens and teaches logistic models."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from xop.adapters.logistic.state import State, decoded, encoded
from xop.kernel.choices.chance import logit
from xop.kernel.choices.model import ModelSource
from xop.ports.model import Example, Model


class LogisticKind:
    """Learns the weights of features, apart for every candidate."""

    form = "logistic-2"

    def begin(self, source: ModelSource) -> bytes:
        """Return the state before anything is learned: everything is as likely as the decision set says."""
        return encoded(State(logit(source.propensity)))

    def open(self, state: bytes) -> Model:
        """Return a state ready to be asked."""
        model: Model = _regression(state)
        return model

    def learn(self, state: bytes, examples: Sequence[Example]) -> bytes:
        """Return the state after some more examples."""
        regression = _regression(state)
        for example in examples:
            regression.learn(example)
        return encoded(regression.state())


def _regression(state: bytes) -> Any:
    # River takes seconds to import and is an extra, so only a workspace that learns by it pays for it.
    module = import_module("xop.adapters.logistic.regression")
    return module.Regression(decoded(state))
