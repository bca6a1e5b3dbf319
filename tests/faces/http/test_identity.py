"""Resolving, merging and taking apart."""

import pytest

from tests.faces.http.bakery import problem

ANN, BOB = "email:ann@example.org", "email:bob@example.org"


@pytest.fixture
async def two(bakery) -> tuple[str, str]:
    """Two customers."""
    return await bakery.customer(ANN), await bakery.customer(BOB)


async def merge(bakery, keep, other, key=None, **more):
    headers = {"idempotency-key": key} if key else {}
    return await bakery.post("/v1/identity/merge", {"keep": keep, "other": other, **more}, headers=headers)


async def unmerge(bakery, customer, other, key=None, **more):
    headers = {"idempotency-key": key} if key else {}
    return await bakery.post("/v1/identity/unmerge", {"customer": customer, "other": other, **more}, headers=headers)


async def test_an_identifier_is_resolved_in_normal_form(bakery, two):
    response = await bakery.get("/v1/identity", params={"identifier": "email:ANN@example.org"})
    assert response.json() == {"identifier": ANN, "customer": two[0], "parts": [two[0]]}


async def test_what_resolves_to_nobody_is_a_problem(bakery):
    problem(await bakery.get("/v1/identity?identifier=email:x@example.org"), 404, "customer-unknown")
    problem(await bakery.get("/v1/identity?identifier=x"), 422, "identifier-refused")
    problem(await bakery.get("/v1/identity?identifier="), 400, "parameter-invalid")
    problem(await bakery.get("/v1/identity"), 400, "parameter-invalid")


async def test_merged_customers_are_one_and_can_be_taken_apart(bakery, two):
    before = [(await bakery.get(f"/v1/customers/{each}")).json() for each in two]
    merged = (await merge(bakery, ANN, BOB, reason="same face")).json()
    assert merged["customer"] == two[0]
    assert (await bakery.get(f"/v1/customers/{ANN}")).json()["parts"] == list(two)
    assert (await unmerge(bakery, ANN, two[1], reason="twins")).status_code == 200
    assert [(await bakery.get(f"/v1/customers/{each}")).json() for each in two] == before


async def test_a_merge_asked_for_again_gets_the_first_answer(bakery, two):
    first = (await merge(bakery, two[0], two[1], "k")).json()
    assert (await merge(bakery, two[0], two[1], "k")).json() == {**first, "duplicate": True}
    problem(await merge(bakery, two[0], two[1], "k", reason="another"), 409, "command-conflict")
    problem(await merge(bakery, two[0], two[1]), 422, "merge-nothing")


async def test_an_unmerge_asked_for_again_gets_the_first_answer(bakery, two):
    await merge(bakery, two[0], two[1])
    first = (await unmerge(bakery, two[0], two[1], "k")).json()
    assert (await unmerge(bakery, two[0], two[1], "k")).json() == {**first, "duplicate": True}
    problem(await unmerge(bakery, two[0], two[1], "k", reason="another"), 409, "command-conflict")
    problem(await unmerge(bakery, two[0], two[1]), 409, "unmerge-nothing")


async def test_a_merge_needs_two_customers(bakery, two):
    problem(await merge(bakery, ANN, ANN), 422, "merge-nothing")
    problem(await merge(bakery, ANN, "email:x@example.org"), 404, "customer-unknown")
    problem(await merge(bakery, "cus_x", ANN), 404, "customer-unknown")
    problem(await merge(bakery, "x:", ANN), 422, "identifier-refused")


async def test_a_guard_keeps_two_people_apart(bakery):
    ann = await bakery.customer("user_id:u1", xopidentifiers="user_id:u2")
    bob = await bakery.customer("user_id:u3")
    refused = problem(await merge(bakery, ann, bob), 409, "merge-declined")
    assert "limit:user_id" in refused["detail"]


async def test_what_is_not_merged_cannot_be_taken_apart(bakery, two):
    problem(await unmerge(bakery, two[0], two[1]), 409, "unmerge-nothing")
    problem(await unmerge(bakery, "cus_x", two[1]), 404, "customer-unknown")


@pytest.mark.parametrize(("customer", "other"), [(ANN, BOB), (BOB, ANN)])
async def test_two_people_named_by_their_identifiers_are_taken_apart_in_either_order(bakery, two, customer, other):
    await merge(bakery, ANN, BOB)
    assert (await unmerge(bakery, customer, other)).status_code == 200
    found = [(await bakery.get("/v1/identity", params={"identifier": each})).json()["customer"] for each in (ANN, BOB)]
    assert found == list(two)
