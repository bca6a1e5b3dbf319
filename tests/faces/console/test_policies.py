"""Policies in the console over HTTP: in plain language, found, compared, proved, and never a way in for scripts."""

import re
from html import escape

import pytest

from tests.kit.console import words

LIST, PLACE = "/console/policies", "/console/policies/harbour.large_credit"


def rules(page: str) -> list[str]:
    """Return the rules of a list, from above."""
    return re.findall(r'<a class="mono" href="/console/policies/([^"?]+)', page.partition('id="lab"')[0])


def test_every_rule_is_listed_the_own_ones_first(dora):
    page = dora.look(LIST)
    listed = rules(page)
    assert listed[0].startswith("harbour.")
    assert "xop.granted" in listed
    assert len(listed) == len(set(listed)) > 20
    assert "Holds issue_credit by anybody until somebody with the role supervisor approves it" in page


def test_rules_are_found_by_words_effect_and_pack(dora):
    assert rules(dora.look(LIST, q="shout notice")) == ["harbour.rude"]
    assert set(rules(dora.look(LIST, effect="hold", pack="harbour"))) == {
        "harbour.large_credit",
        "harbour.huge_credit",
    }
    assert "No rule is like this" in dora.look(LIST, q="zeppelin")
    assert "No rule is like this" in dora.look(LIST, effect="shadow")


def test_how_often_a_rule_said_no_is_told_with_the_way_to_its_decisions(dora):
    page = dora.look(LIST, sort="decided")
    assert rules(page)[0] == "harbour.rude"
    assert '<a href="/console/decisions?code=harbour.rude">1</a> in 7 days' in page


def test_one_rule_says_what_it_is_reads_and_decided(dora):
    page = dora.look("/console/policies/harbour.rude")
    told = words(page)
    assert "Forbids send_notice by anybody, when reason is like *!*." in told
    assert "House rule 7" in told
    assert "arguments.reason" in told
    assert "send notice" in told.partition("What it decided")[2]
    assert dora.get("/console/policies/harbour.none").status_code == 404


def test_rules_are_compared_with_another_release(crossings, dora):
    against = crossings.releases[0]
    page = dora.look(LIST, against=against, effect="changed")
    assert rules(page) == ["harbour.large_credit"]
    one = dora.look(PLACE, against=against)
    assert re.search(r"<del>- .*cents &gt; 5000", one)
    assert re.search(r"<ins>\+ .*cents &gt; 9000", one)
    assert "It is the same there." in dora.look("/console/policies/harbour.rude", against=against)


@pytest.mark.slow
def test_the_lab_proves_runs_and_compares_on_a_button(crossings, dora):
    against = crossings.releases[0]
    for subject in ("invariants", "scenarios"):
        assert dora.send(LIST, f"{LIST}/examined/{subject}").status_code == 200
        crossings.examined(subject)
    place = f"{LIST}?against={against}"
    assert dora.send(place, f"{LIST}/examined/comparison", against=against).status_code == 200
    crossings.examined("comparison", against=against)
    told = words(dora.look(LIST, against=against))
    assert "proved Nobody resets a PIN after a SIM swap." in told
    assert "broken Nobody gets any credit at once." in told
    assert "2 passed, 1 failed." in told
    assert re.search(r"hold → becomes permit issue_credit by", told)
    one = words(dora.look("/console/policies/harbour.sim_swap"))
    assert "passed A stolen card resets nothing" in one
    assert "None: no scenario of the workspace" in dora.look(PLACE)


def test_whoever_may_not_see_decisions_sees_no_rules(crossings):
    with crossings.console.visited("rita") as rita:
        assert rita.get(LIST).status_code == rita.get(PLACE).status_code == 403
        hidden = rita.hidden("/console/account", "/console/sign-out")
        assert rita.post(f"{LIST}/examined/scenarios", **hidden).status_code == 403


def test_messages_of_a_workspace_are_never_run(dora):
    for page in (
        dora.look(LIST),
        dora.look("/console/policies/harbour.rude"),
        dora.look(LIST, q="<img src=x>"),
    ):
        assert "<img" not in page
        assert "<script>document" not in page
    assert escape("<script>document") in dora.look(LIST)
