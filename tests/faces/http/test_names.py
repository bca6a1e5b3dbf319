"""Names: what customers are called, as far as the purpose may see it, and never unrecorded."""

from collections.abc import AsyncIterator

import pytest

from tests.faces.http.bakery import Bakery, problem
from tests.faces.http.test_privacy import ANN, _opened, ann, shown

BOB = "email:bob@example.org"


@pytest.fixture
async def private(tmp_path) -> AsyncIterator[Bakery]:
    """A bakery that says what its customers' data is."""
    async with _opened(tmp_path) as opened:
        yield opened


async def names(bakery: Bakery, *customers: str, who: str = "sue", **query: str) -> dict[str, str]:
    response = await bakery.get("/v1/names", who, params={"customers": ",".join(customers), **query})
    assert response.status_code == 200, response.text
    found: dict[str, str] = response.json()["names"]
    return found


async def test_whoever_has_no_name_is_called_by_an_identifier(private):
    customer = await ann(private)
    assert await names(private, customer, "cus_nobody") == {customer: ANN}


async def test_every_customer_that_is_given_is_named(bakery):
    first, second = await bakery.customer(ANN), await bakery.customer(BOB)
    assert await names(bakery, first, second, first, who="olga") == {first: ANN, second: BOB}


async def test_nobody_is_named_for_a_purpose_that_may_not_know_them(private):
    customer = await ann(private)
    assert await names(private, customer, purpose="marketing") == {}
    assert await shown(private) == []


async def test_that_somebody_was_named_is_recorded_once_a_while(private):
    customer = await ann(private)
    for _ in range(3):
        await names(private, customer)
    told = await shown(private)
    assert [(each["actor"], each["fields"]) for each in told] == [("operator:sue", {"contact": ["identifiers.email"]})]


async def test_an_agent_learns_no_name_of_those_it_is_not_engaged_with(private):
    customer = await ann(private)
    assert await names(private, customer, who="helper") == {}


async def test_too_many_at_once_are_a_problem(bakery):
    many = ",".join(f"cus_{number}" for number in range(201))
    problem(await bakery.get(f"/v1/names?customers={many}"), 400, "parameter-invalid")
