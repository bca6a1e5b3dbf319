"""Rules in shadow decide nothing, so proofs leave them out; terms and halts of the others are part of what is compared."""

import pytest

from tests.lab.prove.material import HEAD, LIMIT, comparison, edited, invariant, proof, report
from tests.lab.prove.material import bank as plain
from xop.kernel.release import Release
from xop.lab.prove.markdown import markdown
from xop.lab.prove.model import Comparison

pytest.importorskip("z3")

NONE = f'@id("pay.none") @message("m") forbid({HEAD});'
SHADOWED = NONE.replace("forbid", '@shadow("true") forbid')
PAYING = invariant("true", "never: permit", "{actions: [pay]}")


PEOPLE = "".join(f"\n  {name}: {{roles: [supervisor, boss]}}" for name in ("sue", "tim"))


def bank(rules: str = "") -> Release:
    """Return the release with these rules, and with enough people to approve what they hold."""
    rights = edited("agents.yaml", "roles: [supervisor]}", "roles: [supervisor]}" + PEOPLE)
    return plain(rules, rights)


def asking(*annotations: str) -> str:
    """Return the limit with more annotations."""
    return LIMIT.replace("forbid(", " ".join(annotations) + " forbid(")


def aspects(found: Comparison) -> set[tuple[str, str, str]]:
    return {(each.before, each.after, each.aspect) for each in found.differences}


def test_a_rule_in_shadow_proves_nothing():
    assert proof(bank(NONE), PAYING).result == "proved"
    assert proof(bank(SHADOWED), PAYING).result == "counterexample"


def test_a_rule_in_shadow_is_named_and_not_called_without_effect():
    found = report(bank(SHADOWED))
    assert (found.effectless, found.observed) == ((), ("pay.none",))
    assert "Only observed, and left out: `pay.none`" in markdown(found)


def test_a_rule_in_shadow_that_fails_proves_nothing_either():
    failing = "context.facts.owed + 9223372036854775807 > 0"
    rule = f'@id("pay.none") @message("m") forbid({HEAD}) when {{ {failing} }};'
    assert (
        proof(bank(rule), invariant("context.facts.owed > 0", "never: permit", "{actions: [pay]}")).result == "proved"
    )
    observed = bank(rule.replace("forbid(", '@shadow("true") forbid('))
    asked = invariant("context.facts.owed > 0", "never: permit", "{actions: [pay]}")
    assert proof(observed, asked).result == "counterexample"


def test_a_rule_that_goes_into_shadow_changes_what_it_decided():
    assert aspects(comparison(bank(NONE), bank(SHADOWED))) == {("deny", "permit", "outcome")}
    assert comparison(bank(), bank(SHADOWED)).differences == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), ('@people("2")',)),
        ((), ('@deadline("4h")',)),
        (('@deadline("4h")',), ('@deadline("2h")',)),
        (('@reminder("1h")',), ()),
        ((), ('@escalate_to("boss") @escalate_after("1h")',)),
        (('@escalate_to("boss") @escalate_after("1h")',), ('@escalate_to("boss") @escalate_after("2h")',)),
    ],
)
def test_an_approval_on_other_terms_is_a_difference(before, after):
    found = comparison(bank(asking(*before)), bank(asking(*after)))
    assert aspects(found) == {("hold", "hold", "wait")}
    assert found.notes == ()


@pytest.mark.parametrize(("before", "after"), [("4h", "240m"), ("1d", "24h")])
def test_the_same_span_written_otherwise_is_none(before, after):
    assert comparison(bank(asking(f'@deadline("{before}")')), bank(asking(f'@deadline("{after}")'))).differences == ()


def test_terms_that_a_stricter_rule_overrules_are_none():
    strict = asking('@people("3") @deadline("1h")').replace("pay.limit", "pay.strict").replace("5000", "100")
    found = comparison(bank(strict + LIMIT), bank(strict + asking('@people("2") @deadline("4h")')))
    assert (found.differences, found.notes) == ((), ())


def test_what_a_denial_stops_altogether_is_a_difference():
    halting = NONE.replace("forbid", '@halts("agent") forbid')
    assert aspects(comparison(bank(NONE), bank(halting))) == {("deny", "deny", "halts")}
    assert "stops something else" in markdown(report(bank(halting)), comparison(bank(NONE), bank(halting)))


def test_a_rule_that_only_asks_for_stricter_terms_has_an_effect():
    second = asking('@people("2")').replace("pay.limit", "pay.second")
    assert report(bank(LIMIT + second)).effectless[0].rule == "pay.limit"
    assert {each.rule for each in report(bank(LIMIT + second)).effectless} == {"pay.limit"}


def test_a_rule_that_only_halts_has_an_effect():
    second = NONE.replace("pay.none", "pay.second").replace("forbid", '@halts("agent") forbid')
    assert {each.rule for each in report(bank(NONE + second)).effectless} == {"pay.none"}
