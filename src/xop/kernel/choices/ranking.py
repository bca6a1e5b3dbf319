"""The ranking: which of the options that may win is chosen, and how likely that was.

Priority is Pega's P * C * V * L (final propensity, context weight, value, levers; CDH "Arbitration strategy"), with what
trying costs taken off the expected value: C * L * (P * V - cost). Where a model is unsure its propensities are drawn
(Thompson sampling), from a fixed number of scenarios, so that the probability of every choice is known exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Literal

from xop.kernel.base.shares import place_of, share_at
from xop.kernel.choices.chance import logit, normals, propensity_of, uniform
from xop.kernel.choices.model import Arms

SCENARIOS = 64
"""Scenarios drawn when a model is unsure; one of them is carried out, each as likely."""

Arm = Literal["business", "random", "no_model", "holdout"]

Way = Literal["best", "explored", "random", "holdout", "nothing"]
"""How a choice came about."""

_WIDEST = 10.0
"""The largest standard deviation of a logit that makes a difference."""

_DIGITS = ".12g"
"""What is recorded of a number: no more than comes out the same everywhere."""


@dataclass(frozen=True, slots=True)
class Option:
    """One treatment of one candidate that may win."""

    candidate: str
    treatment: str
    propensity: float
    spread: float
    """The standard deviation of the propensity's logit."""
    value: float
    cost: float
    weight: float
    """Context weights and levers together."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which option was chosen, and what it was chosen among; lists are in the order of the options."""

    chosen: int | None
    """None for nothing."""
    way: Way
    probability: float
    """Of what was chosen, given the scenarios."""
    probabilities: tuple[float, ...]
    propensities: tuple[float, ...]
    """Those of the scenario that was carried out."""
    priorities: tuple[float, ...]


def arm_of(arms: Arms, decision_set: str, customer: str) -> Arm:
    """Return the arm a customer is in, which is always the same for a decision set."""
    business = max(0.0, 1.0 - arms.holdout - arms.random - arms.no_model)
    names: tuple[Arm, ...] = ("holdout", "random", "no_model", "business")
    weights = (arms.holdout, arms.random, arms.no_model, business)
    return names[share_at(place_of(decision_set, customer), weights)]


def rank(options: Sequence[Option], arm: Arm, explore: float, floor: float, seed: int) -> Ranking:
    """Choose among options; the same options, arm and seed always give the same choice."""
    by_candidate: dict[str, list[int]] = {}
    for number, option in enumerate(options):
        by_candidate.setdefault(option.candidate, []).append(number)
    anyone = _anyone(options, by_candidate)
    draws = [normals(seed, _purpose(each), SCENARIOS) if each.spread > 0 else None for each in options]
    # One scenario is enough when nothing is unsure.
    count = SCENARIOS if any(draws) else 1
    picked = int(uniform(seed, "scenario") * count)
    propensities, priorities = _carried_out(options, draws, picked)
    if arm == "holdout":
        nothing = (0.0,) * len(options)
        return Ranking(None, "holdout", 1.0, nothing, propensities, priorities)
    best, wins = _winners([_priorities(*each, count) for each in zip(options, draws, strict=True)], floor, picked)
    share = 1.0 if arm == "random" else explore
    mixed = zip(wins, anyone, strict=True)
    probabilities = tuple(_rounded((1 - share) * won + share * chance) for won, chance in mixed)
    chosen: int | None = best
    way: Way = "nothing" if best is None else "best"
    if options and uniform(seed, "explore") < share:
        chosen, way = _someone(by_candidate, seed), "random" if arm == "random" else "explored"
    if chosen is None:
        rest = 1.0 - share if options else 1.0
        probability = rest * (1.0 - _total(wins))
    else:
        probability = probabilities[chosen]
    return Ranking(chosen, way, _rounded(probability), probabilities, propensities, priorities)


def _anyone(options: Sequence[Option], by_candidate: dict[str, list[int]]) -> list[float]:
    """Each candidate is as likely, and so is each of its treatments."""
    return [1 / (len(by_candidate) * len(by_candidate[option.candidate])) for option in options]


def _someone(by_candidate: dict[str, list[int]], seed: int) -> int:
    places = list(by_candidate.values())
    treatments = places[int(uniform(seed, "candidate") * len(places))]
    return treatments[int(uniform(seed, "treatment") * len(treatments))]


def _priorities(option: Option, draws: list[float] | None, count: int) -> list[float]:
    """Return the priority of an option in every scenario."""
    if draws is None:
        return [_priority(option, option.propensity)] * count
    middle, spread = logit(option.propensity), min(option.spread, _WIDEST)
    weight, value, cost = option.weight, option.value, option.cost
    return [weight * (value / (1 + exp(-(middle + spread * each))) - cost) for each in draws]


def _carried_out(
    options: Sequence[Option], draws: Sequence[list[float] | None], picked: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return propensity and priority of every option in the scenario that is carried out."""
    propensities = []
    for option, drawn in zip(options, draws, strict=True):
        propensity = option.propensity
        if drawn is not None:
            propensity = propensity_of(logit(propensity) + min(option.spread, _WIDEST) * drawn[picked])
        propensities.append(_rounded(propensity))
    reckoned = zip(options, propensities, strict=True)
    return tuple(propensities), tuple(_rounded(_priority(option, each)) for option, each in reckoned)


def _winners(scenarios: list[list[float]], floor: float, picked: int) -> tuple[int | None, list[float]]:
    """Return who wins the scenario that is carried out, and the share of all scenarios that each option wins."""
    if not scenarios:
        return None, []
    count = len(scenarios[0])
    highest, winner = [floor] * count, [-1] * count
    for number, priorities in enumerate(scenarios):
        for scenario, priority in enumerate(priorities):
            if priority > highest[scenario]:
                highest[scenario], winner[scenario] = priority, number
    best = winner[picked]
    return (None if best < 0 else best), [winner.count(number) / count for number in range(len(scenarios))]


def _priority(option: Option, propensity: float) -> float:
    return option.weight * (propensity * option.value - option.cost)


def _rounded(number: float) -> float:
    return float(format(number, _DIGITS))


def _purpose(option: Option) -> str:
    return f"scenario/{option.candidate}/{option.treatment}"


def _total(numbers: Sequence[float]) -> float:
    # The built-in sum of floats rounds otherwise from Python 3.12 on, and a choice must come out the same everywhere.
    total = 0.0
    for number in numbers:
        total += number
    return total
