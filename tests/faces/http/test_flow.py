"""Journeys as they are drawn and counted, the ways of customers, and the rules of a release: over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.kit.crossings import Crossings, crossing


@pytest.fixture(scope="module")
def crossings(tmp_path_factory) -> Iterator[Crossings]:
    """A server on which customers came to a journey."""
    with crossing(tmp_path_factory.mktemp("crossings")) as made:
        yield made


def graph(crossings: Crossings, **query: str):
    return crossings.tell("/v1/journeys/crossing/graph", params=query)


def refused(crossings: Crossings, path: str, status: int, code: str, who: str = "dora", **query: Any) -> Any:
    key = {"authorization": f"Bearer {who}-key"}
    answer = httpx.get(f"{crossings.console.url}{path}", params=query, headers=key, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    return answer.json()


def test_a_version_is_counted_step_by_step_and_way_by_way(crossings):
    drawn = graph(crossings, version=crossings.former())
    assert (drawn["came"], drawn["here"], drawn["missing"], drawn["entered"]) == (5, 2, 0, False)
    landing, aboard, missed = drawn["chart"]["steps"]
    assert (landing["reached"], landing["here"], landing["went_on"]) == (5, 1, 1)
    assert (landing["ended"], landing["left"], landing["share"]) == (1, 2, 0.4)
    assert landing["why"] == {"turned_back": 2}
    assert (aboard["reached"], aboard["here"], missed["reached"]) == (1, 1, 0)
    passed = {(each["source"], each["target"]): each["passed"] for each in drawn["chart"]["edges"]}
    assert passed["entry_0", "step_landing"] == 5
    assert passed["step_landing", "heard_0_landing"] == passed["heard_0_landing", "step_aboard"] == 1
    assert passed["late_landing", "step_missed"] == 0
    told = {(each["reason"], each["outcome"]): (each["runs"], each["lost"]) for each in drawn["outcomes"]}
    assert told == {("exit", "turned_back"): (2, True), ("goal", "goal"): (1, False)}


def test_every_node_has_its_place_and_no_two_lie_on_each_other(crossings):
    nodes = [each for each in graph(crossings)["chart"]["nodes"] if each["kind"] != "boundary"]
    places = {(each["x"] + each["width"] // 2, each["y"] + each["height"] // 2) for each in nodes}
    assert len(places) == len(nodes) >= 6


def test_what_another_version_has_otherwise_is_told_step_by_step(crossings):
    drawn = graph(crossings, against=crossings.releases[0])
    changes = {each["step"]: each for each in drawn["changes"]}
    assert {name: each["change"] for name, each in changes.items()} == {
        "landing": "changed",
        "aboard": "changed",
        "ashore": "added",
    }
    assert "within: 2d" in changes["landing"]["before"]
    assert "within: 3d" in changes["landing"]["after"]
    back = graph(crossings, version=crossings.releases[0], against=crossings.releases[1])
    assert {each["step"]: each["change"] for each in back["changes"]}["ashore"] == "removed"
    assert graph(crossings, against=crossings.releases[1])["changes"] == []


def test_the_wordings_that_were_published_are_listed_newest_first(crossings):
    told = crossings.tell("/v1/journeys/crossing/history")["definitions"]
    assert [(each["release"], each["rules"]) for each in told] == [
        (crossings.releases[1], True),
        (crossings.releases[0], False),
    ]


def test_publications_that_were_not_looked_through_are_said_to_be_there(crossings):
    assert crossings.tell("/v1/journeys/crossing/history")["bounded"] is False
    told = crossings.tell("/v1/journeys/crossing/history", params={"releases": 1})
    assert ([each["release"] for each in told["definitions"]], told["bounded"]) == ([crossings.releases[1]], True)
    cause = refused(crossings, "/v1/journeys/nowhere/history", 404, "journey-unknown", releases=1)["detail"]
    assert cause == "no journey 'nowhere' was published in the last 1 releases"


def test_journeys_are_counted_whatever_the_version(crossings):
    answer = crossings.tell("/v1/passages")
    assert (answer["bounded"], graph(crossings)["bounded"]) == (False, False)
    (told,) = answer["journeys"]
    assert told == {"name": "crossing", "came": 5, "here": 2, "goal": 1, "ended": 0, "left": 2}


def test_the_way_of_a_customer_is_told_also_when_it_is_over(crossings):
    path = f"/v1/customers/{crossings.customers['dan']}/passages"
    (way,) = crossings.tell(path)["passages"]
    assert [(each["step"], each["by"]) for each in way["stages"]] == [
        ("landing", "entered"),
        ("aboard", "call.started"),
    ]
    assert way["ended"] is None
    assert not crossings.tell(path)["more"]
    (over,) = crossings.tell("/v1/customers/email:eva@harbour.test/passages")["passages"]
    assert (over["reason"], over["outcome"]) == ("goal", "goal")
    assert crossings.tell(path, params={"journey": "other"})["passages"] == []


def test_what_is_not_there_is_said_with_what_to_do(crossings):
    refused(crossings, "/v1/journeys/nowhere/graph", 404, "journey-unknown")
    refused(crossings, "/v1/journeys/nowhere/history", 404, "journey-unknown")
    refused(crossings, "/v1/journeys/crossing/graph", 404, "journey-unknown", version="jny_none")
    refused(crossings, "/v1/journeys/crossing/graph", 404, "release-unknown", against="rel_none")
    refused(crossings, "/v1/policies/harbour.none", 404, "rule-unknown")
    refused(crossings, "/v1/policies", 404, "release-unknown", against="rel_none")
    refused(crossings, "/v1/examinations/stars", 400, "parameter-invalid")
    refused(crossings, "/v1/examinations/comparison", 400, "parameter-invalid")
    refused(crossings, "/v1/examinations/scenarios", 404, "release-unknown", release="rel_none")
    refused(crossings, "/v1/policies", 403, "scope-missing", who="pete")
    refused(crossings, "/v1/journeys/crossing/graph", 403, "scope-missing", who="pete")


def test_every_rule_is_told_in_plain_language(crossings):
    told = crossings.tell("/v1/policies")
    rules = {each["id"]: each for each in told["policies"]}
    assert not told["policies"][0]["given"]
    assert rules["harbour.large_credit"]["sentence"] == (
        "Holds issue_credit by anybody until somebody with the role supervisor approves it, "
        "when cents is more than 9000, unless it was approved."
    )
    assert rules["harbour.rude"]["sentence"] == "Forbids send_notice by anybody, when reason is like *!*."
    assert rules["xop.granted"]["sentence"] == "Permits every action by anybody, when the actor was granted it."
    assert (rules["xop.granted"]["given"], rules["xop.granted"]["replaceable"]) == (True, True)
    assert not rules["xop.observer"]["replaceable"]


def test_rules_are_compared_with_those_of_an_earlier_release(crossings):
    told = crossings.tell("/v1/policies", params={"against": crossings.releases[0]})
    assert {each["id"]: each["change"] for each in told["policies"] if each["change"]} == {
        "harbour.large_credit": "changed"
    }
    one = crossings.tell("/v1/policies/harbour.large_credit", params={"against": crossings.releases[0]})
    assert "cents > 5000" in one["before"]
    assert "cents > 9000" in one["text"]
    assert one["reads"] == ["approved", "arguments.cents"]


def test_scenarios_are_run_beside_the_server_and_what_they_touch_is_told(crossings):
    told = crossings.examined("scenarios")
    assert (told["state"], told["fault"], told["done"], told["total"]) == ("done", "", 3, 3)
    results = {each["name"]: each for each in told["report"]["scenarios"]}
    assert results["Whoever calls comes aboard"]["passed"]
    assert not results["Whoever waits is over already"]["passed"]
    assert results["A stolen card resets nothing"]["touched"]["rules"] == ["harbour.sim_swap"]
    again = crossings.tell("/v1/examinations/scenarios", method="POST")
    assert (again["state"], again["at"]) == ("done", told["at"])


@pytest.mark.slow
def test_invariants_are_proved_and_a_broken_one_shows_its_request(crossings):
    told = crossings.examined("invariants")
    proofs = {each["invariant"]: each for each in told["report"]["proofs"]}
    assert proofs["swapped_cards_reset_nothing"]["result"] == "proved"
    broken = proofs["nobody_gets_credit"]
    assert (broken["result"], broken["witness"]["request"]["action"]) == ("counterexample", "issue_credit")


@pytest.mark.slow
def test_two_releases_are_compared_by_meaning(crossings):
    told = crossings.examined("comparison", against=crossings.releases[0])
    assert ("hold", "permit", "harbour.large_credit") in {
        (each["before"], each["after"], each["reason_before"]) for each in told["report"]["differences"]
    }
