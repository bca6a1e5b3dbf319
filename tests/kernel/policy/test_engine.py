"""What cannot be judged is an error, whichever engine judges, and an error denies."""

from typing import Any

import pytest

from tests.kernel.policy.material import SCHEMA, WRITE, every_rule, good_context, policy, request, rules_of
from xop.kernel.policy.combine import combine
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.expression import _COMPARISONS
from xop.kernel.policy.model import Request, Rule

EVERYTHING = "permit(principal, action, resource);"
MODES = ("compiled", "reference")


def verdict_of(rules: tuple[Rule, ...], asked: Request, mode: Any = "compiled") -> Any:
    engine = PolicyEngine(rules, SCHEMA, mode=mode, shadow_share=0.0)
    return combine(engine.rules, engine.judge(asked, 1))


def changed(path: str, value: Any) -> dict[str, Any]:
    context = good_context()
    holder = context
    *parents, last = path.split(".")
    for name in parents:
        holder = holder[name]
    if value is KeyError:
        del holder[last]
    else:
        holder[last] = value
    return context


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


@pytest.mark.parametrize("mode", MODES)
def test_a_good_request_is_permitted(mode):
    assert verdict_of(rules_of(policy("all", EVERYTHING)), request(), mode).outcome == "permit"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("consent.permitted", KeyError),
        ("consent", KeyError),
        ("approval.notes.length", KeyError),
        ("consent.permitted", None),
        ("consent.permitted", "true"),
        ("consent.permitted", 1),
        ("consent", None),
        ("consent", []),
        ("consent", "x"),
        ("assurance", None),
        ("amount", 3.0),
        ("amount", float("nan")),
        ("amount", True),
        ("amount", "3"),
        ("amount", 2**63),
        ("amount", -(2**63) - 1),
        pytest.param("amount", 10**6_000, id="huge"),
        ("channel", 3),
        ("channel", "\ud800"),
        ("channel", b"sms"),
        ("tags", "vip"),
        ("tags", [1]),
        ("tags", ["vip", None]),
        ("tags", ["\udfff"]),
        ("tags", [["vip"]]),
        ("tags", {"vip": 1}),
        ("stray", True),
        ("consent.stray", 1),
        ("approval.notes.stray", 1),
        ("channel", {"__extn": {"fn": "ip", "arg": "1.1.1.1"}}),
        ("approval", {"__entity": {"type": "Agent", "id": "a1"}}),
        ("consent.permitted", {"__expr": "true"}),
        ("stray", deep(2_000)),
        ("approval.notes", deep(2_000)),
        ("channel", object()),
        ("amount", 1j),
    ],
)
def test_a_context_that_is_not_exactly_its_type_is_denied_with_an_error(mode, path, value):
    verdict = verdict_of(rules_of(policy("all", EVERYTHING)), request(changed(path, value)), mode)
    assert verdict.outcome == "deny"
    assert verdict.error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("context", [None, [], "x", {}, {1: True}])
def test_a_context_that_is_no_record_is_denied(mode, context):
    asked = Request("Agent", "a1", "send_offer", "c1", context)
    assert verdict_of(rules_of(policy("all", EVERYTHING)), asked, mode).error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "asked",
    [
        request(action="unheard_of"),
        request(action="write"),
        request(principal_type="Ghost"),
        request(principal_type='Agent::"a1" || true'),
        request(principal_type="Journey", action="issue_credit"),
        request(principal="\ud800"),
        request(resource="\udfff"),
        Request("Agent", 5, "send_offer", "c1", good_context()),  # type: ignore[arg-type]  # what a broken caller sends
    ],
)
def test_a_request_nobody_declared_is_denied_with_an_error(mode, asked):
    verdict = verdict_of(rules_of(policy("all", EVERYTHING)), asked, mode)
    assert (verdict.outcome, bool(verdict.error)) == ("deny", True)


@pytest.mark.parametrize("mode", MODES)
def test_ids_are_plain_text_whatever_they_hold(mode):
    nasty = 'a"\n\\"; forbid(principal, action, resource); //'
    escaped = 'a\\"\\n\\\\\\"; forbid(principal, action, resource); //'
    rules = rules_of(policy("one", f'permit(principal == Agent::"{escaped}", action, resource);'))
    assert verdict_of(rules, request(principal=nasty), mode).outcome == "permit"
    assert verdict_of(rules, request(principal="a"), mode).outcome == "deny"


@pytest.mark.parametrize("mode", MODES)
def test_overflow_in_one_rule_denies_though_another_permits(mode):
    text = policy("all", EVERYTHING) + policy("sum", f"forbid({WRITE}) when {{ context.amount + 1 > 5 }};")
    verdict = verdict_of(rules_of(text), request(changed("amount", 2**63 - 1)), mode)
    assert (verdict.outcome, bool(verdict.error)) == ("deny", True)


@pytest.mark.parametrize("mode", MODES)
def test_a_hold_and_a_forbid_are_found_beside_the_permit(mode):
    hold = f"forbid({WRITE}) when {{ context.amount > 2 }};"
    text = policy("all", EVERYTHING) + policy("big", hold, '@outcome("hold") @until("approval") @approver("lead")')
    verdict = verdict_of(rules_of(text), request(), mode)
    assert (verdict.outcome, verdict.determining, verdict.approvers) == ("hold", ("t.big",), ("lead",))


