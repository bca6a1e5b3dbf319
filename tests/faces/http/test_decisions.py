"""Decisions and their explanations."""

import pytest

from tests.faces.http.bakery import problem

ANN, BOB = "email:ann@example.org", "email:bob@example.org"


@pytest.fixture
async def decided(bakery) -> list[str]:
    """Three decisions about two customers, oldest first."""
    await bakery.customer(ANN)
    await bakery.customer(BOB)
    asked = [("send_note", ANN, {}), ("give_refund", BOB, {"cents": 200_000}), ("give_refund", ANN, {"cents": 7000})]
    verdicts = [await bakery.propose(action, who, arguments=arguments) for action, who, arguments in asked]
    return [verdict["decision"] for verdict in verdicts]


async def listed(bakery, **query) -> list[dict]:
    found: list[dict] = (await bakery.get("/v1/decisions", params=query)).json()["decisions"]
    return [each for each in found if each["stage"] == "proposal"]


async def test_decisions_are_listed_newest_first(bakery, decided):
    assert [each["decision"] for each in await listed(bakery)] == decided[::-1]
    assert [each["verdict"] for each in await listed(bakery)] == ["hold", "deny", "permit"]


async def test_decisions_of_one_customer_are_listed(bakery, decided):
    assert [each["decision"] for each in await listed(bakery, customer=BOB)] == [decided[1]]
    problem(await bakery.get("/v1/decisions?customer=cus_x"), 404, "customer-unknown")


async def test_decisions_come_in_pages(bakery, decided):
    seen, before = [], None
    while True:
        query = {"limit": 1} | ({"before": before} if before else {})
        page = (await bakery.get("/v1/decisions", params=query)).json()
        seen += [each["decision"] for each in page["decisions"] if each["stage"] == "proposal"]
        before = page["next"]
        if before is None:
            break
    assert seen == decided[::-1]


async def test_an_explanation_names_the_rule_and_what_it_read(bakery, decided):
    told = (await bakery.get(f"/v1/decisions/{decided[1]}")).json()
    assert told["verdict"] == "deny"
    [reason] = told["determined_by"]
    assert reason["rule"] == "bakery.huge_refund"
    assert [(read["name"], read["value"]) for read in reason["read"]] == [("arguments.cents", 200_000)]
    assert told["evidence"] == "kept"


async def test_an_explanation_is_told_in_plain_language(bakery, decided):
    response = await bakery.get(f"/v1/decisions/{decided[1]}", headers={"accept": "text/plain"})
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Nobody gives back more than 1000.00." in response.text
    assert response.text == (await bakery.get(f"/v1/decisions/{decided[1]}")).json()["story"]


async def test_an_unknown_decision_is_a_problem(bakery):
    problem(await bakery.get("/v1/decisions/dec_none"), 404, "decision-unknown")
