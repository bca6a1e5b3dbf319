"""Decision sets with their conditions and templates ready to ask."""

from collections.abc import Mapping
from dataclasses import dataclass

from xop.kernel.choices.model import Candidate, DecisionSet, Result, Treatment
from xop.kernel.conditions import Condition, Expression
from xop.kernel.templates import Template


@dataclass(frozen=True, slots=True)
class CompiledTreatment:
    """One way to bring a candidate to the customer."""

    treatment: Treatment
    condition: Condition | None
    arguments: Template


@dataclass(frozen=True, slots=True)
class CompiledCandidate:
    """One candidate."""

    candidate: Candidate
    filters: tuple[tuple[str, Condition], ...]
    """`eligible`, `applicable` and `suitable`, as far as they are written."""
    value: Template
    cost: Template
    context: tuple[tuple[Condition, float], ...]
    treatments: tuple[CompiledTreatment, ...]


@dataclass(frozen=True, slots=True)
class CompiledResult:
    """A signal that says how a choice turned out."""

    result: Result
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class CompiledDecisionSet:
    """A decision set."""

    definition: DecisionSet
    candidates: tuple[CompiledCandidate, ...]
    features: Mapping[str, Expression]
    key: Expression | None
    results: Mapping[str, tuple[CompiledResult, ...]]
    """By signal type."""
