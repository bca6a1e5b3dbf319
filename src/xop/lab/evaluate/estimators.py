"""The estimators of off-policy evaluation: the log, IPS, SNIPS and DR.

Horvitz and Thompson 1952 (IPS), Swaminathan and Joachims 2015 (SNIPS), Dudik, Langford and Li 2011 (DR). With w the
weight of a decision, r its reward, q the expected reward of what was done and v that of what the strategy would do:
IPS is the mean of w r, SNIPS the sum of w r by that of w, DR the mean of v + w (r - q).
"""

from collections.abc import Sequence

from xop.lab.evaluate.estimate import Terms
from xop.lab.evaluate.expectation import Expectation
from xop.lab.evaluate.observation import Observation


def logged_terms(observations: Sequence[Observation]) -> Terms:
    """Return the terms of what the log itself was worth."""
    return Terms([each.reward for each in observations], [1.0] * len(observations))


def ips_terms(observations: Sequence[Observation]) -> Terms:
    """Return the terms of inverse propensity scoring: unbiased, and wide where weights are large."""
    return Terms([each.weight * each.reward for each in observations], [1.0] * len(observations))


def snips_terms(observations: Sequence[Observation]) -> Terms:
    """Return the terms of self-normalised inverse propensity scoring: steadier, never outside the range of rewards."""
    weights = [each.weight for each in observations]
    return Terms([weight * each.reward for weight, each in zip(weights, observations, strict=True)], weights)


def dr_terms(observations: Sequence[Observation], expectation: Expectation) -> Terms:
    """Return the terms of the doubly robust estimator: unbiased whatever is expected, narrow where that is right."""
    found = [
        expectation.of_policy(each) + each.weight * (each.reward - expectation.taken(each)) for each in observations
    ]
    return Terms(found, [1.0] * len(observations))
