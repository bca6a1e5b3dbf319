"""The moment a command is judged in: everything a pure step needs from outside."""

from typing import Any

from msgspec import Struct

from xop.kernel.base.values import Known
from xop.kernel.identity.model import Identifier


class Score(Struct, frozen=True, array_like=True):
    """How likely one treatment is to succeed, as a model says."""

    candidate: str
    treatment: str
    propensity: float
    spread: float = 0.0
    """The standard deviation of the propensity's logit: how unsure the model is."""


class Scores(Struct, frozen=True, omit_defaults=True):
    """A model's answer to one choice."""

    model: str
    """The version of the model, named by its content."""
    scores: tuple[Score, ...] = ()
    features: dict[str, Any] = {}
    fault: str = ""
    """Why there is no answer; the decision set's own propensity is taken then."""


class Moment(Struct, frozen=True, omit_defaults=True):
    """Time, chance and gathered facts, as values."""

    at: int
    """Milliseconds since the epoch."""
    seed: int
    """A random number that the step may use up."""
    origin: str
    """The part of the customer that the command came in by."""
    reads: dict[str, Known] = {}
    """Outputs of read actions called for this command, by read; one that could not be had is missing."""
    elsewhere: tuple[Identifier, ...] = ()
    """Identifiers of a signal that belong to another customer, and stay there."""
    halts: tuple[str, ...] = ()
    """What is halted at the time."""
    scores: Scores | None = None
    """What the model said, when the command is a choice."""
    suppressed: tuple[Identifier, ...] = ()
    """Identifiers of a signal that belonged to somebody who was erased and is not to be contacted again."""
