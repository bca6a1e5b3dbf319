"""The arms of a Thompson model: Beta distributions by River, told as a mean and the spread of its logit."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from river import proba

from xop.adapters.thompson.state import State
from xop.kernel.choices.bucket import bucket
from xop.kernel.moment import Score
from xop.kernel.templates import as_text
from xop.ports.model import Example

PRIOR = 20.0
"""Results that what is likely beforehand counts as much as."""

_LEAST = 0.05
"""The least successes and failures supposed beforehand, so that nothing is taken for certain."""

_KEY = "key"


class Arms:
    """A model as River keeps it in memory."""

    def __init__(self, state: State) -> None:
        self._propensity = state.propensity
        self._arms: dict[str, Any] = {name: _beta(*parameters) for name, parameters in state.arms.items()}

    def score(self, features: Mapping[str, Any], options: Sequence[tuple[str, str]]) -> tuple[Score, ...]:
        """Return the mean of each option and how unsure it is."""
        return tuple(
            Score(candidate, treatment, *_told(*self._parameters(_name(candidate, treatment, features))))
            for candidate, treatment in options
        )

    def learn(self, example: Example) -> None:
        """Take in one result; one between success and failure counts as a part of each."""
        name = _name(example.candidate, example.treatment, example.features)
        arm = self._arms.get(name)
        if arm is None:
            arm = self._arms[name] = _beta(*self._parameters(name))
        if example.reward in (0, 1):
            arm.update(bool(example.reward))
        else:
            arm.alpha += example.reward
            arm.beta += 1 - example.reward

    def state(self) -> State:
        """Return what has been learned."""
        return State(self._propensity, {name: (float(arm.alpha), float(arm.beta)) for name, arm in self._arms.items()})

    def _parameters(self, name: str) -> tuple[float, float]:
        known = self._arms.get(name)
        if known is not None:
            return known.alpha, known.beta
        return max(PRIOR * self._propensity, _LEAST), max(PRIOR * (1 - self._propensity), _LEAST)


def _beta(alpha: float, beta: float) -> Any:
    make: Any = proba.Beta
    return make(alpha, beta)


def _name(candidate: str, treatment: str, features: Mapping[str, Any]) -> str:
    key = as_text(features.get(_KEY))
    return f"{candidate}/{treatment}" if key is None else f"{candidate}/{treatment}/{bucket(key)}"


def _told(alpha: float, beta: float) -> tuple[float, float]:
    """Return mean and logit spread: the logit of a Beta variable has the variance trigamma(alpha) + trigamma(beta)."""
    return alpha / (alpha + beta), sqrt(_trigamma(alpha) + _trigamma(beta))


def _trigamma(x: float) -> float:
    """Return the second derivative of log gamma, by its recurrence and asymptotic series (Abramowitz and Stegun 6.4.12)."""
    total = 0.0
    while x < 6:  # noqa: PLR2004 - from here on the series is exact to seven digits
        total += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    return total + 1 / x + square / 2 + square / x * (1 / 6 - square * (1 / 30 - square / 42))
