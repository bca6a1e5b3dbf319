"""What the prover finds: proofs and counterexamples, rules without effect, and differences between two releases."""

from typing import Literal

from msgspec import Struct

from xop.kernel.policy.model import Outcome, Verdict
from xop.lab.prove.witness import Witness

Result = Literal["proved", "counterexample", "unknown"]

Flaw = Literal["dead", "contradicted", "shadowed", "unknown"]

Aspect = Literal["outcome", "wait", "obligations", "halts"]


class Proof(Struct, frozen=True):
    """What became of one invariant."""

    invariant: str
    message: str
    result: Result
    requests: int
    """How many types of principal times actions it speaks of."""
    witness: Witness | None = None
    """The request that breaks it; for `unknown`, one that the engine did not confirm, if any."""
    why: str = ""
    """Why nobody knows, or what is odd about a proof."""

    @property
    def vacuous(self) -> bool:
        """Whether it is proved because no request is one that it speaks of."""
        return self.result == "proved" and bool(self.why)


class Effectless(Struct, frozen=True):
    """A rule without effect."""

    rule: str
    place: str
    """File and line."""
    flaw: Flaw
    why: str
    by: tuple[str, ...] = ()
    """The rules that decide in its stead: those that each always do, or else the fewest found that do together."""
    witness: Witness | None = None
    """A request that the rule applies to, decided by others; a dead rule has none."""


class Difference(Struct, frozen=True):
    """A class of requests that two releases treat differently: same outcomes, for the same first reasons."""

    before: Outcome
    after: Outcome
    aspect: Aspect
    reason_before: str
    """The rule that decides first, or why none does."""
    reason_after: str
    actions: tuple[str, ...]
    principals: tuple[str, ...]
    old: Witness
    new: Witness


class Report(Struct, frozen=True):
    """Everything found out about one release."""

    release: str
    name: str
    rules: int
    proofs: tuple[Proof, ...]
    effectless: tuple[Effectless, ...]
    nobody: tuple[str, ...]
    """Actions that no request gets permitted or held."""
    observed: tuple[str, ...] = ()
    """Rules in shadow, which decide nothing and are left out."""

    @property
    def sound(self) -> bool:
        """Whether every invariant is proved and every rule has an effect."""
        return not self.effectless and all(proof.result == "proved" for proof in self.proofs)


class Comparison(Struct, frozen=True):
    """How a release differs from an earlier one."""

    before: str
    after: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    """Changes that rules do not see, and what the solver could not tell."""


def reason(verdict: Verdict) -> str:
    """Return the name of a verdict's first reason."""
    if verdict.error is not None:
        return "error"
    return verdict.determining[0] if verdict.determining else "nobody permits"
