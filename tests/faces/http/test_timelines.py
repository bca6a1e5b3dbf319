"""Timelines: what happened to a customer, newest first."""

import asyncio

import pytest

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"


async def timeline(bakery, customer, **query):
    response = await bakery.get(f"/v1/customers/{customer}/timeline", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def kinds(told):
    return [step["kinds"] for step in told["steps"]]


@pytest.fixture
async def ann(bakery) -> str:
    """A customer who needs help and asks for a refund."""
    found = await bakery.customer(ANN, data={"loaves": 2})
    await bakery.event(subject=ANN, type="support.opened", data={"case": "c7"})
    await bakery.propose("give_refund", found, arguments={"cents": 7000}, conversation="c7")
    return found


async def test_the_latest_step_comes_first_with_all_that_it_made_true(bakery, ann):
    wish, help_asked, first = (await timeline(bakery, ann))["steps"][:3]
    assert wish["ruling"]["action"] == "give_refund"
    assert wish["ruling"]["verdict"] == "hold"
    assert wish["actor"] == "operator:olga"
    assert {fact["type"] for fact in help_asked["facts"]} >= {"PromiseMade", "ConversationOpened", "FlagRaised"}
    assert set(help_asked["kinds"]) >= {"signals", "promises", "conversations", "profile"}
    assert "identity" in first["kinds"]
    assert wish["position"] > help_asked["position"] > first["position"]


async def test_pages_follow_one_another_without_gap_or_overlap(bakery, ann):
    for _ in range(5):
        await bakery.event(subject=ANN)
    # Every look is a step of its own, so that the first page is read before there is one more.
    seen, before = [], None
    while True:
        told = await timeline(bakery, ann, limit=2, **({"before": before} if before else {}))
        seen += [step["position"] for step in told["steps"]]
        before = told["next"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 8


async def test_only_what_was_asked_for_is_shown(bakery, ann):
    assert all("promises" in each for each in kinds(await timeline(bakery, ann, kind="promises")))
    assert len((await timeline(bakery, ann, kind="promises"))["steps"]) == 1
    assert (await timeline(bakery, ann, kind="journeys"))["steps"] == []
    spoken = (await timeline(bakery, ann, conversation="c7"))["steps"]
    assert [step["conversation"] for step in spoken] == ["c7", "c7"]
    problem(await bakery.get(f"/v1/customers/{ann}/timeline?kind=gossip"), 400, "parameter-invalid")


async def test_what_is_long_past_is_found_among_much_else(bakery, ann):
    for number in range(0, 420, 60):
        await asyncio.gather(*(bakery.event(subject=ANN) for _ in range(number, number + 60)))
    found = (await timeline(bakery, ann, kind="promises"))["steps"]
    assert [fact["type"] for step in found for fact in step["facts"] if "Promise" in fact["type"]] == ["PromiseMade"]


async def test_a_look_is_part_of_the_timeline(bakery, ann):
    await timeline(bakery, ann)
    looks = (await timeline(bakery, ann, kind="looks"))["steps"]
    assert [step["facts"][0]["data"]["by"] for step in looks] == ["operator:olga"]


async def test_who_may_read_no_facts_sees_no_timeline(bakery, ann):
    problem(await bakery.get(f"/v1/customers/{ann}/timeline", "dpo"), 403, "scope-missing")
    problem(await bakery.get("/v1/customers/cus_none/timeline"), 404, "customer-unknown")


async def test_a_former_id_leads_to_the_timeline_of_the_present_one(bakery, ann):
    bob = await bakery.customer("email:bob@example.org")
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    response = await bakery.get(f"/v1/customers/{bob}/timeline?limit=3")
    assert response.headers["location"] == f"/v1/customers/{ann}/timeline?limit=3"
