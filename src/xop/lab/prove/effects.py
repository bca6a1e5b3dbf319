"""Finds rules without effect and actions that nobody may do, whoever the principals of the release are."""

from collections.abc import Iterable, Sequence

from xop.kernel.policy.model import Rule
from xop.lab.prove.model import Effectless, Flaw
from xop.lab.prove.slice import CARRIED, EXACT, Slice
from xop.lab.prove.solver import Term, conjunction, differs, disjunction, negation, z3
from xop.lab.prove.study import Study
from xop.lab.prove.witness import Answer, ask

_STRENGTH = {"permit": 0, "hold": 1, "forbid": 2}


def effect_of(study: Study, rule: Rule) -> Effectless | None:
    """Return why a rule has no effect, or None when some request of this release gets another verdict by it.

    Principals may have any rights that a workspace can give, so that a rule is not called dead for want of somebody.
    """
    slices = [each for each in study.slices if rule.id in each.applies]
    answers = [ask(each.solver, *_own(), _asked(each, rule)) for each in slices]
    alive = [each for each, answer in zip(slices, answers, strict=True) if answer != "no"]
    if not alive:
        return _flaw(rule, "dead", "no request that this release takes is like this")
    tells = _any(ask(each.solver, *_own(), _matters(each, rule)) for each in alive)
    if tells == "yes":
        return None
    if tells == "unknown":
        return _flaw(rule, "unknown", "the solver gave up")
    deciding = tuple(other.id for other in study.terrain.rules if _decides(alive, rule, other))
    if rule.effect == "permit" and _never_permits(alive, rule):
        return _flaw(rule, "contradicted", "whatever it permits, a rule forbids", deciding)
    return _flaw(rule, "shadowed", "without it every verdict is the same", deciding)


def nobody_may(study: Study) -> tuple[str, ...]:
    """Return the actions that no principal of this release can have permitted or held."""
    return tuple(
        action.name
        for action in study.terrain.schema.actions
        if all(
            ask(each.solver, *_own(), z3.Bool(EXACT), negation(each.outcome("deny"))) == "no"
            for each in study.of_action(action)
        )
    )


def _own() -> tuple[Term, ...]:
    return (z3.Not(z3.Bool(CARRIED)),)


def _asked(where: Slice, rule: Rule) -> Term:
    found = where.applies[rule.id]
    return disjunction(found.holds, found.fails)


def _matters(where: Slice, rule: Rule) -> Term:
    """Return where the verdict is another without the rule: its outcome, or what is waited for or owed."""
    outcomes = [
        differs(where.outcome(outcome), where.outcome(outcome, without=rule.id)) for outcome in ("permit", "hold")
    ]
    return disjunction(*outcomes, _adds(where, rule))


def _adds(where: Slice, rule: Rule) -> Term:
    """Return where the outcome stays and the rule adds to what it waits for or to its obligations."""
    applies, found = where.applies.values(), where.applies[rule.id]
    words = [*rule.obligations, *([rule.until] if rule.until else []), *([rule.approver] if rule.approver else [])]
    if rule.effect == "forbid" or not words:
        return False
    others = [each for each in applies if each.rule.id != rule.id and each.rule.effect == rule.effect]
    alone = [
        negation(
            disjunction(
                *(
                    each.holds
                    for each in others
                    if word in (*each.rule.obligations, each.rule.until, each.rule.approver)
                )
            )
        )
        for word in words
    ]
    return conjunction(where.outcome(rule.effect), found.holds, disjunction(*alone))


def _decides(slices: Sequence[Slice], rule: Rule, other: Rule) -> bool:
    """Say whether another rule at least as strong applies wherever this one does."""
    if other.id == rule.id or _STRENGTH[other.effect] < _STRENGTH[rule.effect]:
        return False
    return all(
        other.id in each.applies
        and ask(each.solver, *_own(), each.applies[rule.id].holds, negation(each.applies[other.id].holds)) == "no"
        for each in slices
    )


def _never_permits(slices: Sequence[Slice], rule: Rule) -> bool:
    return all(
        ask(each.solver, *_own(), each.applies[rule.id].holds, negation(each.outcome("deny"))) == "no"
        for each in slices
    )


def _any(answers: Iterable[Answer]) -> Answer:
    worst: Answer = "no"
    for answer in answers:
        if answer == "yes":
            return "yes"
        worst = "unknown" if answer == "unknown" else worst
    return worst


def _flaw(rule: Rule, flaw: Flaw, why: str, by: tuple[str, ...] = ()) -> Effectless:
    return Effectless(rule.id, f"{rule.file}:{rule.line}", flaw, why, by)
