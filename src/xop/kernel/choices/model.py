"""Decision sets as a workspace declares them: candidates, the model that scores them, exploration and control arms.

Conditions and templates may read `customer`, `request` (what the asker gave) and `now`.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.actions.model import Name
from xop.kernel.base.spans import Span

Number = float | str
"""A number, or a template that gives one."""

Fraction = Annotated[float, Meta(ge=0, le=1)]


class Treatment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to bring a candidate to the customer."""

    name: Name
    action: Name
    arguments: dict[str, Any] = {}
    """Templates."""
    when: str | None = None
    direction: Literal["inbound", "outbound"] = "outbound"
    weight: float = 1.0
    """The lever of this treatment."""


class Weight(Struct, frozen=True, forbid_unknown_fields=True):
    """A context weight: how much more a candidate matters while a condition holds."""

    when: str
    weight: Annotated[float, Meta(gt=0)]


class Candidate(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One next best action that may win."""

    name: Name
    treatments: Annotated[tuple[Treatment, ...], Meta(min_length=1)]
    issue: Name = "none"
    group: Name = "none"
    description: str = ""
    eligible: str | None = None
    """Whether the customer can have it."""
    applicable: str | None = None
    """Whether it matters now."""
    suitable: str | None = None
    """Whether it is in the customer's interest."""
    value: Number = 1.0
    """What it is worth when it succeeds."""
    cost: Number = 0.0
    """What trying it costs, in the unit of `value`; it is taken off the expected value."""
    context: tuple[Weight, ...] = ()
    lever: Annotated[float, Meta(gt=0)] = 1.0


class Result(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A signal that says how a choice turned out."""

    outcome: Name
    signal: str
    reward: Fraction = 1.0
    """1 for success and 0 for failure; what the model learns."""
    when: str | None = None
    """A condition over `choice`, `signal`, `customer` and `now`."""


class ModelSource(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where propensities come from."""

    kind: Literal["fixed", "logistic", "thompson", "table", "http"]
    propensity: Fraction = 0.1
    """What is taken for likely before anything is learned."""
    features: dict[Name, str] = {}
    """CEL expressions over `customer`, `request` and `now`, by name."""
    table: dict[str, Fraction] = {}
    """For `table`: propensities by candidate, by `candidate/treatment`, or by `candidate/treatment/key`."""
    key: str | None = None
    """For `table` and `thompson`: a CEL expression that gives the key under which propensities are kept apart."""
    action: Name | None = None
    """For `http`: the read action that is given the features as arguments and answers with `scores`: propensities by
    candidate or by `candidate/treatment`."""


class Exploration(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often something other than the best is tried."""

    rate: Fraction = 0.05
    """The share of choices made at random among what is permitted."""


class Arms(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Control groups: shares of customers, the same ones always."""

    random: Fraction = 0.02
    """Any permitted candidate, each as likely."""
    no_model: Fraction = 0.02
    """Ranked without the model."""
    holdout: Fraction = 0.02
    """Nothing is done."""


class DecisionSet(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What may be done next, and how it is ranked."""

    name: Name
    description: str
    candidates: Annotated[tuple[Candidate, ...], Meta(min_length=1, max_length=500)]
    model: ModelSource = ModelSource("fixed")
    explore: Exploration = Exploration()
    arms: Arms = Arms()
    results: tuple[Result, ...] = ()
    window: Span = "7d"
    """How long results are waited for; then the choice counts as a failure."""
    floor: float = 0.0
    """The priority that doing nothing has: a candidate must be above it."""
    levers: dict[str, float] = {}
    """Levers by issue, or by `issue/group`."""
