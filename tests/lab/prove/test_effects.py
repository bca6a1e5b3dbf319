"""Rules without effect are found, each with what makes it so; rules with one are left alone."""

import pytest

from tests.lab.prove.material import EVERY_OPERATOR, HEAD, LIMIT, bank, report
from xop.lab.prove.terrain import survey
from xop.lab.prove.witness import replay

pytest.importorskip("z3")

HELD = '@outcome("hold") @until("approval") @approver("supervisor")'


def rule(name: str, effect: str, test: str, notes: str = "") -> str:
    return f'@id("pay.{name}") @message("m") {notes}\n{effect}({HEAD}) when {{ {test} }};\n'


def flaws(rules: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {each.rule: (each.flaw, each.by) for each in report(bank(rules)).effectless}


@pytest.mark.parametrize(
    "test",
    [
        "context.facts.owed > 5 && context.facts.owed < 6",
        'context.kind == "contact"',
        'context.approved && context.stage == "proposal"',
        "context.arguments has cents && context.arguments.cents > 100000",
        'context.arguments has way && context.arguments.way == "backwards"',
        'context.arguments has note && context.arguments.note like "a*" && context.arguments.note like "b*"',
        'context.care.support && !context.flags.contains("support")',
        "context.facts.marks.isEmpty() && context.facts.marks.containsAny(context.flags)",
    ],
)
def test_a_rule_that_can_never_apply_is_dead(test):
    found = flaws(LIMIT + rule("planted", "forbid", test))
    assert found == {"pay.planted": ("dead", ())}


def test_a_rule_another_always_decides_for_is_shadowed_by_it():
    above = "context.arguments has cents && context.arguments.cents > {}"
    found = flaws(rule("much", "forbid", above.format(50)) + rule("more", "forbid", above.format(60)))
    assert found == {"pay.more": ("shadowed", ("pay.much",))}


def test_a_hold_under_a_forbid_is_shadowed_but_not_a_forbid_over_a_hold():
    above = "context.arguments has cents && context.arguments.cents > 50"
    found = flaws(rule("stop", "forbid", above) + rule("wait", "forbid", above, HELD))
    assert found == {"pay.wait": ("shadowed", ("pay.stop",))}


def test_a_permit_that_rules_always_forbid_is_contradicted():
    owed = "context.facts.owed > 5"
    found = flaws(rule("yes", "permit", owed) + rule("no", "forbid", "context.facts.owed > 4"))
    assert found["pay.yes"] == ("contradicted", ("pay.no",))


def test_rules_that_only_together_decide_for_another_are_named_together():
    found = flaws(
        rule("yes", "permit", "context.facts.owed > 5")
        + rule("some", "forbid", "context.facts.owed > 4 && context.facts.owed < 90")
        + rule("more", "forbid", "context.facts.owed >= 90")
        + rule("few", "forbid", "context.facts.owed < 3")
    )
    assert found == {"pay.yes": ("contradicted", ("pay.some", "pay.more"))}


def test_a_permit_that_is_forbidden_but_at_one_number_has_an_effect():
    ungranted = "!context.actor.granted && context.facts.owed >= 5"
    rules = rule("yes", "permit", ungranted) + rule("no", "forbid", "context.facts.owed > 5")
    assert flaws(rules) == {}
    assert "pay.yes" in flaws(rules.replace("owed > 5", "owed > 4"))


def test_a_rule_that_others_decide_for_comes_with_a_request_it_applies_to():
    release = bank(rule("yes", "permit", "context.facts.owed > 5") + rule("no", "forbid", "context.facts.owed > 4"))
    (found,) = report(release).effectless
    assert found.witness is not None
    verdict = replay(survey(release), found.witness.request).verdict
    assert verdict.outcome == "deny"
    assert "pay.no" in verdict.determining
    assert "pay.yes" in dict(verdict.overruled)


def test_a_hold_for_somebody_else_has_an_effect_beside_another():
    above = "context.arguments has cents && context.arguments.cents > 50"
    other = HELD.replace('"approval") @approver("supervisor"', '"verification"').replace(' @approver("supervisor")', "")
    assert flaws(rule("one", "forbid", above, HELD) + rule("two", "forbid", above, other)) == {}
    assert set(flaws(rule("one", "forbid", above, HELD) + rule("two", "forbid", above, HELD))) == {"pay.one", "pay.two"}


def test_a_permit_with_an_obligation_of_its_own_has_an_effect():
    assert flaws(rule("plain", "permit", "context.actor.granted")) == {"pay.plain": ("shadowed", ("xop.granted",))}
    assert flaws(rule("owing", "permit", "context.actor.granted", '@obligation("log")')) == {}


def test_a_rule_that_only_ever_fails_where_it_can_has_an_effect():
    assert flaws(rule("fails", "permit", "context.facts.owed * 3 == context.facts.owed * 3 + 1")) == {}


def test_where_a_rule_without_effect_stands_is_told():
    (found,) = report(
        bank(LIMIT + rule("planted", "forbid", "context.facts.owed > 5 && context.facts.owed < 6"))
    ).effectless
    assert found.place == "policies/pay.cedar:4"


def test_rules_that_use_every_operator_are_not_all_called_effectless():
    assert len(flaws(EVERY_OPERATOR)) < 10
