"""Proves invariants: no request that the host can make breaks them, or here is one that does."""

from typing import Any

from xop.kernel.policy.model import Outcome, Request
from xop.kernel.policy.reference import ReferenceEngine
from xop.lab.prove.model import Proof, Result
from xop.lab.prove.slice import CARRIED, EXACT, Slice
from xop.lab.prove.solver import Term, conjunction, negation, z3
from xop.lab.prove.study import Study
from xop.lab.prove.terrain import Terrain
from xop.lab.prove.witness import Witness, ask, plainest, witness
from xop.workspace.invariants import Declared

_NO_ACTION = "nobody can ask for any action it speaks of"

_TRIES = 12
"""Requests looked at in one slice before its answer is unknown: each may be one that the encoding leaves open."""


def prove(study: Study, declared: Declared) -> Proof:
    """Return whether an invariant holds of every request, with a request that the engine confirms when it does not."""
    slices = [each for each in study.slices if _speaks_of(declared, each)]
    doubt = ""
    doubtful: Witness | None = None
    for where in slices:
        if ask(where.solver, *_breaking(where, declared)) == "no":
            continue
        # A request of this release tells more than one that an earlier release let in, so it is looked for first.
        for carried in (False, True):
            found, why = _broken(where, declared, carried=carried)
            if found is not None and not why:
                return _proof(declared, "counterexample", slices, found)
            doubt, doubtful = doubt or why, doubtful or found
    if doubt:
        return _proof(declared, "unknown", slices, doubtful, doubt)
    if not slices:
        return _proof(declared, "proved", slices, why=_NO_ACTION)
    empty = not any(_meets_any(where, declared) for where in slices)
    return _proof(declared, "proved", slices, why="no request is like this at all" if empty else "")


def breaks(terrain: Terrain, declared: Declared, found: Witness) -> bool:
    """Say whether a request is one the invariant speaks of, and its verdict one it rules out."""
    principals = declared.invariant.over.principals
    if principals and found.request.principal_type not in principals:
        return False
    return _wrong(declared, found.verdict.outcome) and _asked(declared, found.request, terrain)


def _broken(where: Slice, declared: Declared, *, carried: bool) -> tuple[Witness | None, str]:
    """Return a request that breaks the invariant, and why it cannot be relied on."""
    terms = [*_breaking(where, declared), z3.Bool(CARRIED) if carried else z3.Not(z3.Bool(CARRIED))]
    solver = where.solver
    solver.push()
    try:
        return _confirmed(where, declared, terms, solver)
    finally:
        solver.pop()


def _breaking(where: Slice, declared: Declared) -> list[Term]:
    match = where.match(declared.tree)
    return [z3.Bool(EXACT), conjunction(match.value, negation(match.error)), _violation(where, declared)]


def _confirmed(where: Slice, declared: Declared, terms: list[Term], solver: Any) -> tuple[Witness | None, str]:
    refuted: Witness | None = None
    for _ in range(_TRIES):
        answer = ask(solver, *terms)
        if answer == "unknown":
            return refuted, f"the solver gave up on {where.principal_type} and {where.action.name}"
        if answer == "no":
            break
        model = plainest(solver, terms, where.variables.defaults())
        found, agreed = witness(where, model)
        if not agreed:
            return found, "the compiled rules and the reference disagree on this request"
        if _wrong(declared, found.verdict.outcome) and _asked(declared, found.request, where.terrain):
            return found, ""
        refuted = found
        solver.add(_another(model))
    if refuted is None:
        return None, ""
    open_parts = ", ".join(dict.fromkeys(where.encoder.left_open)) or "nothing"
    return refuted, f"requests were found that the engine judges otherwise; left open: {open_parts}"


def _another(model: Any) -> Term:
    """Return that the parts left open are not as in this model, so that a refuted guess is not made again."""
    guesses = [each for each in model.decls() if each.name().startswith(("open ", "fails "))]
    return z3.Not(z3.And([z3.Bool(each.name()) == model[each] for each in guesses]))


def _violation(where: Slice, declared: Declared) -> Term:
    invariant = declared.invariant
    if invariant.never is not None:
        return where.outcome(invariant.never)
    return negation(where.outcome(invariant.always or "deny"))


def _wrong(declared: Declared, outcome: Outcome) -> bool:
    invariant = declared.invariant
    return outcome == invariant.never if invariant.never is not None else outcome != invariant.always


def _speaks_of(declared: Declared, where: Slice) -> bool:
    principals = declared.invariant.over.principals
    if principals and where.principal_type not in principals:
        return False
    return where.match(declared.tree).value is not False


def _meets_any(where: Slice, declared: Declared) -> bool:
    match = where.match(declared.tree)
    return ask(where.solver, z3.Bool(EXACT), conjunction(match.value, negation(match.error))) != "no"


def _asked(declared: Declared, request: Request, terrain: Terrain) -> bool:
    judgement = ReferenceEngine([declared.rule], terrain.schema).judge(request)
    return judgement.error is None and bool(judgement.applied)


def _proof(
    declared: Declared, result: Result, slices: list[Slice], found: Witness | None = None, why: str = ""
) -> Proof:
    return Proof(declared.id, declared.invariant.message, result, len(slices), found, why)
