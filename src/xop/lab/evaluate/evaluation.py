"""The evaluation of a strategy: what it is worth by every estimator, against what the log was worth."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from xop.lab.evaluate.estimate import Estimate, Terms, Z, estimated, standard_error
from xop.lab.evaluate.estimators import dr_terms, ips_terms, logged_terms, snips_terms
from xop.lab.evaluate.evidence import Evidence, weigh
from xop.lab.evaluate.expectation import Expectation
from xop.lab.evaluate.observation import Observation

Finding = Literal["better", "worse", "no clear difference", "not enough evidence"]


class Evaluation(Struct, frozen=True):
    """What a strategy is worth for each decision, by several estimators."""

    evidence: Evidence
    logged: Estimate
    ips: Estimate
    snips: Estimate
    dr: Estimate
    gain: Estimate
    """DR less the log, on the same decisions."""
    finding: Finding
    """What may be said of the strategy against the log."""


def evaluate(observations: Sequence[Observation], seed: int = 1) -> Evaluation:
    """Evaluate the strategy that the observations hold; the same seed gives the same bootstrap.

    Without enough evidence there are values but no intervals, and nothing is concluded.
    """
    evidence = weigh(observations)
    customers = [each.customer for each in observations]
    logged, dr = logged_terms(observations), dr_terms(observations, Expectation(observations))

    def told(terms: Terms) -> Estimate:
        return estimated(terms, customers, seed) if evidence.enough else Estimate(terms.value)

    gain = _gain(dr, logged, customers)
    return Evaluation(
        evidence=evidence,
        logged=estimated(logged, customers, seed) if observations else Estimate(0.0),
        ips=told(ips_terms(observations)),
        snips=told(snips_terms(observations)),
        dr=told(dr),
        gain=gain if evidence.enough else Estimate(gain.value),
        finding=_finding(gain) if evidence.enough else "not enough evidence",
    )


def _gain(terms: Terms, logged: Terms, customers: Sequence[str]) -> Estimate:
    value = terms.value - logged.value
    pairs = zip(terms.influences, logged.influences, strict=True)
    half = Z * standard_error([one - other for one, other in pairs], customers)
    return Estimate(value, (value - half, value + half))


def _finding(gain: Estimate) -> Finding:
    if gain.interval is None or gain.interval[0] <= 0 <= gain.interval[1]:
        return "no clear difference"
    return "better" if gain.value > 0 else "worse"
