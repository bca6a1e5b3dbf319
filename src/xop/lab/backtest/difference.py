"""What differs between two runs of one history."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from xop.kernel.base.json import canonical
from xop.kernel.base.times import iso
from xop.kernel.commands import Proposal
from xop.kernel.decisions.judgement import judgement
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import CounterAdvanced, Fact
from xop.lab.backtest.course import INVOCATION_FACTS, Course, courses
from xop.lab.backtest.run import Record

Kind = Literal["verdict", "proposal", "arguments", "reason", "course", "timing", "refusal", "fact"]

_INCIDENTAL = ("since", "version", "release")
"""Fields of facts that say under which release they came about, and nothing about the customer."""

_NOT_TAKEN = "refused"

Records = Mapping[str, Record]


class Sort(Struct, frozen=True, order=True):
    """What differences have in common that are counted together."""

    kind: Kind
    change: str
    """From before to after, such as `permit → deny`."""
    subject: str
    """The action, or the type of fact."""
    actor: str = ""
    """Who proposed it; triggers and journeys by name."""
    rule_before: str = ""
    rule_after: str = ""


class Difference(Struct, frozen=True):
    """One difference; `before` and `after` tell each side as JSON-like data, None where there is nothing."""

    sort: Sort
    at: int
    part: str
    command: str
    """The command whose step differs."""
    root: str
    """The command from outside that it goes back to."""
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def differences(before: Records, after: Records) -> list[Difference]:
    """Return every difference between what came of the same history in two runs."""
    changed = {name for name in before.keys() | after.keys() if not _same(before.get(name), after.get(name))}
    if not changed:
        return []
    refused = [name for name in changed if _refusal(before.get(name)) != _refusal(after.get(name))]
    found = [_refused(before.get(name), after.get(name)) for name in sorted(refused)]
    gone = frozenset(refused)
    found += _courses_differ(before, after, gone)
    found += _facts_differ(before, after, changed - gone)
    return found


def _same(before: Record | None, after: Record | None) -> bool:
    """Say whether a step came out the same; every release names itself in a decision, which does not count."""
    if before is None or after is None:
        return False
    if before.refusal != after.refusal or before.facts != after.facts or before.at != after.at:
        return False
    one, other = before.decision, after.decision
    if one is None or other is None:
        return one is other
    proposed = not isinstance(before.command, Proposal) or before.command == after.command
    return judgement(one) == judgement(other) and one.due == other.due and proposed


def _refusal(record: Record | None) -> str:
    return record.refusal.code if record is not None and record.refusal is not None else ""


def _refused(before: Record | None, after: Record | None) -> Difference:
    one = before or after
    if one is None:
        raise LookupError("a command that neither run took cannot differ")
    change = f"{_refusal(before) or 'taken'} → {_refusal(after) or 'taken'}"
    name = getattr(one.command, "action", None) or getattr(one.command, "type", None) or _tag(one.command)
    actor = getattr(one.command, "actor", None)
    sort = Sort("refusal", change, str(name), str(actor or ""), _refusal(before), _refusal(after))
    return Difference(sort, one.at, one.part, one.command.id, one.root, _taken(before), _taken(after))


def _taken(record: Record | None) -> dict[str, Any] | None:
    if record is None:
        return None
    if record.refusal is not None:
        return {"verdict": _NOT_TAKEN, **msgspec.to_builtins(record.refusal)}
    return {"verdict": "taken", "facts": [_tag(fact) for fact in record.facts]}


def _tag(struct: Any) -> str:
    return str(struct.__struct_config__.tag)


# ---------------------------------------------------------------- courses


def _courses_differ(before: Records, after: Records, gone: frozenset[str]) -> Iterator[Difference]:
    ones, others = (
        {name: each for name, each in courses(records.values()).items() if each.command not in gone}
        for records in (before, after)
    )
    for one, other in _paired(ones, others):
        difference = _course_differs(one, other)
        if difference is not None:
            yield difference


def _paired(ones: dict[str, Course], others: dict[str, Course]) -> Iterator[tuple[Course | None, Course | None]]:
    """Pair courses by id, and the rest by what led to them.

    Triggers are numbered and a number may move; a journey that proposes another action at its step keeps the id. Courses of
    different actions are never one: the one is no longer proposed, the other newly.
    """
    rest: dict[tuple[str, ...], list[Course]] = defaultdict(list)
    for name, other in others.items():
        if not _same_proposal(ones.get(name), other):
            rest[_likeness(other)].append(other)
    for name, one in ones.items():
        known = others.get(name)
        if not _same_proposal(one, known):
            alike = rest.get(_likeness(one))
            known = alike.pop(0) if alike else None
        yield one, known
    for left in rest.values():
        for other in left:
            yield None, other


def _same_proposal(one: Course | None, other: Course | None) -> bool:
    """Say whether two courses of one id are of one action; what was proposed before the span may not tell its action."""
    if one is None or other is None:
        return False
    unknown = not one.action or not other.action
    return unknown or (one.action, _kind(one)) == (other.action, _kind(other))


def _kind(course: Course) -> str:
    return course.actor.kind if course.actor else ""


def _likeness(course: Course) -> tuple[str, ...]:
    return course.root, course.part, course.action, _kind(course)


def _course_differs(one: Course | None, other: Course | None) -> Difference | None:
    if one is None or other is None:
        return _only(one, other)
    first, second = (each.decisions[0] if each.decisions else None for each in (one, other))
    if first is not None and second is not None:
        if first.verdict != second.verdict:
            return _told(("verdict", f"{first.verdict} → {second.verdict}"), one, other, (first, second))
        if one.arguments != other.arguments:
            return _told(("arguments", "other arguments"), one, other, (first, second))
        if judgement(first) != judgement(second):
            return _told(("reason", f"{first.verdict} for another reason"), one, other, (first, second))
    if one.path != other.path:
        change = _ends(one) if _ends(one) == _ends(other) else f"{_ends(one)} → {_ends(other)}"
        return _told(("course", change), one, other, _parting(one, other))
    if one.times != other.times:
        return _told(("timing", "at another time"), one, other, _parting(one, other))
    return None


def _ends(course: Course) -> str:
    return course.state or "under way"


def _parting(one: Course, other: Course) -> tuple[Decision | None, Decision | None]:
    """Return the decisions with which two courses part; the last ones when no decision says it."""
    for first, second in zip(one.decisions, other.decisions, strict=False):
        if (judgement(first), first.due) != (judgement(second), second.due):
            return first, second
    longer = max(len(one.decisions), len(other.decisions))
    sides = [each.decisions[longer - 1 :] or each.decisions[-1:] for each in (one, other)]
    first_side, second_side = (side[0] if side else None for side in sides)
    return first_side, second_side


def _only(one: Course | None, other: Course | None) -> Difference:
    course = one or other
    if course is None:
        raise LookupError("a proposal that neither run saw cannot differ")
    decision = course.decisions[0] if course.decisions else None
    verdict = decision.verdict if decision else _ends(course)
    change = f"only {'before' if other is None else 'after'} ({verdict})"
    return _told(("proposal", change), one, other, (decision if one else None, decision if other else None))


def _told(
    what: tuple[Kind, str],
    one: Course | None,
    other: Course | None,
    decisions: tuple[Decision | None, Decision | None],
) -> Difference:
    first, second = decisions
    course = other or one
    if course is None:
        raise LookupError("a proposal that neither run saw cannot differ")
    rules = (first.code if first else "", second.code if second else "")
    sort = Sort(*what, course.action, str(course.actor or ""), *rules)
    place = second or first
    at, command = (place.at, place.command) if place is not None else (course.at, course.command)
    return Difference(sort, at, course.part, command, course.root, _side(one, first), _side(other, second))


def _side(course: Course | None, decision: Decision | None) -> dict[str, Any] | None:
    """Tell one side of a difference, without the values that were read: they may be personal."""
    if course is None:
        return None
    told: dict[str, Any] = {"ends": _ends(course) + (f" ({course.code})" if course.code else "")}
    if course.arguments:
        told["arguments"] = course.arguments
    if course.left:
        told["left"] = iso(course.left)
    if decision is None:
        return told
    reasons = [msgspec.to_builtins(each) for each in decision.reasons]
    due = {"due": iso(decision.due)} if decision.due else {}
    return {
        "verdict": decision.verdict,
        "code": decision.code,
        "stage": decision.stage,
        "at": iso(decision.at),
        **due,
        "reasons": reasons,
        **told,
    }


# ---------------------------------------------------------------- facts

_Loose = tuple[Record, Fact, dict[str, Any]]


def _facts_differ(before: Records, after: Records, changed: Iterable[str]) -> Iterator[Difference]:
    """Compare the facts of changed steps by what they say, wherever each run says it."""
    names = set(changed)
    ones = _loose(record for name, record in before.items() if name in names)
    others = _loose(record for name, record in after.items() if name in names)
    for key in ones.keys() & others.keys():
        shared = min(len(ones[key]), len(others[key]))
        del ones[key][:shared], others[key][:shared]
    rest = _by_step(others)
    for step, left in _by_step(ones).items():
        there = rest.get(step, [])
        for one in left:
            yield _fact(one, there.pop(0) if there else None)
    for right in rest.values():
        for other in right:
            yield _fact(None, other)


def _loose(records: Iterable[Record]) -> dict[tuple[str, bytes], list[_Loose]]:
    found: dict[tuple[str, bytes], list[_Loose]] = defaultdict(list)
    for record in records:
        for fact in record.facts:
            if isinstance(fact, INVOCATION_FACTS) or _counts_a_trigger(fact):
                continue
            told = msgspec.to_builtins(fact)
            for name in _INCIDENTAL:
                told.pop(name, None)
            found[record.part, canonical(told)].append((record, fact, told))
    return found


def _counts_a_trigger(fact: Fact) -> bool:
    """A trigger counts its proposals for `once_per`; the proposals themselves are compared."""
    return isinstance(fact, CounterAdvanced) and fact.counter.startswith("trigger:")


def _by_step(loose: Mapping[tuple[str, bytes], list[_Loose]]) -> dict[tuple[str, str], list[_Loose]]:
    found: dict[tuple[str, str], list[_Loose]] = defaultdict(list)
    for each in loose.values():
        for one in each:
            found[one[0].command.id, _tag(one[1])].append(one)
    return found


def _fact(one: _Loose | None, other: _Loose | None) -> Difference:
    present = other or one
    if present is None:
        raise LookupError("a fact that neither run noted cannot differ")
    record, fact, _ = present
    change = "says something else" if one and other else f"only {'before' if other is None else 'after'}"
    journey = getattr(fact, "journey", "")
    sort = Sort("fact", change, _tag(fact), f"journey:{journey}" if journey else "")
    sides = (one[2] if one else None, other[2] if other else None)
    return Difference(sort, record.at, record.part, record.command.id, record.root, *sides)
