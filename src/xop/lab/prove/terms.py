"""What rules add to a verdict beside its outcome: how an approval is to be given, and what stops altogether."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from xop.kernel.policy.demands import Ask, Way, length, way
from xop.kernel.policy.model import Terms
from xop.lab.prove.slice import Applies
from xop.lab.prove.solver import Term, conjunction, differs, disjunction, negation


def terms_differ(ones: Sequence[Applies], others: Sequence[Applies]) -> Term:
    """Return where two sets of rules ask for other approvals, or for one on other terms: see kernel/policy/demands.py."""
    mine, theirs = _asking(ones), _asking(others)
    every = [ask for _, ask in (*mine, *theirs)]
    fits: list[_Fits] = [_asks(way(ask), ask[1].people) for ask in every]
    fits += [_within(span, least) for span in _SPANS for _, terms in every if (least := span(terms))]
    return disjunction(*(differs(_any(mine, each), _any(theirs, each)) for each in fits))


def halts_differ(ones: Sequence[Applies], others: Sequence[Applies]) -> Term:
    """Return where two sets of rules want something else stopped altogether."""
    one, other = _stopped(ones), _stopped(others)
    return disjunction(
        *(differs(one.get(what, False), other.get(what, False)) for what in dict.fromkeys((*one, *other)))
    )


_Asking = Sequence[tuple[Applies, Ask]]

_Fits = Callable[[Ask], bool]


def _asking(applies: Iterable[Applies]) -> _Asking:
    holds = (each for each in applies if each.rule.effect == "hold")
    return [
        (each, (each.rule.approver, each.rule.terms or Terms())) for each in holds if each.rule.approver is not None
    ]


def _any(asking: _Asking, fits: _Fits) -> Term:
    return disjunction(*(one.holds for one, ask in asking if fits(ask)))


def _asks(who: Way, least: int) -> _Fits:
    return lambda ask: way(ask) == who and ask[1].people >= least


def _within(span: Callable[[Terms], int], most: int) -> _Fits:
    return lambda ask: 0 < span(ask[1]) <= most


def _stopped(applies: Sequence[Applies]) -> Mapping[str, Term]:
    """Return when what is stopped altogether; a rule that fails leaves only its error."""
    sound = negation(disjunction(*(each.fails for each in applies)))
    forbids = [(each.rule.halts, each.holds) for each in applies if each.rule.effect == "forbid" and each.rule.halts]
    return {
        what: conjunction(sound, disjunction(*(holds for named, holds in forbids if named == what)))
        for what, _ in forbids
    }


_SPANS: tuple[Callable[[Terms], int], ...] = (
    lambda terms: length(terms.deadline),
    lambda terms: length(terms.reminder),
)
