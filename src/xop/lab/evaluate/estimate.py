"""Estimates with intervals: ratios of two means, whose scatter is that between customers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from msgspec import Struct

Z = 1.959963984540054
"""The 97.5 % point of the standard normal distribution: intervals hold 95 % of the time."""

DRAWS = 1_000
"""Samples of the bootstrap."""

_MOST_GROUPS = 1_000
"""Groups that the bootstrap draws; with more customers than that, each group is several of them, put together at random."""


class Estimate(Struct, frozen=True):
    """A mean reward, and two 95 % intervals of it; None where the evidence carries none."""

    value: float
    interval: tuple[float, float] | None = None
    """By the normal approximation."""
    bootstrap: tuple[float, float] | None = None
    """By drawing customers again and again."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an estimator makes of each decision: the estimate is the sum of the numerators by that of the denominators."""

    numerators: Sequence[float]
    denominators: Sequence[float]

    @property
    def value(self) -> float:
        """The estimate; 0 when nothing was weighed."""
        total = sum(self.denominators)
        return sum(self.numerators) / total if total else 0.0

    @property
    def influences(self) -> list[float]:
        """How far each decision moves the estimate (the delta method): their mean is 0, their scatter that of the estimate."""
        value, mean = self.value, sum(self.denominators) / max(len(self.denominators), 1)
        if not mean:
            return [0.0] * len(self.numerators)
        return [(above - value * below) / mean for above, below in zip(self.numerators, self.denominators, strict=True)]


def estimated(terms: Terms, customers: Sequence[str], seed: int) -> Estimate:
    """Return the estimate of some terms with its intervals."""
    value, half = terms.value, Z * standard_error(terms.influences, customers)
    return Estimate(value, (value - half, value + half), _bootstrap(terms, customers, seed))


def standard_error(influences: Sequence[float], customers: Sequence[str]) -> float:
    """Return the standard error of a mean of influences; decisions about one customer count as one.

    With one decision for each customer this is sd / sqrt(n). The sandwich formula of clustered samples otherwise.
    """
    sums: dict[str, float] = defaultdict(float)
    for influence, customer in zip(influences, customers, strict=True):
        sums[customer] += influence
    if len(sums) < 2:  # noqa: PLR2004 - one customer tells nothing of how customers differ
        return 0.0
    squares = sum(each * each for each in sums.values())
    return sqrt(squares * len(sums) / (len(sums) - 1)) / len(influences)


def _bootstrap(terms: Terms, customers: Sequence[str], seed: int) -> tuple[float, float]:
    """Return the percentile interval of the bootstrap over customers."""
    chance = Random(seed)  # noqa: S311 - a seeded draw that anybody can repeat
    groups = _groups(terms, customers, chance)
    found = []
    for _ in range(DRAWS):
        drawn = chance.choices(groups, k=len(groups))
        below = sum([each[1] for each in drawn])
        if below:
            found.append(sum([each[0] for each in drawn]) / below)
    found.sort()
    if not found:
        return terms.value, terms.value
    return found[int(0.025 * len(found))], found[min(int(0.975 * len(found)), len(found) - 1)]


def _groups(terms: Terms, customers: Sequence[str], chance: Random) -> list[tuple[float, float]]:
    sums: dict[str, tuple[float, float]] = {}
    for above, below, customer in zip(terms.numerators, terms.denominators, customers, strict=True):
        known = sums.get(customer, (0.0, 0.0))
        sums[customer] = known[0] + above, known[1] + below
    singles = list(sums.values())
    if len(singles) <= _MOST_GROUPS:
        return singles
    chance.shuffle(singles)
    dealt = (singles[first::_MOST_GROUPS] for first in range(_MOST_GROUPS))
    return [(sum(each[0] for each in hand), sum(each[1] for each in hand)) for hand in dealt]
