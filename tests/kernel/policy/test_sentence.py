"""What a rule does is said in one plain sentence, whatever Cedar it is written in."""

import pytest

from tests.kernel.policy.material import policy, rules_of
from xop.kernel.policy.sentence import sentence

HOLD = '@outcome("hold") @until("approval") @approver("lead")'


def said(body: str, more: str = "") -> str:
    (rule,) = rules_of(policy("one", body, more))
    return sentence(rule)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("permit(principal, action, resource);", "Permits every action by anybody."),
        (
            'forbid(principal is Agent, action == Action::"pay", resource);',
            "Forbids pay by AI agents.",
        ),
        (
            'forbid(principal == Agent::"bot", action in [Action::"a", Action::"b"], resource);',
            "Forbids a or b actions by the agent bot.",
        ),
        (
            "forbid(principal, action, resource) when { context.arguments has n && context.arguments.n > 3 };",
            "Forbids every action by anybody, when n is more than 3.",
        ),
        (
            "forbid(principal, action, resource) when { context.arguments has n };",
            "Forbids every action by anybody, when arguments n is given.",
        ),
        (
            "forbid(principal, action, resource) when { !(context.a == 1) && (context.b || !context.approved) };",
            "Forbids every action by anybody, when a is not 1 and (b or nobody has approved it).",
        ),
        (
            'forbid(principal, action, resource) unless { ["x", "y", "z"].contains(context.a.code) };',
            "Forbids every action by anybody, unless a code is one of x, y or z.",
        ),
        (
            'forbid(principal, action, resource) when { context.tags.contains("x") && context.name like "a*b" };',
            "Forbids every action by anybody, when tags has x and name is like a*b.",
        ),
        (
            "forbid(principal, action, resource) when { if context.a then context.b else false };",
            "Forbids every action by anybody, when (if a then b, else never).",
        ),
        (
            "forbid(principal, action, resource) when { context.a + 2 * context.b <= -1 };",
            "Forbids every action by anybody, when a + 2 times b is at most -1.",
        ),
    ],
)
def test_a_rule_is_said_in_a_sentence(body, expected):
    assert said(body) == expected


def test_a_rule_is_said_in_another_language():
    spanish = {
        "{rule}, when {condition}": "Cuando {condition}: {rule}",
        "Holds {what} by {who} until somebody with the role {role} approves it": "{what} de {who} espera a {role}",
        "AI agents": "la IA",
        "{one} and {other}": "{one} y {other}",
        "{one} is more than {other}": "{one} pasa de {other}",
        "nobody has approved it": "nadie lo aprobó",
    }
    (rule,) = rules_of(
        policy(
            "one",
            'forbid(principal is Agent, action == Action::"pay", resource) '
            "when { context.arguments.n > 3 && !context.approved };",
            HOLD,
        )
    )
    told = sentence(rule, lambda template: spanish.get(template, template))
    assert told == "Cuando n pasa de 3 y nadie lo aprobó: pay de la IA espera a lead."


def test_a_hold_says_who_ends_it():
    body = "forbid(principal, action, resource);"
    assert said(body, HOLD) == "Holds every action by anybody until somebody with the role lead approves it."
    until = '@outcome("hold") @until("quiet_hours_end")'
    assert said(body, until) == "Holds every action by anybody until quiet hours are over."
