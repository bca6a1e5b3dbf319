"""The solver, loaded on first use because it is an optional extra, and its connectives with what is known folded in."""

from importlib import import_module
from typing import Any, Final

Term = Any
"""A value of the solver, or the Python value it is known to have."""

TIMEOUT = 10_000
"""Milliseconds for one question; what takes longer is unknown."""


class SolverMissing(Exception):  # noqa: N818 - names what happened
    """The solver is not installed."""


class _Solver:
    """The module z3, imported when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        try:
            loaded = import_module("z3")
        except ImportError as error:
            raise SolverMissing("the solver z3 is not installed") from error
        found = getattr(loaded, name)
        setattr(self, name, found)
        return found


z3: Final[Any] = _Solver()


def conjunction(*parts: Term) -> Term:
    """Return `and`; a part known to be false decides it."""
    return _joined(parts, neutral=True)


def disjunction(*parts: Term) -> Term:
    """Return `or`; a part known to be true decides it."""
    return _joined(parts, neutral=False)


def negation(part: Term) -> Term:
    """Return `not`."""
    return (not part) if isinstance(part, bool) else z3.Not(part)


def implication(premise: Term, conclusion: Term) -> Term:
    """Return `if premise then conclusion`."""
    return disjunction(negation(premise), conclusion)


def choice(test: Term, yes: Term, no: Term) -> Term:
    """Return `yes` where the test holds and `no` elsewhere."""
    if isinstance(test, bool):
        return yes if test else no
    if isinstance(yes, bool) and isinstance(no, bool):
        return yes if yes is no else (test if yes else negation(test))
    return z3.If(test, yes, no)


def equality(left: Term, right: Term) -> Term:
    """Return `left == right`; two Bools are equal when each implies the other."""
    if isinstance(left, bool):
        return right if left else negation(right)
    if isinstance(right, bool):
        return left if right else negation(left)
    return left == right


def differs(left: Term, right: Term) -> Term:
    """Return whether two Bools have different values."""
    return negation(equality(left, right))


def _joined(parts: tuple[Term, ...], *, neutral: bool) -> Term:
    kept = []
    for part in parts:
        if isinstance(part, bool):
            if part is not neutral:
                return part
        else:
            kept.append(part)
    if not kept:
        return neutral
    if len(kept) == 1:
        return kept[0]
    return z3.And(kept) if neutral else z3.Or(kept)
