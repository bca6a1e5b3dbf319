"""Retellings over HTTP: a decision becomes a scenario only where that comes to the same verdict by the same rule."""

import yaml

from tests.faces.http.bakery import FOLDER, problem
from xop.assembly import workspace_files
from xop.lab.scenarios.rehearsal import Rehearsal
from xop.workspace.scenarios.reading import read_scenarios

BOB = "email:bob@example.org"


async def retold(bakery, decision, who="olga"):
    return await bakery.get(f"/v1/decisions/{decision}/scenario", who)


async def refund(bakery, cents):
    await bakery.customer(BOB)
    return (await bakery.propose("give_refund", BOB, "helper", arguments={"cents": cents}))["decision"]


async def test_a_decision_becomes_a_scenario_that_passes_and_names_nobody(bakery):
    decision = await refund(bakery, 200_000)
    text = (await retold(bakery, decision)).json()["scenario"]
    assert "bob" not in text
    told = yaml.safe_load(text)["scenarios"][0]
    assert told["then"] == [{"verdict": "deny", "rule": "bakery.huge_refund"}]
    assert told["when"][0]["propose"]["arguments"] == {"cents": 200_000}
    release = bakery.platform.engine.release
    scenarios, problems = read_scenarios({**workspace_files(FOLDER), "scenarios/told.yaml": text.encode()}, release)
    assert problems == []
    assert (await Rehearsal(release).run(scenarios[-1])).failures == ()


async def test_a_hold_says_what_it_waits_for(bakery):
    told = yaml.safe_load((await retold(bakery, await refund(bakery, 7_000))).json()["scenario"])["scenarios"][0]
    assert told["then"][0]["until"] == "approval"


async def test_what_rests_on_more_than_the_request_is_not_told(bakery):
    await bakery.customer(BOB)
    halted = await bakery.post("/v1/halts", {"scope": "agent:helper", "reason": "odd"})
    assert halted.status_code == 200, halted.text
    denied = await bakery.propose("give_refund", BOB, "helper", arguments={"cents": 100})
    problem(await retold(bakery, denied["decision"]), 409, "scenario-untrue")


async def test_what_was_erased_is_not_told(bakery):
    decision = await refund(bakery, 7_000)
    await bakery.platform.runtime.evidence.drop([decision])
    problem(await retold(bakery, decision), 409, "inputs-erased")


async def test_a_scenario_is_for_whoever_may_read_facts(bakery):
    problem(await retold(bakery, await refund(bakery, 7_000), "helper"), 403, "scope-missing")
