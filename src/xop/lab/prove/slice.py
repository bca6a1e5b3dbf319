"""The rules for one type of principal and one action, encoded together with what the host guarantees of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cedarpy import pst

from xop.kernel.policy.model import Outcome, Request, Rule
from xop.kernel.policy.scope import conditions
from xop.lab.prove.axioms import Axioms
from xop.lab.prove.expression import Encoded, Encoder
from xop.lab.prove.solver import TIMEOUT, Term, conjunction, disjunction, negation, z3
from xop.lab.prove.terrain import Terrain
from xop.lab.prove.universe import Universe
from xop.lab.prove.variables import PRINCIPAL, RESOURCE, Variables

CARRIED = "carried over"
"""Whether an invocation was proposed under an earlier release."""

EXACT = "exact principals"
"""Whether the principal is one of those the release lets in, with just its rights."""


@dataclass(frozen=True, slots=True)
class Applies:
    """Whether one rule applies, and whether asking it fails."""

    rule: Rule
    holds: Term
    fails: Term


class Slice:
    """One slice of a release, with one formula for each rule and for each outcome."""

    def __init__(
        self,
        terrain: Terrain,
        universe: Universe,
        key: tuple[str, str],
        apart: frozenset[str] = frozenset(),
        sibling: "Slice | None" = None,
    ) -> None:
        self.terrain = terrain
        self.principal_type, self.action = key[0], terrain.schema.by_name[key[1]]
        self.variables = Variables(self.action.context, universe, apart)
        self.encoder = Encoder(self.principal_type, self.action, self.variables)
        self._sibling = sibling
        self._matches: dict[int, tuple[pst.Template, Encoded]] = {}
        self._outcomes: dict[Outcome, Term] = {}

    @cached_property
    def applies(self) -> Mapping[str, Applies]:
        """The rules whose head can match, by id and in rule order."""
        return dict(self._encode())

    @cached_property
    def guarantees(self) -> Term:
        """Everything the host guarantees."""
        axioms = self._axioms()
        exact = z3.Or(z3.Not(z3.Bool(EXACT)), conjunction(*axioms.exact()))
        return conjunction(self._of_action, *axioms.actor(), exact)

    @cached_property
    def _of_action(self) -> Term:
        """What the host guarantees whoever asks: a sibling, a slice of the same action and release, says the same."""
        if self._sibling is not None:
            return self._sibling._of_action  # noqa: SLF001 - of its own class
        axioms = self._axioms()
        return conjunction(
            *axioms.always(),
            z3.Or(z3.Bool(CARRIED), conjunction(*axioms.own())),
            z3.Or(z3.Not(z3.Bool(CARRIED)), negation(self.variables.is_text(("stage",), "proposal"))),
        )

    def _axioms(self) -> Axioms:
        release = self.terrain.release
        return Axioms(release, release.actions[self.action.name], self.principal_type, self.variables)

    @cached_property
    def solver(self) -> Any:
        """A solver that knows the guarantees."""
        return new_solver(self.guarantees)

    def match(self, tree: pst.Template) -> Encoded:
        """Return whether a rule, the head included, applies here, and whether asking it fails."""
        # The tree is kept beside what it means here, so that its identity stays its own.
        if id(tree) not in self._matches:
            self._matches[id(tree)] = tree, self._match(tree)
        return self._matches[id(tree)][1]

    def _match(self, tree: pst.Template) -> Encoded:
        head = conditions(tree, self.principal_type, self.action)
        if head is None:
            return Encoded("Bool", value=False)
        parts = [self.encoder.boolean(test) for test in head]
        for clause in tree.clauses:
            part = self.encoder.boolean(clause.expr)
            negated = Encoded("Bool", negation(part.value), part.error)
            parts.append(negated if isinstance(clause, pst.Unless) else part)
        value: Term = True
        error: Term = False
        for part in parts:
            error = disjunction(error, conjunction(value, part.error))
            value = conjunction(value, part.value)
        return Encoded("Bool", value, error)

    def outcome(self, outcome: Outcome, without: str = "") -> Term:
        """Return when a request gets this outcome, as kernel/policy/combine.py finds it; `without` leaves a rule out."""
        if without:
            return self._outcome(outcome, without)
        if outcome not in self._outcomes:
            self._outcomes[outcome] = self._outcome(outcome, without)
        return self._outcomes[outcome]

    def _outcome(self, outcome: Outcome, without: str) -> Term:
        applies = [each for name, each in self.applies.items() if name != without]
        denied = disjunction(
            *(each.fails for each in applies), *(e.holds for e in applies if e.rule.effect == "forbid")
        )
        permitted = disjunction(*(each.holds for each in applies if each.rule.effect == "permit"))
        held = disjunction(*(each.holds for each in applies if each.rule.effect == "hold"))
        if outcome == "deny":
            return disjunction(denied, negation(permitted))
        return conjunction(negation(denied), permitted, held if outcome == "hold" else negation(held))

    def request(self, model: Any) -> Request:
        """Return the request a model of the solver describes."""
        return Request(
            self.principal_type,
            self.variables.text(z3.Int(PRINCIPAL), model),
            self.action.name,
            self.variables.text(z3.Int(RESOURCE), model),
            self.variables.context(model),
        )

    def _encode(self) -> Iterator[tuple[str, Applies]]:
        for rule in self.terrain.rules:
            found = self.match(self.terrain.trees[rule.id])
            if found.value is not False or found.error is not False:
                # A part that fails makes the value meaningless, so a rule applies only where nothing fails.
                yield rule.id, Applies(rule, conjunction(found.value, negation(found.error)), found.error)


def new_solver(*terms: Term) -> Any:
    """Return a solver that knows these terms."""
    solver = z3.SolverFor("QF_LIA")
    solver.set("timeout", TIMEOUT)
    for term in terms:
        solver.add(term)
    return solver
