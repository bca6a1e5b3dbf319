"""The compiled path and the reference agree, and the routine that says so can tell when they do not."""

import random
from typing import Any

import pytest

from tests.kernel.policy.material import SCHEMA, every_rule, random_request
from xop.kernel.policy import expression
from xop.kernel.policy.compiler import compile_slice
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Request
from xop.kernel.policy.reference import ReferenceEngine

pytestmark = pytest.mark.timeout(120)


def differences(count: int, seed: int) -> list[tuple[Request, Any, Any]]:
    """Return the requests on which a fresh compiled engine and the unsliced reference differ."""
    rules = every_rule()
    compiled = PolicyEngine(rules, SCHEMA, shadow_share=0.0)
    reference = ReferenceEngine(rules, SCHEMA, sliced=False)
    rng = random.Random(seed)
    found = []
    for number in range(count):
        request = random_request(rng)
        one, other = compiled.judge(request, number), reference.judge(request)
        if (one.error is None, one.applied) != (other.error is None, other.applied):
            found.append((request, one, other))
    return found


def test_every_slice_of_the_whole_rule_set_compiles():
    assert PolicyEngine(every_rule(), SCHEMA).fallbacks() == {}


def test_compiled_and_reference_agree_on_errors_and_applied_rules():
    assert differences(2_500, seed=7) == []


def test_the_requests_reach_every_rule_and_every_kind_of_answer():
    engine = PolicyEngine(every_rule(), SCHEMA, shadow_share=0.0)
    rng = random.Random(7)
    judged = [engine.judge(random_request(rng), n) for n in range(2_500)]
    assert {rule_id for one in judged for rule_id in one.applied} == set(engine.rules)
    assert 200 < sum(one.error is not None for one in judged) < 1_500
    assert any(one.error is not None and "64 bits" in one.error for one in judged)


@pytest.mark.parametrize(
    ("table", "op", "wrong"),
    [
        ("_COMPARISONS", "less", "<="),
        ("_COMPARISONS", "less_eq", "<"),
        ("_COMPARISONS", "greater", ">="),
        ("_COMPARISONS", "greater_eq", ">"),
        ("_ARITHMETIC", "add", "-"),
        ("_ARITHMETIC", "mul", "+"),
    ],
)
def test_a_compiler_with_one_wrong_operator_is_caught(monkeypatch, table, op, wrong):
    monkeypatch.setitem(getattr(expression, table), op, wrong)
    assert differences(400, seed=11)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("is not True and v", "is None and v"),
        (" <= 9223372036854775807", " < 9223372036854775807"),
        ("< v8 < 1000000000", "< v8"),
        ("e.isascii() or ", "e.isascii() or True or "),
        ("v5.isascii() or ", "v5.isascii() or True or "),
        ("issuperset", "isdisjoint"),
        ("not frozenset", "frozenset"),
    ],
)
def test_a_generated_function_with_one_flaw_is_caught(monkeypatch, right, wrong):
    genuine = compile

    def flawed(source: str, *rest: str) -> Any:
        return genuine(source.replace(right, wrong), *rest)

    action = SCHEMA.by_name["send_offer"]
    trees = ReferenceEngine(every_rule(), SCHEMA).trees
    assert right in compile_slice(trees, SCHEMA, "Agent", action).source
    monkeypatch.setattr("xop.kernel.policy.compiler.compile", flawed, raising=False)
    assert differences(2_000, seed=14)


def test_a_shadow_check_gives_the_reference_answer_and_says_so(monkeypatch):
    monkeypatch.setitem(expression._COMPARISONS, "less", ">=")
    rules = every_rule()
    engine = PolicyEngine(rules, SCHEMA, shadow_share=1.0)
    reference = ReferenceEngine(rules, SCHEMA)
    rng = random.Random(3)
    requests = [random_request(rng) for _ in range(100)]
    judged = [engine.judge(request, seed) for seed, request in enumerate(requests)]
    assert any(one.mismatch for one in judged)
    for request, one in zip(requests, judged, strict=True):
        assert one.applied == reference.judge(request).applied
