"""Skill: how well propensities foretell what happened."""

from collections.abc import Sequence
from itertools import groupby
from math import log

_EDGE = 1e-3
"""Propensities are kept this far from 0 and 1, so that one mistake does not outweigh all else."""


def area(propensities: Sequence[float], successes: Sequence[bool]) -> float | None:
    """Return the area under the ROC curve, ties counted half; None when everything ended the same."""
    won, ranked, place = sum(successes), 0.0, 0
    lost = len(successes) - won
    if not won or not lost:
        return None
    pairs = sorted(zip(propensities, successes, strict=True))
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        group = [success for _, success in tied]
        ranked += (place + (len(group) + 1) / 2) * sum(group)
        place += len(group)
    return (ranked - won * (won + 1) / 2) / (won * lost)


def log_loss(propensities: Sequence[float], successes: Sequence[bool]) -> float:
    """Return the mean negative log likelihood, in nats."""
    total = 0.0
    for propensity, success in zip(propensities, successes, strict=True):
        bounded = min(max(propensity, _EDGE), 1 - _EDGE)
        total -= log(bounded if success else 1 - bounded)
    return total / len(successes)
