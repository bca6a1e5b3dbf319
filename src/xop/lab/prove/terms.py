"""What rules add to a verdict beside its outcome: how an approval is to be given, and what stops altogether."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xop.kernel.base.spans import milliseconds
from xop.kernel.policy.model import Terms, Verdict
from xop.lab.prove.slice import Applies
from xop.lab.prove.solver import Term, conjunction, differs, disjunction, negation

_NO_TERMS = Terms()


def terms_differ(ones: Sequence[Applies], others: Sequence[Applies]) -> Term:
    """Return where two sets of rules ask for an approval on other terms; kernel/policy/combine.py takes the strictest."""
    mine, theirs = _asking(ones), _asking(others)
    every = [terms for _, terms in (*mine, *theirs)]
    found = [
        differs(_any(mine, _enough, most), _any(theirs, _enough, most))
        for most in {each.people for each in every} - {1}
    ]
    for span in _SPANS:
        for least in {length for each in every if (length := span(each))}:
            found.append(differs(_any(mine, _within(span), least), _any(theirs, _within(span), least)))
    one, other = _escalations(mine), _escalations(theirs)
    found += [differs(one.get(way, False), other.get(way, False)) for way in dict.fromkeys((*one, *other))]
    return disjunction(*found)


def halts_differ(ones: Sequence[Applies], others: Sequence[Applies]) -> Term:
    """Return where two sets of rules want something else stopped altogether."""
    one, other = _stopped(ones), _stopped(others)
    return disjunction(
        *(differs(one.get(what, False), other.get(what, False)) for what in dict.fromkeys((*one, *other)))
    )


def terms_of(verdict: Verdict) -> tuple[Any, ...]:
    """Return the terms of a verdict so that two ways to write a span are one."""
    terms = verdict.terms or _NO_TERMS
    return terms.people, *(span(terms) for span in _SPANS), terms.escalate_to, _length(terms.escalate_after)


_Asking = Sequence[tuple[Applies, Terms]]


def _asking(applies: Iterable[Applies]) -> _Asking:
    return [(each, each.rule.terms) for each in applies if each.rule.effect == "hold" and each.rule.terms is not None]


def _any(asking: _Asking, fits: Callable[[Terms, int], bool], bound: int) -> Term:
    return disjunction(*(one.holds for one, terms in asking if fits(terms, bound)))


def _enough(terms: Terms, least: int) -> bool:
    return terms.people >= least


def _within(span: Callable[[Terms], int]) -> Callable[[Terms, int], bool]:
    return lambda terms, most: 0 < span(terms) <= most


def _escalations(asking: _Asking) -> Mapping[tuple[str, int], Term]:
    """Return when which escalation holds: the most impatient, of several the first."""
    found: dict[tuple[str, int], Term] = {}
    earlier: list[Term] = []
    escalating = [(one, terms) for one, terms in asking if terms.escalate_to]
    for one, terms in sorted(escalating, key=lambda each: _length(each[1].escalate_after)):
        way = (terms.escalate_to, _length(terms.escalate_after))
        found[way] = disjunction(found.get(way, False), conjunction(one.holds, negation(disjunction(*earlier))))
        earlier.append(one.holds)
    return found


def _stopped(applies: Sequence[Applies]) -> Mapping[str, Term]:
    """Return when what is stopped altogether; a rule that fails leaves only its error."""
    sound = negation(disjunction(*(each.fails for each in applies)))
    forbids = [(each.rule.halts, each.holds) for each in applies if each.rule.effect == "forbid" and each.rule.halts]
    return {
        what: conjunction(sound, disjunction(*(holds for named, holds in forbids if named == what)))
        for what, _ in forbids
    }


def _length(span: str) -> int:
    return milliseconds(span) if span else 0


_SPANS: tuple[Callable[[Terms], int], ...] = (
    lambda terms: _length(terms.deadline),
    lambda terms: _length(terms.reminder),
)
