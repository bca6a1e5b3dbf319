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


async def test_an_explanation_ends_with_what_became_of_it_and_who_said_what(bakery, decided):
    invocation = (await bakery.get(f"/v1/decisions/{decided[2]}")).json()["asked"]["invocation"]
    body = {"approved": False, "note": "They had one last week."}
    await bakery.post(f"/v1/invocations/{invocation}/approval", body, "sue")
    for name in (decided[2], invocation):
        told = (await bakery.get(f"/v1/decisions/{name}")).json()
        (happened,) = told["after"]
        assert (happened["what"], happened["by"], happened["note"]) == ("refused", "operator:sue", body["note"])
        assert told["story"].endswith("refused by operator:sue, who remarked: They had one last week.")


async def test_what_was_approved_with_other_arguments_is_followed(bakery, decided):
    invocation = (await bakery.get(f"/v1/decisions/{decided[2]}")).json()["asked"]["invocation"]
    body = {"approved": True, "note": "Half will do.", "arguments": {"cents": 100}}
    answer = (await bakery.post(f"/v1/invocations/{invocation}/approval", body, "root")).json()
    told = (await bakery.get(f"/v1/decisions/{decided[2]}")).json()
    edited = told["after"][0]
    assert (edited["what"], edited["by"], edited["arguments"]) == ("edited", "operator:root", {"cents": 100})
    assert (edited["successor"], edited["note"]) == (answer["successor"], "Half will do.")


async def test_an_invocation_is_explained_by_its_latest_decision(bakery, decided):
    first = (await bakery.get(f"/v1/decisions/{decided[2]}")).json()
    invocation = first["asked"]["invocation"]
    assert (await bakery.get(f"/v1/decisions/{invocation}")).json()["decision"] == decided[2]
    approval = {"approved": True, "note": "They are loyal."}
    answer = (await bakery.post(f"/v1/invocations/{invocation}/approval", approval, "sue")).json()
    latest = (await bakery.get(f"/v1/decisions/{invocation}")).json()
    assert latest["decision"] != decided[2]
    assert latest["asked"]["invocation"] == invocation
    approved = (await bakery.get(f"/v1/decisions/{answer['ruling']['decision']}")).json()["after"][0]
    assert (approved["what"], approved["note"]) == ("approved", "They are loyal.")
    problem(await bakery.get("/v1/decisions/inv_none"), 404, "decision-unknown")


async def test_decisions_are_chosen_by_verdict_actor_and_action(bakery, decided):
    assert [each["decision"] for each in await listed(bakery, verdict="deny")] == [decided[1]]
    assert [each["decision"] for each in await listed(bakery, action="send_note")] == [decided[0]]
    assert [each["decision"] for each in await listed(bakery, actor="operator:olga", action="give_refund")] == [
        decided[2],
        decided[1],
    ]
    assert await listed(bakery, actor="operator:sue") == []
    page = (await bakery.get("/v1/decisions?action=give_refund&limit=1")).json()
    assert [each["decision"] for each in page["decisions"]] == [decided[2]]
    rest = (await bakery.get(f"/v1/decisions?action=give_refund&limit=1&before={page['next']}")).json()
    assert [each["decision"] for each in rest["decisions"]] == [decided[1]]


async def test_an_explanation_says_who_halted_it_and_why(bakery):
    await bakery.customer(ANN)
    halt = {"scope": "action:give_refund", "reason": "odd refunds"}
    assert (await bakery.post("/v1/halts", halt, "sue")).status_code == 200
    asked = await bakery.propose("give_refund", ANN, arguments={"cents": 100})
    told = (await bakery.get(f"/v1/decisions/{asked['decision']}")).json()
    assert told["code"] == "xop.halted"
    assert (told["halt"]["by"], told["halt"]["reason"]) == ("operator:sue", "odd refunds")
    assert "by operator:sue, who said: odd refunds" in told["story"]
