"""Coverage counts rules that determined a verdict, changes that were made, and steps that were reached."""

from msgspec.structs import replace

from tests.kit.harbour import release
from tests.lab.scenarios.material import ana, covered, files_with
from xop.lab.scenarios.coverage import coverage, percent
from xop.lab.scenarios.result import Touched

OWN_RULES = {"harbour.sim_swap", "harbour.large_credit", "harbour.huge_credit", "harbour.score"}
CHANGES = 14
BASELINE = 27


def names(share):
    return {each.name for each in share.missing}


def test_nothing_is_covered_by_a_scenario_in_which_nothing_happens():
    found = covered(ana("then:\n  - not_sent: {}\n"))
    assert (found.rules.covered, found.rules.total, names(found.rules)) == (0, 4, OWN_RULES)
    assert (found.triggers.covered, found.triggers.total) == (0, CHANGES)
    assert (found.baseline.covered, found.baseline.total) == (0, BASELINE)
    assert (found.steps.covered, found.steps.total, found.steps.percent) == (0, 0, 100.0)
    assert found.percent == 0.0


def test_what_is_missing_has_its_place():
    found = covered(ana("then:\n  - not_sent: {}\n"))
    places = {each.name: (each.file, each.line) for each in (*found.rules.missing, *found.triggers.missing)}
    assert places["harbour.sim_swap"] == ("policies/harbour.cedar", 2)
    assert places["page.viewed#2"] == ("signals.yaml", 10)


def test_only_rules_that_determined_the_verdict_count():
    # Above 500 both rules hold; above 50 only one does. The permit that both overrule is not covered by that.
    text = """
when:
  - propose: {{action: issue_credit, actor: operator:olga, arguments: {{cents: {0}}}}}
then:
  - verdict: hold
"""
    large, huge = covered(ana(text.format(6_000))), covered(ana(text.format(60_000)))
    assert names(large.rules) == OWN_RULES - {"harbour.large_credit"}
    assert names(huge.rules) == OWN_RULES - {"harbour.large_credit", "harbour.huge_credit"}
    assert (large.rules.covered, large.rules.percent, huge.rules.percent) == (1, 25.0, 50.0)
    assert "xop.granted" in names(large.baseline)
    assert large.baseline.covered == 0


def test_a_change_counts_when_its_condition_held_and_not_when_only_its_signal_came():
    once = covered(ana("when:\n  - signal: page.viewed\n    data: {path: /}\nthen:\n  - not_sent: {}\n"))
    assert once.triggers.covered == 1
    assert {"page.viewed#2", "page.viewed#3"} <= names(once.triggers)
    visit = "  - signal: page.viewed\n    data: {path: /cancel}\n"
    twice = covered(ana(f"when:\n{visit}{visit}then:\n  - not_sent: {{}}\n"))
    assert (twice.triggers.covered, "page.viewed#3" in names(twice.triggers)) == (2, True)
    thrice = covered(ana(f"when:\n{visit}{visit}{visit}then:\n  - sent: {{}}\n"))
    assert (thrice.triggers.covered, names(thrice.triggers) & {"page.viewed#1", "page.viewed#3"}) == (3, set())
    # Three of 4 rules and 14 changes.
    assert thrice.percent == 16.6


def test_everything_of_the_harbour_can_be_covered_exactly():
    touched = Touched(rules=tuple(OWN_RULES), triggers=tuple(names(covered(ana("then:\n  - not_sent: {}\n")).triggers)))
    found = coverage(files_with("scenarios: []\n"), release(), [touched])
    assert (found.percent, found.rules.missing, found.triggers.missing) == (100.0, (), ())
    less = coverage(files_with("scenarios: []\n"), release(), [replace(touched, rules=touched.rules[1:])])
    assert less.percent == 94.4


def test_a_share_is_whole_only_when_all_of_it_is_covered():
    assert (percent(9_999, 10_000), percent(1, 3), percent(3, 3), percent(0, 0)) == (99.9, 33.3, 100.0, 100.0)
