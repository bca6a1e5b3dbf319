"""Rules are encoded exactly at the very values where they change: comparisons, sets, numbers of 64 bits, outcomes."""

from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any, Literal

import pytest

from tests.lab.prove.material import HEAD, bank, holds, modelled
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.facts import LONG_MAX, LONG_MIN
from xop.kernel.policy.model import Outcome, Request
from xop.kernel.policy.schema import fields
from xop.lab.prove.examination import own_rules
from xop.lab.prove.slice import Slice
from xop.lab.prove.terrain import Terrain, common_universe, survey
from xop.lab.prove.witness import replay

pytest.importorskip("z3")

Answer = Literal["yes", "no", "fails"]

OWED, MARKS, TAGS = "context.facts.owed", "context.facts.marks", "context.arguments.tags"
OUTCOMES: tuple[Outcome, ...] = ("permit", "hold", "deny")

NUMBERS: list[tuple[str, int, Answer]] = [
    (f"{OWED} < 5", 4, "yes"),
    (f"{OWED} < 5", 5, "no"),
    (f"{OWED} <= 5", 5, "yes"),
    (f"{OWED} <= 5", 6, "no"),
    (f"{OWED} > 5", 6, "yes"),
    (f"{OWED} > 5", 5, "no"),
    (f"{OWED} >= 5", 5, "yes"),
    (f"{OWED} >= 5", 4, "no"),
    (f"{OWED} == 5", 5, "yes"),
    (f"{OWED} == 5", 4, "no"),
    (f"{OWED} == 5", 6, "no"),
    (f"{OWED} != 5", 5, "no"),
    (f"{OWED} != 5", 6, "yes"),
    (f"{OWED} + 7 == 12", 5, "yes"),
    (f"{OWED} - 7 == -2", 5, "yes"),
    (f"{OWED} * 3 == 15", 5, "yes"),
    (f"-{OWED} == -5", 5, "yes"),
    (f"{OWED} + 7 > 0", LONG_MAX - 7, "yes"),
    (f"{OWED} + 7 > 0", LONG_MAX - 6, "fails"),
    (f"{OWED} - 7 < 0", LONG_MIN + 7, "yes"),
    (f"{OWED} - 7 < 0", LONG_MIN + 6, "fails"),
    (f"{OWED} * 2 > 0", LONG_MAX // 2, "yes"),
    (f"{OWED} * 2 > 0", LONG_MAX // 2 + 1, "fails"),
    (f"{OWED} * 2 < 0", LONG_MIN // 2, "yes"),
    (f"{OWED} * 2 < 0", LONG_MIN // 2 - 1, "fails"),
    (f"-{OWED} > 0", LONG_MIN + 1, "yes"),
    (f"-{OWED} > 0", LONG_MIN, "fails"),
    (f"{OWED} > 5 && {OWED} + 1 > 0", LONG_MAX, "fails"),
    (f"{OWED} < 5 && {OWED} + 1 > 0", LONG_MAX, "no"),
    (f"{OWED} > 5 || {OWED} + 1 > 0", LONG_MAX, "yes"),
    (f"{OWED} < 5 || {OWED} + 1 > 0", LONG_MAX, "fails"),
    (f"{OWED} + 1 > 0 || {OWED} > 5", LONG_MAX, "fails"),
    (f"if {OWED} > 5 then {OWED} + 1 > 0 else true", LONG_MAX, "fails"),
    (f"if {OWED} > 5 then true else {OWED} + 1 > 0", LONG_MAX, "yes"),
    (f"[{OWED} + 1, 3].contains(3)", LONG_MAX, "fails"),
]
"""A condition, what the customer owes, and what becomes of the rule."""

SETS: list[tuple[str, list[str], list[str], Answer]] = [
    (f"{MARKS} == {TAGS}", ["vip", "new"], ["new", "vip"], "yes"),
    (f"{MARKS} == {TAGS}", ["vip", "new"], ["vip"], "no"),
    (f"{MARKS} == {TAGS}", ["vip"], ["vip", "new"], "no"),
    (f"{MARKS} == {TAGS}", [], [], "yes"),
    (f"{MARKS} == {TAGS}", [], ["vip"], "no"),
    (f"{MARKS} != {TAGS}", ["vip"], ["vip"], "no"),
    (f"{MARKS} != {TAGS}", ["vip"], ["vip", "new"], "yes"),
    (f"{MARKS} != {TAGS}", ["vip", "new"], ["vip"], "yes"),
    (f'{MARKS} == ["vip", "new"]', ["vip", "new"], [], "yes"),
    (f'{MARKS} == ["vip", "new"]', ["vip"], [], "no"),
    (f'{MARKS} == ["vip", "new"]', ["vip", "new", "mail"], [], "no"),
    (f"{MARKS}.containsAll({TAGS})", ["vip", "new"], ["vip"], "yes"),
    (f"{MARKS}.containsAll({TAGS})", ["vip"], ["vip", "new"], "no"),
    (f"{MARKS}.containsAll({TAGS})", [], [], "yes"),
    (f"{MARKS}.containsAny({TAGS})", ["vip", "mail"], ["new", "mail"], "yes"),
    (f"{MARKS}.containsAny({TAGS})", ["vip"], ["new"], "no"),
    (f"{MARKS}.containsAny({TAGS})", [], [], "no"),
    (f'{MARKS}.contains("vip")', ["new", "vip"], [], "yes"),
    (f'{MARKS}.contains("vip")', ["new"], [], "no"),
    (f"{MARKS}.isEmpty()", [], [], "yes"),
    (f"{MARKS}.isEmpty()", ["mail"], [], "no"),
]
"""A condition, the customer's marks, the tags given, and what becomes of the rule."""

_HOLD = '@outcome("hold") @until("approval") @approver("supervisor")'

COMBINED = f"""
@id("pay.permit") @message("m") permit({HEAD}) when {{ {MARKS}.contains("permit") }};
@id("pay.hold") @message("m") {_HOLD} forbid({HEAD}) when {{ {MARKS}.contains("hold") }};
@id("pay.forbid") @message("m") forbid({HEAD}) when {{ {MARKS}.contains("forbid") }};
@id("pay.fails") @message("m") permit({HEAD}) when {{ {MARKS}.contains("fails") && {OWED} + 1 > 0 }};
"""

CONDITIONS = tuple(dict.fromkeys([*(case[0] for case in NUMBERS), *(case[0] for case in SETS)]))


@cache
def one_by_one() -> Slice:
    """Return a slice with each condition as a rule; those about tags apply only where some are given."""
    rules = (
        f'@id("pay.r{n}") @message("m") permit({HEAD}) when {{ context.arguments has tags }} when {{ {test} }};'
        for n, test in enumerate(CONDITIONS)
    )
    terrain = survey(bank("\n".join(rules)))
    return Slice(terrain, common_universe([terrain]), ("Agent", "pay"))


@cache
def combined() -> Slice:
    """Return a slice of nothing but the four rules, without the baseline."""
    terrain = survey(bank(COMBINED))
    own = own_rules(terrain)
    alone = replace(terrain, rules=own, engine=PolicyEngine(own, terrain.schema, shadow_share=1.0))
    return Slice(alone, common_universe([alone]), ("Agent", "pay"))


def asked(where: Slice, owed: int, marks: list[str], tags: list[str]) -> Request:
    context = _plain(where.action.context)
    context["facts"] |= {"owed": owed, "marks": marks}
    context["arguments"] = {"tags": tags}
    return Request("Agent", "bot", "pay", "", context)


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    leaves: dict[str, Any] = {"Bool": False, "Long": 0, "String": "", "Set<String>": []}
    return {
        name: _plain(kind) if isinstance(kind, dict) else leaves[kind]
        for name, kind, optional in fields(record)
        if not optional
    }


def by_engine(where: Slice, rule: str, request: Request) -> Answer:
    terrain: Terrain = where.terrain
    judgement = PolicyEngine([terrain.release.policies.rules[rule]], terrain.schema, shadow_share=1.0).judge(request, 0)
    assert not judgement.mismatch
    return "fails" if judgement.error is not None else "yes" if judgement.applied else "no"


def by_encoding(where: Slice, rule: str, request: Request) -> Answer:
    model, applies = modelled(where, request), where.applies[rule]
    assert not (holds(model, applies.holds) and holds(model, applies.fails))
    return "fails" if holds(model, applies.fails) else "yes" if holds(model, applies.holds) else "no"


@pytest.mark.parametrize(("condition", "owed", "answer"), NUMBERS)
def test_a_number_at_the_boundary_is_told_from_the_next(condition, owed, answer):
    where, rule = one_by_one(), f"pay.r{CONDITIONS.index(condition)}"
    request = asked(where, owed, [], [])
    assert (by_engine(where, rule, request), by_encoding(where, rule, request)) == (answer, answer)


@pytest.mark.parametrize(("condition", "marks", "tags", "answer"), SETS)
def test_sets_are_compared_in_both_directions(condition, marks, tags, answer):
    where, rule = one_by_one(), f"pay.r{CONDITIONS.index(condition)}"
    request = asked(where, 0, marks, tags)
    assert (by_engine(where, rule, request), by_encoding(where, rule, request)) == (answer, answer)


@pytest.mark.parametrize("applied", list(product([False, True], repeat=4)))
def test_outcomes_are_combined_as_the_engine_does(applied):
    where = combined()
    permits, held, forbids, fails = applied
    marks = [word for word, on in zip(("permit", "hold", "forbid", "fails"), applied, strict=True) if on]
    outcome = "deny" if fails or forbids or not permits else "hold" if held else "permit"
    request = asked(where, LONG_MAX, marks, [])
    assert replay(where.terrain, request).verdict.outcome == outcome
    model = modelled(where, request)
    assert [each for each in OUTCOMES if holds(model, where.outcome(each))] == [outcome]
    without = "deny" if fails or forbids or not permits else "permit"
    assert [each for each in OUTCOMES if holds(model, where.outcome(each, without="pay.hold"))] == [without]
