"""What the solver is told of rules and contexts is what the engine and the host do."""

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.lab.prove.material import EVERY_OPERATOR, bank, holds, modelled
from xop.kernel.policy.model import Outcome, Request
from xop.kernel.policy.schema import fields
from xop.lab.prove.slice import Slice, new_solver
from xop.lab.prove.terrain import Terrain, common_universe, survey
from xop.lab.prove.universe import Universe, make_universe, matches
from xop.lab.prove.witness import ask, replay

pytest.importorskip("z3")

OUTCOMES: tuple[Outcome, ...] = ("permit", "hold", "deny")
SMALL = st.sampled_from([0, 1, 2, 3, 5])
LARGE = st.sampled_from([100, 101, 2**63 - 1, -(2**63), 2**63 - 7, 3 * 10**18 + 100])
NUMBERS = st.one_of(SMALL, SMALL, SMALL, SMALL, SMALL, LARGE)
SLICES = [("Agent", "pay"), ("Operator", "pay"), ("Trigger", "pay"), ("Agent", "tell")]


# Cached rather than fixtures: Hypothesis prints the arguments of a test that fails, and terms of the solver are too many.
@cache
def ground() -> Terrain:
    return survey(bank(EVERY_OPERATOR))


@cache
def universe() -> Universe:
    return common_universe([ground()])


@cache
def encoded(key: tuple[str, str]) -> Slice:
    return Slice(ground(), universe(), key)


@cache
def texts() -> tuple[str, ...]:
    wanted = ("", "vip", "new", "bot", "olga", "c1", "mail", "a", *universe().texts[-30:])
    return tuple(text for text in wanted if text in universe().numbers)


def contexts(record: dict[str, Any], words: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return well-typed contexts of a type, whether the host could make them or not."""
    leaves: dict[str, st.SearchStrategy[Any]] = {
        "Bool": st.booleans(),
        "Long": NUMBERS,
        "String": words,
        "Set<String>": st.lists(words, max_size=3),
    }
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for name, kind, may_miss in fields(record):
        (optional if may_miss else required)[name] = contexts(kind, words) if isinstance(kind, dict) else leaves[kind]
    return st.fixed_dictionaries(required, optional=optional)


# Not shrunk: that takes minutes, and the cases of test_boundaries.py are small already.
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
)
@given(st.sampled_from(SLICES), st.data())
def test_the_encoding_gives_the_verdict_the_engine_gives(key, data):
    where, words = encoded(key), st.sampled_from(texts())
    context = data.draw(contexts(where.action.context, words))
    request = Request(key[0], data.draw(words), key[1], data.draw(words), context)
    found = replay(ground(), request)
    assert found.agreed
    model = modelled(where, request)
    assert {outcome: holds(model, where.outcome(outcome)) for outcome in OUTCOMES} == {
        outcome: outcome == found.verdict.outcome for outcome in OUTCOMES
    }
    if found.verdict.error is None:
        applied = {rule for rule, each in where.applies.items() if holds(model, each.holds)}
        assert applied == set(ground().engine.judge(request, seed=0).applied)
    fails = any(holds(model, each.fails) for each in where.applies.values())
    assert fails is (found.verdict.error is not None)
    assert where.encoder.left_open == []


def test_the_rules_of_the_test_reach_every_outcome_and_an_error():
    where = encoded(("Agent", "pay"))
    solver = new_solver(*where.variables.bounds())
    assert {ask(solver, where.outcome(outcome)) for outcome in OUTCOMES} == {"yes"}
    assert sum(ask(solver, each.fails) == "yes" for each in where.applies.values()) >= 3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4).map(tuple), min_size=1, max_size=3),
    st.text("abx", max_size=7),
)
def test_the_universe_has_a_text_of_every_shape_that_any_text_has(patterns, text):
    made = make_universe([], patterns, spare=2)
    shape = [matches(text, pattern) for pattern in patterns]
    assert made.patterned
    assert any([matches(each, pattern) for pattern in patterns] == shape for each in made.texts)


def test_there_are_as_many_further_texts_as_asked_for_beside_the_named_ones():
    made = make_universe(["b", "ab", "x", "other-1"], [("a", "")], spare=5)
    others = [text for text in made.texts if text not in {"b", "ab", "x", "other-1"}]
    assert sum(text.startswith("a") for text in others) >= 5
    assert sum(not text.startswith("a") for text in others) >= 5
