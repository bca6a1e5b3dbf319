"""Witnesses: concrete requests that a proof points at, made plain and judged by the engine itself."""

from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from xop.kernel.policy.combine import combine
from xop.kernel.policy.model import Request, Verdict
from xop.lab.prove.slice import CARRIED, Slice
from xop.lab.prove.solver import Term, z3
from xop.lab.prove.terrain import Terrain

Answer = Literal["yes", "no", "unknown"]


class Replay(Struct, frozen=True):
    """What the engine says of a request: compiled, and the reference as its check."""

    verdict: Verdict
    agreed: bool
    """Whether the compiled rules and the reference said the same."""


class Witness(Struct, frozen=True):
    """A concrete request and the verdict the engine gives on it."""

    request: Request
    verdict: Verdict
    carried: bool = False
    """Whether only an invocation proposed under an earlier release can be like this."""


def ask(solver: Any, *terms: Term) -> Answer:
    """Say whether the solver can make all terms true."""
    if any(term is False for term in terms):
        return "no"
    result = solver.check(*(term for term in terms if term is not True))
    if result == z3.sat:
        return "yes"
    return "no" if result == z3.unsat else "unknown"


def plainest(solver: Any, terms: Iterable[Term], defaults: Iterable[Term]) -> Any:
    """Return a model of the terms in which as much as possible is as in a plain request."""
    kept = [term for term in terms if term is not True]
    solver.check(*kept)
    model = solver.model()
    for default in defaults:
        if z3.is_true(model.eval(default, model_completion=True)):
            kept.append(default)
        elif solver.check(*kept, default) == z3.sat:
            kept.append(default)
            model = solver.model()
    return model


def replay(terrain: Terrain, request: Request) -> Replay:
    """Judge a request as the release would."""
    judgement = terrain.engine.judge(request, seed=0)
    return Replay(combine(terrain.engine.rules, judgement), not judgement.mismatch)


def witness(where: Slice, model: Any) -> tuple[Witness, bool]:
    """Return the request of a model with its verdict, and whether both engines agree on it."""
    request = where.request(model)
    replayed = replay(where.terrain, request)
    carried = bool(z3.is_true(model.eval(z3.Bool(CARRIED), model_completion=True)))
    return Witness(request, replayed.verdict, carried), replayed.agreed
