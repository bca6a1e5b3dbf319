"""Two releases differ in just the requests that are listed, each judged by both."""

import random

import pytest

from tests.lab.prove.material import FILES, HEAD, LIMIT, bank, comparison, edited
from xop.kernel.policy.combine import combine
from xop.lab.prove.markdown import markdown
from xop.lab.prove.model import Difference, Report
from xop.lab.prove.terrain import survey
from xop.lab.prove.witness import replay

pytest.importorskip("z3")

ADULT = f"""
@id("pay.owed") @message("m")
forbid({HEAD}) when {{ context.facts.owed >= 18 && context.arguments has cents && context.arguments.cents <= 700 }};
"""

MUTANTS = [
    (LIMIT, "> 5000", ">= 5000", 5000),
    (LIMIT, "> 5000", "> 4999", 5000),
    (LIMIT, "> 5000", "> 5001", 5001),
    (ADULT, "<= 700", "< 700", 700),
]


def told(difference: Difference) -> tuple[str, str, str, str]:
    return difference.before, difference.after, difference.reason_before, difference.reason_after


def agents(listed: str) -> dict[str, bytes]:
    """Return agents.yaml with these agents, and one operator who approves."""
    operator = 'olga: {actions: ["*"], roles: [supervisor, approver]}'
    return {"agents.yaml": f"agents: {{{listed}}}\noperators: {{{operator}}}\n".encode()}


def test_a_release_does_not_differ_from_itself():
    found = comparison(bank(LIMIT), bank(LIMIT + "\n// a remark\n"))
    assert (found.differences, found.notes) == ((), ())


def test_a_rule_written_otherwise_with_the_same_meaning_makes_no_difference():
    other = LIMIT.replace("context.arguments.cents > 5000", "!(context.arguments.cents <= 5000)")
    assert comparison(bank(LIMIT), bank(other)).differences == ()


@pytest.mark.parametrize(("rules", "old", "new", "cents"), MUTANTS)
def test_a_limit_moved_by_one_is_seen_at_the_very_number(rules, old, new, cents):
    found = comparison(bank(rules), bank(rules.replace(old, new)))
    assert {each.new.request.context["arguments"]["cents"] for each in found.differences} == {cents}


def test_one_moved_comparison_of_a_fact_is_seen():
    found = comparison(bank(ADULT), bank(ADULT.replace(">= 18", "> 18")))
    assert {each.new.request.context["facts"]["owed"] for each in found.differences} == {18}
    assert {told(each) for each in found.differences} == {("deny", "permit", "pay.owed", "xop.granted")}


def test_each_difference_is_what_both_engines_say():
    before, after = bank(LIMIT), bank(LIMIT.replace("principal,", "principal is Agent,"))
    (found,) = comparison(before, after).differences
    assert told(found) == ("hold", "permit", "pay.limit", "xop.granted")
    assert found.actions == ("pay",)
    assert "Operator" in found.principals
    assert "Agent" not in found.principals
    assert replay(survey(before), found.old.request).verdict.outcome == "hold"
    assert replay(survey(after), found.new.request).verdict.outcome == "permit"


def test_what_is_newly_permitted_comes_first():
    rules = LIMIT + ADULT
    changed = rules.replace("> 5000", "> 4000").replace(">= 18", ">= 19")
    assert comparison(bank(rules), bank(changed)).differences[0].after == "permit"


def test_another_wait_and_another_obligation_are_differences():
    (wait,) = comparison(
        bank(LIMIT), bank(LIMIT.replace('"approval") @approver("supervisor")', '"verification")'))
    ).differences
    assert (wait.before, wait.after, wait.aspect) == ("hold", "hold", "wait")
    owing = f'@id("pay.log") @message("m") @obligation("log") permit({HEAD});'
    found = comparison(bank(), bank(owing)).differences
    assert {each.aspect for each in found} == {"obligations"}


CHECKED = LIMIT.replace("pay.limit", "pay.check").replace('"supervisor"', '"approver"')


@pytest.mark.parametrize(
    ("one", "other", "aspects"),
    [
        ('@people("2")', "", ["wait"]),
        ('@escalate_to("supervisor") @escalate_after("2h")', "", ["wait"]),
        ('@escalate_to("approver") @escalate_after("2h")', '@escalate_to("approver") @escalate_after("3h")', ["wait"]),
        ('@deadline("2h")', '@deadline("3h")', []),
    ],
)
def test_terms_that_change_between_the_roles_are_a_difference(one, other, aspects):
    def asking(mine, theirs):
        rules = LIMIT.replace("@until", f"{mine} @until") + CHECKED.replace("@until", f"{theirs} @until")
        roles = '{actions: ["*"], roles: [supervisor, approver]}'
        return bank(rules, edited("agents.yaml", '{actions: ["*"], roles: [supervisor]}', f"{roles}\n  otto: {roles}"))

    found = comparison(asking(one, other), asking(other, one)).differences
    assert sorted({each.aspect for each in found}) == aspects


