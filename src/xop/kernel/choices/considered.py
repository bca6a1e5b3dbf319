"""A candidate as a choice saw it: how it was reckoned, or where it fell."""

from typing import Literal

from msgspec import Struct

Stage = Literal[
    "",
    "eligible",
    "applicable",
    "suitable",
    "treatment",
    "arguments",
    "arbiter",
    "held",
    "value",
    "holdout",
    "floor",
    "outranked",
]
"""Where a candidate fell; empty for the winner."""

ARBITRATED = frozenset({"", "holdout", "floor", "outranked"})
"""The stages of candidates that might have won: they have a priority and a rank."""


class Considered(Struct, frozen=True, omit_defaults=True):
    """One candidate of a choice, by the best of its treatments."""

    name: str
    fell: Stage = ""
    reason: str = ""
    """The rule that denied or held it, or why a text had no answer."""
    treatment: str = ""
    action: str = ""
    issue: str = ""
    group: str = ""
    channel: str = ""
    direction: str = ""
    propensity: float = 0.0
    """What its priority was reckoned with."""
    model_propensity: float = 0.0
    """What the model said, before any draw from what it is unsure of."""
    context: float = 1.0
    """The product of the context weights that hold."""
    value: float = 0.0
    cost: float = 0.0
    lever: float = 1.0
    """The product of the levers of candidate, treatment, issue and group."""
    priority: float = 0.0
    """context * lever * (propensity * value - cost)."""
    rank: int = 0
    """Its place by priority, from 1; 0 for one that could not win."""
    probability: float = 0.0
    """How likely the candidate was to win, all its treatments together."""
