"""What became true of the choices made for a customer."""

from typing import Any

from msgspec import Struct

from xop.kernel.base.ids import derive


class Chosen(Struct, frozen=True, omit_defaults=True):
    """A choice whose result is still waited for."""

    id: str
    decision_set: str
    candidate: str
    """Empty for nothing."""
    at: int
    treatment: str = ""
    action: str = ""
    invocation: str = ""
    """The invocation its proposal leads to; empty when nothing was proposed."""
    arm: str = ""
    """`business` or the control group it was made in: `random`, `no_model` or `holdout`."""
    probability: float = 1.0
    """How likely this candidate and treatment was to be chosen, given all but chance: what off-policy evaluation needs."""
    propensity: float = 0.0
    model: str = ""
    """The version of the model that scored it."""
    features: dict[str, Any] = {}
    due: int = 0
    """Until when its result is waited for, in milliseconds since the epoch."""


class ActionChosen(Struct, frozen=True, tag=True, tag_field="fact"):
    """A decision set chose, be it nothing."""

    chosen: Chosen


class ChoiceAnswered(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """How a choice turned out: what models learn from."""

    chosen: Chosen
    outcome: str
    """The name of the result; `none` when none came in time, `not_delivered` when its action never came to the customer,
    `displaced` when too many choices waited for results."""
    reward: float
    learned: bool = True
    """Whether models learn from it: not from a choice that never came to the customer."""


ChoiceFact = ActionChosen | ChoiceAnswered


def decision_of(choice: str) -> str:
    """Return the id of the decision that a choice is recorded as."""
    return derive("dec", choice, "choice")


def fold_choices(choices: dict[str, Chosen], fact: ChoiceFact) -> dict[str, Chosen]:
    """Return the choices whose results are waited for."""
    if isinstance(fact, ActionChosen):
        return {**choices, fact.chosen.id: fact.chosen} if fact.chosen.due else choices
    return {name: each for name, each in choices.items() if name != fact.chosen.id}
