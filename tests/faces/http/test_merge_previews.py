"""What merging and taking apart would come to."""

import pytest

from tests.faces.http.bakery import problem

ANN, BOB = "email:ann@example.org", "email:bob@example.org"


@pytest.fixture
async def two(bakery) -> tuple[str, str]:
    """Two customers who bought different amounts."""
    ann, bob = await bakery.customer(ANN, data={"loaves": 1}), await bakery.customer(BOB, data={"loaves": 2})
    await bakery.post(f"/v1/customers/{ann}/consents", {"change": "grant", "purpose": "marketing", "channel": "email"})
    await bakery.post(f"/v1/customers/{bob}/consents", {"change": "refuse", "purpose": "marketing", "channel": "email"})
    await bakery.post(f"/v1/customers/{bob}/journeys/recipe", {})
    return ann, bob


async def preview(bakery, kind="merge", **body):
    response = await bakery.post(f"/v1/identity/{kind}/preview", body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_preview_says_what_would_move_and_does_nothing(bakery, two):
    ann, bob = two
    last = await bakery.platform.runtime.ledger.last()
    told = await preview(bakery, keep=ANN, other=BOB)
    assert told["possible"]
    assert [side["customer"] for side in told["before"]] == [ann, bob]
    (after,) = told["after"]
    assert after["parts"] == [ann, bob]
    assert after["identifiers"] == [ANN, BOB]
    assert [run["journey"] for run in after["runs"]] == [run["journey"] for run in told["before"][1]["runs"]] != []
    assert {"name": "last_loaves", "before": [1, 2], "after": [2]} in told["fields"]
    shift = next(each for each in told["consents"] if each["channel"] == "email")
    assert (shift["before"], shift["after"]) == (["granted", "refused"], ["refused"])
    looks = await bakery.platform.runtime.ledger.page(last, 100)
    assert [(each.entry.origin, type(each.entry.facts[0]).__name__) for each in looks] == [
        (ann, "ContextShown"),
        (bob, "ContextShown"),
    ]
    assert (await bakery.get(f"/v1/customers/{BOB}")).json()["id"] == bob


async def test_a_merge_comes_to_what_its_preview_said(bakery, two):
    told = await preview(bakery, keep=two[0], other=two[1])
    await bakery.post("/v1/identity/merge", {"keep": two[0], "other": two[1]})
    now = (await bakery.get(f"/v1/customers/{two[0]}")).json()
    assert now["parts"] == told["after"][0]["parts"]
    assert [f"{each['namespace']}:{each['value']}" for each in now["identifiers"]] == told["after"][0]["identifiers"]


async def test_a_preview_of_the_undoing_says_who_gets_what_back(bakery, two):
    ann, bob = two
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    told = await preview(bakery, "unmerge", customer=ann, other=bob)
    assert told["possible"]
    assert [side["identifiers"] for side in told["after"]] == [[ANN], [BOB]]
    assert (await bakery.get(f"/v1/customers/{ann}")).json()["parts"] == [ann, bob]


async def test_what_would_be_refused_says_why(bakery, two):
    same = await preview(bakery, keep=ANN, other=ANN)
    assert (same["possible"], same["code"]) == (False, "merge-nothing")
    apart = await preview(bakery, "unmerge", customer=ANN, other=BOB)
    assert (apart["possible"], apart["code"]) == (False, "unmerge-nothing")
    third = await bakery.customer("email:c1@example.org", xopidentifiers="email:c2@example.org,email:c3@example.org")
    full = await preview(bakery, keep=ANN, other=third)
    assert (full["possible"], full["code"]) == (False, "merge-declined")
    assert "limit" in full["cause"]


async def test_only_those_who_may_merge_see_what_it_would_come_to(bakery, two):
    body = {"keep": two[0], "other": two[1]}
    problem(await bakery.post("/v1/identity/merge/preview", body, "dpo"), 403, "scope-missing")
    problem(await bakery.post("/v1/identity/merge/preview", {**body, "other": "cus_none"}), 404, "customer-unknown")