@pytest.mark.parametrize(
    "test",
    [
        'ip("10.0.0.1").isLoopback()',
        'decimal("1.0").lessThan(decimal("2.0"))',
        "{a: 1}.a == 1",
        "context.consent == context.consent",
        "[[1]].contains([context.amount])",
        "(if context.quiet then principal else principal) == principal",
        "context.unheard_of == 1",
        'context.amount == "x"',
        'resource.hasTag("x")',
        "context.tags.containsAll([])",
        "principal has name",
        "context.amount has name",
        "context.quiet.isEmpty()",
        "context.amount && true",
        '(if context.quiet then principal else principal) in Agent::"a1"',
    ],
)
def test_what_the_compiler_does_not_know_is_judged_by_the_reference(test):
    text = policy("odd", f"permit({WRITE}) when {{ {test} }};") + policy("all", EVERYTHING)
    rules = rules_of(text)
    compiled, reference = PolicyEngine(rules, SCHEMA), PolicyEngine(rules, SCHEMA, mode="reference")
    assert ("Agent", "send_offer") in compiled.fallbacks()
    assert ("Agent", "read_profile") not in compiled.fallbacks()
    judgement = compiled.judge(request(), 1)
    assert judgement.engine == "reference"
    assert judgement == reference.judge(request(), 1)


def test_the_deepest_rules_the_parser_takes_are_judged_alike():
    chain = "if context.quiet then context.quiet else " * 60 + "context.quiet"
    steep = "(" * 60 + "context.quiet" + " || context.amount > 1 && context.quiet)" * 60
    nested = "context.quiet"
    for _ in range(48):
        nested = f"[{nested}] == [context.consent.permitted]"
    tests = enumerate((chain, steep, nested))
    rules = rules_of("".join(policy(f"r{n}", f"permit({WRITE}) when {{ {test} }};") for n, test in tests))
    asked = request(changed("quiet", True))
    assert PolicyEngine(rules, SCHEMA, shadow_share=1.0).judge(asked, 1).applied == ("t.r0", "t.r1", "t.r2")
    assert PolicyEngine(rules, SCHEMA, mode="reference").judge(asked, 1).applied == ("t.r0", "t.r1", "t.r2")


def test_what_python_itself_finds_too_deep_is_judged_by_the_reference(monkeypatch):
    def refused(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("xop.kernel.policy.compiler.compile", refused, raising=False)
    engine = PolicyEngine(rules_of(policy("all", EVERYTHING)), SCHEMA)
    judgement = engine.judge(request(), 1)
    assert (judgement.engine, judgement.applied) == ("reference", ("t.all",))


def test_the_switch_turns_the_compiled_path_off():
    rules = rules_of(policy("all", EVERYTHING))
    assert PolicyEngine(rules, SCHEMA).judge(request(), 1).engine == "compiled"
    assert PolicyEngine(rules, SCHEMA, mode="reference").judge(request(), 1).engine == "reference"


def test_the_seed_alone_chooses_a_steady_share_of_shadow_checks(monkeypatch):
    monkeypatch.setitem(_COMPARISONS, "less", ">=")
    rules = rules_of(policy("small", f"permit({WRITE}) when {{ context.amount < 5 }};"))
    engines = [PolicyEngine(rules, SCHEMA, shadow_share=0.1) for _ in range(2)]
    one, other = ([engine.judge(request(), seed).mismatch for seed in range(2_000)] for engine in engines)
    assert one == other
    assert 150 < sum(one) < 250
    assert not any(PolicyEngine(rules, SCHEMA, shadow_share=0.0).judge(request(), n).mismatch for n in range(500))


def test_rules_are_known_by_id_and_cannot_repeat():
    rules = every_rule()
    assert PolicyEngine(rules, SCHEMA).rules[rules[0].id] is rules[0]
    with pytest.raises(ValueError, match="twice"):
        PolicyEngine((*rules, rules[0]), SCHEMA)


def test_a_rule_whose_text_is_not_one_rule_is_refused():
    with pytest.raises(ValueError, match=r"t\.x cannot be parsed"):
        PolicyEngine([Rule("t.x", "permit", "m", EVERYTHING * 2)], SCHEMA)
    with pytest.raises(ValueError, match="nested deeper"):
        PolicyEngine([Rule("t.x", "permit", "m", "(" * 9_000)], SCHEMA)


@pytest.mark.parametrize("mode", MODES)
def test_a_rule_in_shadow_that_fails_leaves_the_verdict_to_the_others(mode):
    failing = f"forbid({WRITE}) when {{ context.amount + 9223372036854775807 > 0 }};"
    permitting = policy("all", EVERYTHING)
    assert verdict_of(rules_of(permitting + policy("fails", failing)), request(), mode).outcome == "deny"
    observed = rules_of(permitting + policy("fails", failing, '@shadow("true")'))
    found = verdict_of(observed, request(), mode)
    assert (found.outcome, found.determining, found.error) == ("permit", ("t.all",), None)
    assert verdict_of(observed, request(changed("channel", 5)), mode).error
