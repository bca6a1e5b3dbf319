"""Finds rules without effect and actions that nobody may do, whoever the principals of the release are."""

from collections.abc import Iterable, Sequence

from xop.kernel.policy.model import Rule
from xop.lab.prove.model import Effectless, Flaw
from xop.lab.prove.slice import CARRIED, EXACT, Slice
from xop.lab.prove.solver import Term, conjunction, differs, disjunction, negation, z3
from xop.lab.prove.study import Study
from xop.lab.prove.terms import halts_differ, terms_differ
from xop.lab.prove.witness import Answer, Witness, ask, plainest, witness

_REPLACED_BY = {"permit": {"permit", "forbid"}, "hold": {"hold", "forbid"}, "forbid": {"forbid"}}
"""Which effects make one needless: a hold is none without a permit, so it stands for none."""


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
    contradicted = rule.effect == "permit" and _never_permits(alive, rule)
    flaw: Flaw = "contradicted" if contradicted else "shadowed"
    why = "whatever it permits, a rule forbids" if contradicted else "without it every verdict is the same"
    return _flaw(rule, flaw, why, _deciding(study, alive, rule, contradicted=contradicted), _example(alive, rule))


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
    return disjunction(*outcomes, _adds(where, rule), _sharpens(where, rule))


def _sharpens(where: Slice, rule: Rule) -> Term:
    """Return where an approval is asked for on other terms, or less stops altogether, without the rule."""
    every = list(where.applies.values())
    others = [each for each in every if each.rule.id != rule.id]
    asked = conjunction(where.outcome("hold"), terms_differ(every, others))
    return disjunction(asked, conjunction(where.outcome("deny"), halts_differ(every, others)))


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


def _deciding(study: Study, slices: Sequence[Slice], rule: Rule, *, contradicted: bool) -> tuple[str, ...]:
    """Return the rules that each decide wherever this one applies, or else the fewest found that do so together."""
    effects = _REPLACED_BY["forbid" if contradicted else rule.effect]
    others = [other.id for other in study.terrain.rules if other.id != rule.id and other.effect in effects]
    alone = tuple(other for other in others if _decide(slices, rule, [other]))
    if alone or not _decide(slices, rule, others):
        return alone
    needed = [other for other in others if any(other in each.applies for each in slices)]
    for other in tuple(needed):
        rest = [each for each in needed if each != other]
        if _decide(slices, rule, rest):
            needed = rest
    return tuple(needed)


def _decide(slices: Sequence[Slice], rule: Rule, others: Sequence[str]) -> bool:
    """Say whether one of these rules applies wherever this rule does."""
    return all(
        ask(each.solver, *_own(), each.applies[rule.id].holds, negation(_one_of(each, others))) == "no"
        for each in slices
    )


def _one_of(where: Slice, rules: Sequence[str]) -> Term:
    return disjunction(*(where.applies[each].holds for each in rules if each in where.applies))


def _example(slices: Sequence[Slice], rule: Rule) -> Witness | None:
    """Return a request that the rule applies to and others decide, by a principal the release lets in if there is one."""
    for marks in ((z3.Bool(EXACT),), ()):
        for where in slices:
            terms = (*_own(), *marks, where.applies[rule.id].holds)
            if ask(where.solver, *terms) == "yes":
                found, agreed = witness(where, plainest(where.solver, terms, where.variables.defaults()))
                if agreed and rule.id in (*found.verdict.determining, *dict(found.verdict.overruled)):
                    return found
    return None


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


def _flaw(rule: Rule, flaw: Flaw, why: str, by: tuple[str, ...] = (), example: Witness | None = None) -> Effectless:
    return Effectless(rule.id, f"{rule.file}:{rule.line}", flaw, why, by, example)