def test_a_rule_for_fewer_people_beside_one_for_more_makes_no_difference():
    both = LIMIT.replace("@until", '@people("2") @until')
    fewer = LIMIT.replace("pay.limit", "pay.also")
    files = edited("agents.yaml", "operators:", "operators:\n  otto: {actions: [], roles: [supervisor]}")
    assert comparison(bank(both, files), bank(both + fewer, files)).differences == ()


def test_rights_given_in_agents_are_a_difference():
    found = comparison(bank(), bank(files=edited("agents.yaml", "[pay, tell]", "[tell]")))
    assert {told(each) for each in found.differences} == {("permit", "deny", "xop.granted", "nobody permits")}
    assert {(each.actions, each.principals) for each in found.differences} == {(("pay",), ("Agent",))}
    assert {each.new.request.principal for each in found.differences} == {"bot"}


def test_an_agent_that_acts_less_freely_has_journeys_act_less_freely_too():
    found = comparison(bank(), bank(files=agents("bot: {actions: [tell, pay], autonomy: observe}"))).differences
    assert {told(each) for each in found} == {("permit", "deny", "xop.granted", "xop.observer")}
    assert {each.principals for each in found} == {("Agent", "Journey", "DecisionSet")}


def test_both_releases_are_compared_about_the_same_asker():
    two = "bot: {actions: [tell, pay], autonomy: act}, timid: {actions: [tell, pay], autonomy: suggest}"
    found = comparison(bank(files=agents(two)), bank(files=agents(two.replace("suggest", "observe")))).differences
    assert {told(each) for each in found} == {
        ("hold", "deny", "xop.suggestion", "xop.observer"),
        ("permit", "deny", "xop.granted", "xop.observer"),
    }
    assert {each.old.request.context["approved"] for each in found if each.before == "permit"} == {True}


def test_a_newcomer_without_actions_is_noted_and_makes_no_difference():
    calm = "bot: {actions: [tell, pay], autonomy: act}"
    found = comparison(bank(files=agents(calm)), bank(files=agents(f"{calm}, new: {{autonomy: act}}")))
    assert found.differences == ()
    assert any("principal agent:new is new" in note for note in found.notes)


def test_what_somebody_had_done_ends_when_they_are_gone():
    calm = "bot: {actions: [tell, pay], autonomy: act}"
    found = comparison(bank(files=agents(f"{calm}, old: {{autonomy: act}}")), bank(files=agents(calm))).differences
    assert {(each.before, each.after) for each in found} == {("permit", "deny")}
    assert {each.principals for each in found} == {("Journey", "DecisionSet")}


def test_a_purpose_that_no_longer_needs_consent_is_a_difference():
    found = comparison(bank(), bank(files=edited("purposes.yaml", "basis: consent", "basis: legitimate_interest")))
    assert ("deny", "permit", "xop.consent_unknown", "xop.granted") in {told(each) for each in found.differences}
    assert {each.actions for each in found.differences} == {("tell",)}


def test_what_rules_do_not_see_is_noted():
    changed = bank(files=edited("facts.yaml", 'owed: {type: int, value: "1"}', 'owed: {type: int, value: "2"}'))
    assert any("owed is computed otherwise" in note for note in comparison(bank(), changed).notes)
    renamed = {path: content for path, content in FILES.items() if path != "actions/tell.yaml"}
    shout = {"actions/shout.yaml": FILES["actions/tell.yaml"].replace(b"name: tell", b"name: shout")}
    fewer = bank(files=edited("agents.yaml", "[pay, tell]", "[pay]") | shout)
    assert len(renamed) == len(FILES) - 1
    assert any("action shout is new" in note for note in comparison(bank(), fewer).notes)


def test_random_changes_of_a_limit_are_told_apart_as_the_engine_does():
    rng = random.Random(7)
    for _ in range(2):
        low, high = sorted(rng.sample(range(2, 9000), 2))
        before, after = bank(LIMIT.replace("5000", str(low))), bank(LIMIT.replace("5000", str(high)))
        (found,) = comparison(before, after).differences
        cents = found.new.request.context["arguments"]["cents"]
        assert low < cents <= high
        for release, expected in ((before, "hold"), (after, "permit")):
            judgement = release.policies.judge(found.new.request, seed=1)
            assert combine(release.policies.rules, judgement).outcome == expected


def test_the_markdown_of_a_change_holds_the_request():
    found = comparison(bank(LIMIT), bank(LIMIT.replace("> 5000", ">= 5000")))
    text = markdown(Report("rel_x", "bank | `x`", 3, (), (), ("pay",)), found)
    assert "| permit | hold | `pay.limit` | `xop.granted` | pay |" in text
    assert '"cents": 5000' in text
    assert "bank \\| 'x'" in text
    assert "Nobody may do: `pay`" in text
