"""Logistic regression by River: AdaGrad steps over standardised numbers and one-hot texts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from river import linear_model, optim, preprocessing, utils

from xop.adapters.logistic.state import Scale, State, terms
from xop.kernel.moment import Score
from xop.ports.model import Example

RATE = 0.1
"""The length of the first step of a weight."""

_MOST = 1e12
"""The largest number that counts; beyond it a feature is a mistake."""


class Regression:
    """A model as River keeps it in memory."""

    def __init__(self, state: State) -> None:
        self._optimizer: Any = optim.AdaGrad(RATE)
        squares: Any = defaultdict(float, state.squares)
        self._optimizer.g2 = squares
        self._optimizer.n_iterations = state.examples
        self._model: Any = linear_model.LogisticRegression(self._optimizer, intercept_init=state.intercept)
        self._model._weights = utils.VectorDict(dict(state.weights))  # noqa: SLF001 - there is no other door to them
        self._scaler: Any = preprocessing.StandardScaler()
        self._scaler.counts = Counter({name: scale.count for name, scale in state.scales.items()})
        self._scaler.means = defaultdict(float, {name: scale.mean for name, scale in state.scales.items()})
        self._scaler.vars = defaultdict(float, {name: scale.variance for name, scale in state.scales.items()})

    def score(self, features: Mapping[str, Any], options: Sequence[tuple[str, str]]) -> tuple[Score, ...]:
        """Return the propensity of each option."""
        scaled = self._scaled(features)
        return tuple(
            Score(candidate, treatment, float(self._model.predict_proba_one(terms(candidate, treatment, scaled))[True]))
            for candidate, treatment in options
        )

    def learn(self, example: Example) -> None:
        """Take in one result; one between success and failure counts as a part of each."""
        self._scaler.learn_one(_numbers(example.features))
        seen = terms(example.candidate, example.treatment, self._scaled(example.features))
        for success, weight in ((True, example.reward), (False, 1 - example.reward)):
            if weight > 0:
                self._model.learn_one(seen, success, w=weight)

    def state(self) -> State:
        """Return what has been learned."""
        scales = {
            name: Scale(count, self._scaler.means[name], self._scaler.vars[name])
            for name, count in self._scaler.counts.items()
        }
        weights, squares = self._model.weights, dict(self._optimizer.g2)
        return State(self._model.intercept, self._optimizer.n_iterations, weights, squares, scales)

    def _scaled(self, features: Mapping[str, Any]) -> dict[str, Any]:
        numbers = _numbers(features)
        known = {name: value for name, value in numbers.items() if self._scaler.counts[name]}
        rest = {name: value for name, value in features.items() if isinstance(value, str | bool)}
        return {**rest, **dict.fromkeys(numbers, 0.0), **self._scaler.transform_one(known)}


def _numbers(features: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in sorted(features.items())
        if isinstance(value, int | float) and not isinstance(value, bool) and -_MOST < value < _MOST
    }
