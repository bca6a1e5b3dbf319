"""Evidence: how much the logged decisions can tell of a strategy at all."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from xop.lab.evaluate.observation import Observation

LEAST_DECISIONS = 100.0
"""Effective decisions below which nothing is concluded."""

LEAST_RESULTS = 10.0
"""Effective successes, and failures, below which nothing is concluded: an interval around none of them would be a point."""

MOST_UNSUPPORTED = 0.05
"""The largest share of a strategy's actions that may be missing from the log."""

FAR_WEIGHT = 4.0
"""Standard errors by which the mean weight may be off 1, which it is on average when the logged probabilities are right."""


class Evidence(Struct, frozen=True):
    """What the estimates rest on."""

    decisions: int
    customers: int
    effective: float
    """Kish's effective sample size: (sum of weights) squared by the sum of squared weights."""
    largest_weight: float
    mean_weight: float
    matched: int
    """Decisions that the strategy might have made too."""
    successes: int
    """Matched decisions with a reward."""
    effective_successes: float
    effective_failures: float
    unsupported: float
    """The share of the strategy's actions that the log never takes in such a case."""
    lacking: tuple[str, ...] = ()
    """Why it is not enough; empty when it is."""

    @property
    def enough(self) -> bool:
        """Whether anything may be concluded."""
        return not self.lacking


def weigh(observations: Sequence[Observation]) -> Evidence:
    """Return what some observations have to tell of their strategy."""
    weights = [each.weight for each in observations]
    count = max(len(weights), 1)
    mean = sum(weights) / count
    spread = (sum((each - mean) ** 2 for each in weights) / count / count) ** 0.5
    won = [weight * each.reward for weight, each in zip(weights, observations, strict=True)]
    lost = [weight * (1 - each.reward) for weight, each in zip(weights, observations, strict=True)]
    unsupported = sum(each.unsupported for each in observations) / count
    evidence = Evidence(
        decisions=len(observations),
        customers=len({each.customer for each in observations}),
        effective=effective(weights),
        largest_weight=max(weights, default=0.0),
        mean_weight=mean,
        matched=sum(weight > 0 for weight in weights),
        successes=sum(weight > 0 and each.reward > 0 for weight, each in zip(weights, observations, strict=True)),
        effective_successes=effective(won),
        effective_failures=effective(lost),
        unsupported=unsupported,
    )
    off = abs(mean - 1) > FAR_WEIGHT * spread and abs(mean - 1) > MOST_UNSUPPORTED
    return _judged(evidence, off=off)


def effective(weights: Sequence[float]) -> float:
    """Return how many equally weighted things some weights are worth."""
    squares = sum(each * each for each in weights)
    return sum(weights) ** 2 / squares if squares else 0.0


def _judged(evidence: Evidence, *, off: bool) -> Evidence:
    lacking = tuple(_lacks(evidence, off=off))
    return Evidence(**{name: getattr(evidence, name) for name in evidence.__struct_fields__} | {"lacking": lacking})


def _lacks(evidence: Evidence, *, off: bool) -> Iterator[str]:
    if evidence.effective < LEAST_DECISIONS:
        yield f"the decisions are worth {evidence.effective:.0f} equally weighted ones; {LEAST_DECISIONS:.0f} are needed"
    for word, count in (("successes", evidence.effective_successes), ("failures", evidence.effective_failures)):
        if count < LEAST_RESULTS:
            yield f"the matched {word} are worth {count:.1f} equally weighted ones; {LEAST_RESULTS:.0f} are needed"
    if evidence.customers < LEAST_RESULTS:
        yield f"the decisions are about {evidence.customers} customers; {LEAST_RESULTS:.0f} are needed"
    if evidence.unsupported > MOST_UNSUPPORTED:
        yield f"{evidence.unsupported:.0%} of what the strategy would do was never done in such a case"
    if off:
        yield f"the mean weight is {evidence.mean_weight:.2f} and not 1, so the log lacks what the strategy would do"
