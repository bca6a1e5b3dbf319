"""Rules are checked against the schema, literals against possible values, and drops against defaults."""

import pytest

from tests.kernel.policy.material import CONTEXT, SCHEMA, every_rule, policy, rules_of
from xop.kernel.policy.check import check, lint
from xop.kernel.policy.drop import drop
from xop.kernel.policy.explain import facts_read
from xop.kernel.policy.model import Problem
from xop.kernel.policy.schema import ActionType, Schema, faults, render

HEAD = 'permit(principal, action == Action::"send_offer", resource)'


def test_the_shared_rules_agree_with_the_schema():
    assert check(every_rule(), SCHEMA) == ()
    assert check((), SCHEMA) == ()


@pytest.mark.parametrize(
    ("test", "cause"),
    [
        ("context.consent.permission", "permission"),
        ('context.amount == "three"', "not compatible"),
        ("context.assurance > 1", "optional attribute"),
        ('context.consent["__import__"]', "__import__"),
        ('action == Action::"send_ofer"', "send_ofer"),
        ("principal.name == 1", "name"),
    ],
)
def test_a_disagreement_with_the_schema_names_the_rule_and_its_line(test, cause):
    rules = rules_of("\n\n" + policy("fine", f"{HEAD};") + policy("wrong", f"{HEAD} when {{ {test} }};"))
    problem = check(rules, SCHEMA)[0]
    assert (problem.file, problem.line) == ("t.cedar", 5)
    assert cause in problem.cause
    assert "t.wrong" in problem.cause


@pytest.mark.parametrize(
    "test",
    [
        'context.channel == "smss"',
        '"smss" != context.channel',
        'context.tags.contains("smss")',
        '["sms", "smss"].contains(context.channel)',
        'context.tags.containsAny(["smss"])',
        'context.tags == ["smss"]',
        '{a: context.channel == "smss"}.a',
    ],
)
def test_a_literal_a_fact_can_never_be_is_found(test):
    enums = {"channel": frozenset({"sms", "mail"}), "tags": frozenset({"sms"})}
    rules = rules_of(policy("wrong", f"{HEAD} when {{ {test} }};"))
    (problem,) = lint(rules, enums)
    assert "'smss'" in problem.cause
    assert problem.remedy == "did you mean 'sms'?"
    assert lint(rules, {"purposes": frozenset({"x"})}) == ()


def test_a_right_literal_is_left_alone():
    rules = rules_of(policy("fine", f'{HEAD} when {{ context.channel == "sms" }};'))
    assert lint(rules, {"channel": frozenset({"sms"})}) == ()


def test_only_default_rules_can_be_dropped():
    rules = rules_of(policy("soft", f"{HEAD};", '@default("true")') + policy("hard", f"{HEAD};"))
    left = drop(rules, ["t.soft"])
    assert not isinstance(left, Problem)
    assert [rule.id for rule in left] == ["t.hard"]
    refused = drop(rules, ["t.soft", "t.hard"], "w.toml")
    assert isinstance(refused, Problem)
    assert refused.file == "w.toml"
    assert "t.hard" in refused.cause
    assert isinstance(drop(rules, ["t.nobody"]), Problem)


def test_facts_read_shows_what_is_there_and_leaves_out_what_is_not():
    (rule,) = rules_of(policy("x", f"{HEAD} when {{ context.a.b == 1 && context has c.d && context.e }};"))
    assert facts_read(rule, {"a": {"b": 0}, "c": 5, "e": None, "f": 1}) == {"a.b": 0, "e": None}


@pytest.mark.parametrize(
    ("action", "fault"),
    [
        (ActionType('x"; permit(principal, action, resource);', (), {}), "no action name"),
        (ActionType("x", ("nowhere",), {}), "group 'nowhere' is not declared"),
        (ActionType("x", (), {}, ("Ghost",)), "'Ghost' is not declared"),
        (ActionType("x", (), {}, ()), "no principal type"),
        (ActionType("x", (), {'a": Bool }': "Bool"}), "no attribute name"),
        (ActionType("x", (), {"__entity": "Bool"}), "no attribute name"),
        (ActionType("x", (), {"a": "Decimal"}), "unknown type"),
        (ActionType("x", (), {"a": 5}), "unknown type"),
        (ActionType("x", (), {"a": "Bool", "a?": "Bool"}), "declared twice"),
        (ActionType("write", (), {}), "declared twice"),
    ],
)
def test_a_faulty_schema_is_refused_before_it_is_rendered(action, fault):
    assert fault in "; ".join(faults(Schema((action,), ("write",))))
    with pytest.raises(ValueError, match="schema has faults"):
        render((action,), ("write",))


def test_a_schema_nested_too_deeply_is_refused():
    context: dict[str, object] = {"a": "Bool"}
    for _ in range(50):
        context = {"a": context}
    assert "nested deeper" in "; ".join(faults(Schema((ActionType("x", (), context),))))


def test_the_rendered_schema_names_groups_principals_and_optional_attributes():
    text = render(SCHEMA.actions, SCHEMA.groups, SCHEMA.principal_types)
    assert 'action "issue_credit" in [Action::"write"] appliesTo { principal: [Agent, Operator]' in text
    assert '"basis"?: String' in text
    assert len(CONTEXT) == 10
