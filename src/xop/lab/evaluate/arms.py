"""Control arms: how the customers of each did, and whether the difference is more than chance."""

from collections import defaultdict
from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

from msgspec import Struct

from xop.lab.evaluate.estimate import Z

LEAST_SUCCESSES = 5
"""Successes and failures that each arm needs for the normal approximation."""


class Outcome(Struct, frozen=True):
    """How one decision turned out, in the arm of its customer."""

    customer: str
    arm: str
    success: bool


class ArmFigures(Struct, frozen=True):
    """How one arm did."""

    arm: str
    customers: int
    decisions: int
    successes: int
    rate: float
    interval: tuple[float, float] | None
    """Wilson's 95 % interval, widened by how much decisions about one customer are alike."""


class ArmTest(Struct, frozen=True):
    """The business against one control arm."""

    arm: str
    difference: float
    """The success rate of the business less that of the control arm."""
    z: float | None
    p: float | None
    """Two-sided; None without enough evidence."""
    clear: bool
    """Whether the difference is more than chance, at 5 %."""


def arm_figures(outcomes: Sequence[Outcome]) -> list[ArmFigures]:
    """Return how each arm did, by name."""
    return [_figures(arm, [each for each in outcomes if each.arm == arm]) for arm in sorted({e.arm for e in outcomes})]


def arm_tests(outcomes: Sequence[Outcome]) -> list[ArmTest]:
    """Return the Z-tests of proportions of the business against each control arm."""
    business = [each for each in outcomes if each.arm == "business"]
    controls = sorted({each.arm for each in outcomes} - {"business"})
    return [_test(business, [each for each in outcomes if each.arm == arm]) for arm in controls] if business else []


def _figures(arm: str, outcomes: list[Outcome]) -> ArmFigures:
    count, successes = len(outcomes), sum(each.success for each in outcomes)
    customers = len({each.customer for each in outcomes})
    return ArmFigures(
        arm, customers, count, successes, successes / count, _wilson(successes / count, count / _alike(outcomes))
    )


def _wilson(rate: float, count: float) -> tuple[float, float]:
    middle = (rate + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z * sqrt(rate * (1 - rate) / count + Z * Z / (4 * count * count)) / (1 + Z * Z / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def _test(business: list[Outcome], control: list[Outcome]) -> ArmTest:
    first, second = len(business), len(control)
    won, other = sum(each.success for each in business), sum(each.success for each in control)
    difference = won / first - other / second
    least = min(won, other, first - won, second - other)
    pooled = (won + other) / (first + second)
    variance = pooled * (1 - pooled) * (_alike(business) / first + _alike(control) / second)
    if least < LEAST_SUCCESSES or variance <= 0:
        return ArmTest(control[0].arm, difference, None, None, clear=False)
    z = difference / sqrt(variance)
    p = 2 * NormalDist().cdf(-abs(z))
    return ArmTest(control[0].arm, difference, z, p, clear=abs(z) > Z)


def _alike(outcomes: list[Outcome]) -> float:
    """Return the design effect: the variance of the rate against that of as many independent decisions, 1 at least."""
    rate = sum(each.success for each in outcomes) / len(outcomes)
    sums: dict[str, float] = defaultdict(float)
    for each in outcomes:
        sums[each.customer] += each.success - rate
    alone = sum((each.success - rate) ** 2 for each in outcomes)
    return max(1.0, sum(each * each for each in sums.values()) / alone) if alone else 1.0
