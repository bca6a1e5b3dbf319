"""What the solver is told of rules and contexts is what the engine and the host do."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lab.prove.material import EVERY_OPERATOR, assigned, bank
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
PRINCIPALS = ("Agent", "Operator", "Trigger")


@pytest.fixture(scope="module")
def ground() -> Terrain:
    return survey(bank(EVERY_OPERATOR))


@pytest.fixture(scope="module")
def universe(ground) -> Universe:
    return common_universe([ground])


@pytest.fixture(scope="module")
def slices(ground, universe) -> dict[tuple[str, str], tuple[Slice, Any]]:
    keys = [*((kind, "pay") for kind in PRINCIPALS), ("Agent", "tell")]
    return {key: (Slice(ground, universe, key), new_solver()) for key in keys}


def contexts(record: dict[str, Any], texts: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return well-typed contexts of a type, whether the host could make them or not."""
    leaves: dict[str, st.SearchStrategy[Any]] = {
        "Bool": st.booleans(),
        "Long": NUMBERS,
        "String": texts,
        "Set<String>": st.lists(texts, max_size=3),
    }
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for name, kind, may_miss in fields(record):
        (optional if may_miss else required)[name] = contexts(kind, texts) if isinstance(kind, dict) else leaves[kind]
    return st.fixed_dictionaries(required, optional=optional)


def pinned(solver: Any, terms: list[Any]) -> Any:
    """Return the one model of terms that pin every variable."""
    solver.push()
    solver.add(*terms)
    assert str(solver.check()) == "sat"
    model = solver.model()
    solver.pop()
    return model


def holds(model: Any, term: Any) -> bool:
    return term if isinstance(term, bool) else str(model.eval(term, model_completion=True)) == "True"


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_the_encoding_gives_the_verdict_the_engine_gives(data, ground, universe, slices):
    key = data.draw(st.sampled_from(sorted(slices)))
    where, solver = slices[key]
    texts = st.sampled_from(["", "vip", "new", "bot", "olga", "c1", "mail", "a", *universe.texts[-30:]])
    texts = texts.filter(lambda text: text in universe.numbers)
    context = data.draw(contexts(where.action.context, texts))
    request = Request(key[0], data.draw(texts), key[1], data.draw(texts), context)
    found = replay(ground, request)
    assert found.agreed
    model = pinned(solver, assigned(where, request))
    assert {outcome: holds(model, where.outcome(outcome)) for outcome in OUTCOMES} == {
        outcome: outcome == found.verdict.outcome for outcome in OUTCOMES
    }
    if found.verdict.error is None:
        applied = {rule for rule, each in where.applies.items() if holds(model, each.holds)}
        assert applied == set(ground.engine.judge(request, seed=0).applied)
    fails = any(holds(model, each.fails) for each in where.applies.values())
    assert fails is (found.verdict.error is not None)
    assert where.encoder.left_open == []


def test_the_rules_of_the_test_reach_every_outcome_and_an_error(ground, slices):
    where, _ = slices["Agent", "pay"]
    solver = new_solver(*where.variables.bounds())
    assert {ask(solver, where.outcome(outcome)) for outcome in OUTCOMES} == {"yes"}
    assert sum(ask(solver, each.fails) == "yes" for each in where.applies.values()) >= 3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4).map(tuple), min_size=1, max_size=3),
    st.text("abx", max_size=7),
)
def test_the_universe_has_a_text_of_every_shape_that_any_text_has(patterns, text):
    universe = make_universe([], patterns, spare=2)
    shape = [matches(text, pattern) for pattern in patterns]
    assert universe.patterned
    assert any([matches(each, pattern) for pattern in patterns] == shape for each in universe.texts)


def test_there_are_as_many_further_texts_as_asked_for_beside_the_named_ones():
    universe = make_universe(["b", "ab", "x", "other-1"], [("a", "")], spare=5)
    others = [text for text in universe.texts if text not in {"b", "ab", "x", "other-1"}]
    assert sum(text.startswith("a") for text in others) >= 5
    assert sum(not text.startswith("a") for text in others) >= 5
