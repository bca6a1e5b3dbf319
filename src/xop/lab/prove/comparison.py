"""Compares two releases by meaning: which requests one treats otherwise than the other.

Both are asked about the same customer, at the same moment, by the same actor, whom the same asker had act. What a
release itself determines, such as the risk of an action or the rights of an actor, is each release's own; how facts are
computed, how many contacts a cap allows and when hours are quiet is not compared, only what rules make of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from xop.kernel.consent.answer import lineage
from xop.kernel.policy.demands import Demands, demands
from xop.kernel.policy.model import Outcome, Verdict
from xop.kernel.release import Release
from xop.lab.prove.model import Aspect, Comparison, Difference, reason
from xop.lab.prove.slice import CARRIED, EXACT, Applies, Slice, new_solver
from xop.lab.prove.solver import Term, conjunction, differs, disjunction, equality, implication, negation, z3
from xop.lab.prove.study import Progress
from xop.lab.prove.terms import halts_differ, terms_differ
from xop.lab.prove.terrain import Terrain, common_universe
from xop.lab.prove.universe import Universe
from xop.lab.prove.witness import Witness, ask, plainest, witness

MOST_CLASSES = 40
"""Classes looked for in one pair of slices."""

_DETERMINED = frozenset(
    (
        "kind", "risk", "channel", "promotional", "assurance.required",
        "actor.granted", "actor.autonomy", "actor.roles", "actor.purpose_allowed",
        "consent.permitted", "consent.code", "consent.basis",
        "contact.capped", "contact.quiet", "contact.suppressed", "contact.suppressed_by", "contact.addressable",
    )
)  # fmt: skip
"""What a release determines by itself, wholly or in part."""

_OUTCOMES: tuple[Outcome, ...] = ("permit", "hold", "deny")

_Key = tuple[Outcome, Outcome, Aspect, str, str]


@dataclass(frozen=True, slots=True)
class _Pair:
    """The slices of both releases about one action and type of principal."""

    old: Slice
    new: Slice
    solver: Any


def compare(before: Terrain, after: Terrain, progress: Progress = lambda _: None) -> Comparison:
    """Return every class of requests that two releases treat differently, each with a request judged by both."""
    universe = common_universe((before, after))
    classes: dict[_Key, list[tuple[Slice, Witness, Witness]]] = {}
    notes = list(_notes(before.release, after.release))
    for key in _common_slices(before, after):
        pair = _pair(before, after, universe, key)
        for found in _classes(pair, notes) if pair is not None else ():
            classes.setdefault(found[0], []).append((pair.new, found[1], found[2]))  # type: ignore[union-attr]  # there are classes only of a pair
        progress(" ".join(key))
    differences = tuple(_difference(key, found) for key, found in sorted(classes.items(), key=_severity))
    return Comparison(before.release.digest, after.release.digest, differences, tuple(dict.fromkeys(notes)))


def _common_slices(before: Terrain, after: Terrain) -> list[tuple[str, str]]:
    known = {(kind, action.name) for kind, action in before.slices()}
    return [(kind, action.name) for kind, action in after.slices() if (kind, action.name) in known]


def _pair(before: Terrain, after: Terrain, universe: Universe, key: tuple[str, str]) -> _Pair | None:
    """Return both slices, or None when they are the same; facts determined alike are the same variables."""
    old, new = Slice(before, universe, key), Slice(after, universe, key)
    if _same(old.guarantees, new.guarantees):
        if _same_rules(old, new):
            return None
        return _Pair(old, new, new_solver(old.guarantees, *_standing(old)))
    new = Slice(after, universe, key, apart=_DETERMINED)
    return _Pair(old, new, new_solver(old.guarantees, new.guarantees, *_standing(old), *_links(old, new)))


def _standing(old: Slice) -> Iterator[Term]:
    """Yield the circumstances in which releases are compared.

    Outside of them every release denies or holds for the same reason, which would hide all others.
    """
    yield negation(old.variables.scalar(("halted",)))
    yield old.variables.scalar(("actor", "engaged"))
    yield negation(old.variables.scalar(("actor", "with_people")))
    yield old.variables.scalar(("actor", "within_budget"))


def _same(one: Term, other: Term) -> bool:
    return bool(one.eq(other))


def _same_rules(old: Slice, new: Slice) -> bool:
    ones, others = list(old.applies.values()), list(new.applies.values())
    if [_nature(each) for each in ones] != [_nature(each) for each in others]:
        return False
    return all(
        z3.is_false(z3.simplify(z3.Or(differs(a.holds, b.holds), differs(a.fails, b.fails))))
        for a, b in zip(ones, others, strict=True)
    )


def _nature(applies: Applies) -> tuple[Any, ...]:
    rule = applies.rule
    # Rules in shadow decide nothing and are in no terrain, so there is no need to ask whether they are.
    return rule.id, rule.effect, rule.until, rule.approver, rule.obligations, rule.terms, rule.halts


def _links(old: Slice, new: Slice) -> Iterator[Term]:
    """Yield what connects the facts that each release determines for the same customer."""
    a, b = old.variables, new.variables
    # The same records answer both releases; only whether consent is needed at all depends on the purpose's basis.
    code = ("consent", "code")
    same = equality(a.scalar(code), b.scalar(code))
    basis = ("consent", "basis")
    rebased = negation(equality(a.scalar(basis), b.scalar(basis)))
    unasked = [
        conjunction(one.is_text(code, "unknown"), other.is_text(code, "not_needed"), rebased)
        for one, other in ((a, b), (b, a))
    ]
    unused = disjunction(*(each.is_text(code, word) for each in (a, b) for word in ("channel", "purpose")))
    # A purpose that is part of another one now, or has another soft opt-in, reads other records.
    reread = (a.is_text(("purpose",), name) for name in _reread(old.terrain.release, new.terrain.release))
    yield disjunction(same, unused, *unasked, *reread)
    for name, declared in (("capped", _caps), ("quiet", _quiet)):
        path = ("contact", name)
        for purpose in sorted(old.terrain.release.purposes.keys() & new.terrain.release.purposes.keys()):
            if declared(old.terrain.release, purpose) and declared(new.terrain.release, purpose):
                yield implication(a.is_text(("purpose",), purpose), equality(a.scalar(path), b.scalar(path)))
    addressable = ("contact", "addressable")
    yield implication(
        a.scalar(("channel",)) == b.scalar(("channel",)), equality(a.scalar(addressable), b.scalar(addressable))
    )
    # Whom the old release does not let in had nothing done under it: a note says that they are new.
    newcomers = (each for each in new.terrain.release.principals if each not in old.terrain.release.principals)
    yield negation(disjunction(*map(b.asked_by, newcomers)))


def _reread(old: Release, new: Release) -> Iterator[str]:
    """Yield the purposes of both releases that ask other records of a customer in each."""
    for name in sorted(old.purposes.keys() & new.purposes.keys()):
        ones, others = ((lineage(each.purposes, name), each.purposes[name].soft_opt_in) for each in (old, new))
        if ones != others:
            yield name


def _caps(release: Release, purpose: str) -> bool:
    return bool(release.caps or release.purposes[purpose].caps)


def _quiet(release: Release, purpose: str) -> bool:
    return release.purposes[purpose].quiet_hours is not None


def _classes(pair: _Pair, notes: list[str]) -> Iterator[tuple[_Key, Witness, Witness]]:
    base = [z3.Bool(EXACT), z3.Not(z3.Bool(CARRIED)), _differ(pair)]
    where = f"{pair.new.principal_type} and {pair.new.action.name}"
    seen: set[_Key] = set()
    for _ in range(MOST_CLASSES):
        answer = ask(pair.solver, *base)
        if answer == "no":
            return
        if answer == "unknown":
            break
        model = plainest(pair.solver, base, (*pair.old.variables.defaults(), *pair.new.variables.defaults()))
        (old, sure), (new, certain) = witness(pair.old, model), witness(pair.new, model)
        key = _key(old.verdict, new.verdict)
        if not (sure and certain) or key is None or key in seen:
            notes.append(f"{where}: a request the encoding leaves open was not confirmed, so there may be more")
            return
        seen.add(key)
        yield key, old, new
        pair.solver.add(negation(conjunction(_told(pair.old, old.verdict), _told(pair.new, new.verdict))))
    notes.append(f"{where}: there may be more differences than are listed")


def _differ(pair: _Pair) -> Term:
    """Return where verdicts differ: in their outcome, in what a hold waits for, what a permit obliges to or a denial stops."""
    outcomes = [differs(pair.old.outcome(each), pair.new.outcome(each)) for each in _OUTCOMES]
    rules = [list(each.applies.values()) for each in (pair.old, pair.new)]
    waits = disjunction(
        *(_word_differs(pair, "hold", word) for word in _words(pair, "hold")),
        terms_differ(*rules),
    )
    owed = disjunction(*(_word_differs(pair, "permit", word) for word in _words(pair, "permit")))
    aspects: tuple[tuple[Outcome, Term], ...] = (("hold", waits), ("permit", owed), ("deny", halts_differ(*rules)))
    alike = (conjunction(pair.old.outcome(each), pair.new.outcome(each), other) for each, other in aspects)
    return disjunction(*outcomes, *alike)


def _words(pair: _Pair, effect: str) -> list[str]:
    applies = (*pair.old.applies.values(), *pair.new.applies.values())
    return list(dict.fromkeys(word for each in applies if each.rule.effect == effect for word in _says(each)))


def _says(applies: Applies) -> Iterable[str]:
    rule = applies.rule
    yield from (f"obligation {word}" for word in rule.obligations)
    if rule.until is not None:
        yield f"until {rule.until}"
    if rule.approver is not None:
        yield f"approver {rule.approver}"


def _word_differs(pair: _Pair, effect: str, word: str) -> Term:
    said = [
        disjunction(*(e.holds for e in where.applies.values() if e.rule.effect == effect and word in _says(e)))
        for where in (pair.old, pair.new)
    ]
    return differs(said[0], said[1])


def _told(where: Slice, verdict: Verdict) -> Term:
    """Return where a release gives the same outcome for the same first reason."""
    outcome = where.outcome(verdict.outcome)
    if verdict.error is not None:
        return conjunction(outcome, disjunction(*(each.fails for each in where.applies.values())))
    if not verdict.determining:
        held = [each.holds for each in where.applies.values() if each.rule.effect == "forbid"]
        return conjunction(outcome, negation(disjunction(*held)))
    first = where.applies[verdict.determining[0]]
    earlier: list[Term] = []
    for each in where.applies.values():
        if each.rule.id == first.rule.id:
            break
        if each.rule.effect == first.rule.effect:
            earlier.append(each.holds)
    return conjunction(outcome, first.holds, negation(disjunction(*earlier)))


def _key(old: Verdict, new: Verdict) -> _Key | None:
    aspect: Aspect | None = None
    if old.outcome != new.outcome:
        aspect = "outcome"
    elif (set(old.until), _demands(old)) != (set(new.until), _demands(new)):
        aspect = "wait"
    elif set(old.obligations) != set(new.obligations):
        aspect = "obligations"
    elif set(old.halts) != set(new.halts):
        aspect = "halts"
    return None if aspect is None else (old.outcome, new.outcome, aspect, reason(old), reason(new))


def _demands(verdict: Verdict) -> Demands:
    """Return what is asked of those who approve; what a forbid outranks asks nobody."""
    return demands(verdict.asks if verdict.outcome == "hold" else ())


def _difference(key: _Key, found: Sequence[tuple[Slice, Witness, Witness]]) -> Difference:
    before, after, aspect, old_reason, new_reason = key
    where = [each for each, _, _ in found]
    return Difference(
        before,
        after,
        aspect,
        old_reason,
        new_reason,
        tuple(dict.fromkeys(each.action.name for each in where)),
        tuple(dict.fromkeys(each.principal_type for each in where)),
        found[0][1],
        found[0][2],
    )


def _severity(item: tuple[_Key, Any]) -> tuple[int, int, _Key]:
    """What is newly permitted comes first: it is what a reviewer must not miss."""
    key = item[0]
    return _OUTCOMES.index(key[1]), -_OUTCOMES.index(key[0]), key


def _notes(before: Release, after: Release) -> Iterator[str]:
    """Yield what differs between two releases and is not seen by rules."""
    yield from _named("action", before.actions, after.actions)
    yield from _named("purpose", before.purposes, after.purposes)
    yield from _named("principal", {str(a): 0 for a in before.principals}, {str(a): 0 for a in after.principals})
    for name in sorted(before.actions.keys() & after.actions.keys()):
        old, new = before.actions[name], after.actions[name]
        if old.action.input != new.action.input:
            yield f"{name} takes other arguments; compared are requests that fit both contracts"
        sources = {fact.source.name: fact.source for fact in old.facts}
        for fact in new.facts:
            if fact.source.name in sources and sources[fact.source.name] != fact.source:
                yield f"the fact {fact.source.name} is computed otherwise; compared are requests with the same value"
    if before.caps != after.caps or _each(before, "caps") != _each(after, "caps"):
        yield "caps differ; compared are requests that have reached a cap under both or neither"
    if _each(before, "quiet_hours") != _each(after, "quiet_hours"):
        yield "quiet hours differ; compared are requests that fall into them under both or neither"


def _each(release: Release, field: str) -> dict[str, Any]:
    return {name: getattr(each, field) for name, each in release.purposes.items()}


def _named(noun: str, before: Any, after: Any) -> Iterator[str]:
    yield from (
        f"{noun} {name} is new; only the other release can say what it does" for name in after if name not in before
    )
    yield from (f"{noun} {name} is gone" for name in before if name not in after)
