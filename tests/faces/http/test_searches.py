"""Finding whom or what a text leads to."""

import json

import pytest

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"


async def search(bakery, text, who="olga", **more):
    response = await bakery.get("/v1/search", who, params={"q": text, **more})
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
async def ann(bakery) -> str:
    """A customer with an e-mail address and a telephone number."""
    found = await bakery.customer(ANN, xopidentifiers="phone:020 7946 0018")
    assert (await bakery.get(f"/v1/customers/{found}")).json()["identifiers"][1]["value"] == "+442079460018"
    return found


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("Ann@Example.org", "email"),
        ("  email:ANN@example.org ", "email"),
        ("(020) 7946 0018", "phone"),
        ("+44 20 7946-0018", "phone"),
    ],
)
async def test_an_identifier_is_found_however_it_is_written(bakery, ann, text, by):
    told = await search(bakery, text)
    assert [(each["kind"], each["id"], each["by"]) for each in told["found"]] == [("customer", ann, by)]


async def test_a_customer_is_found_by_their_id_and_by_a_former_one(bakery, ann):
    bob = await bakery.customer("email:bob@example.org")
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    for reference in (ann, bob):
        assert [each["id"] for each in (await search(bakery, reference))["found"]] == [ann]


async def test_decisions_invocations_and_conversations_are_found(bakery, ann):
    await bakery.event(subject=ANN, type="support.opened", data={"case": "case-7"})
    wish = await bakery.propose("give_refund", ann, arguments={"cents": 7000})
    for text in (wish["decision"], wish["invocation"]):
        (found,) = (await search(bakery, text))["found"]
        assert (found["kind"], found["id"], found["customer"]) == ("decision", wish["decision"], ann)
    (found,) = (await search(bakery, "case-7"))["found"]
    assert (found["kind"], found["id"], found["customer"]) == ("conversation", "case-7", ann)
    assert (await search(bakery, "case-7", quick=True))["found"] == []


async def test_a_conversation_far_back_is_found_by_going_on(bakery, ann):
    await bakery.event(subject=ANN, type="support.opened", data={"case": "case-7"})
    event = {"specversion": "1.0", "source": "/till/1", "type": "bread.bought", "subject": "email:bob@example.org"}
    headers = {"content-type": "application/cloudevents-batch+json"}
    for batch in range(5):
        events = [{**event, "id": f"far-{batch}-{number}"} for number in range(900)]
        answer = await bakery.ask("POST", "/v1/signals", "till", content=json.dumps(events), headers=headers)
        assert answer.is_success, answer.text
    told = await search(bakery, "case-7")
    assert told["found"] == []
    assert (
        "older ones were not looked through" in {each["by"]: each["cause"] for each in told["misses"]}["conversation"]
    )
    (found,) = (await search(bakery, "case-7", before=told["further"]))["found"]
    assert (found["kind"], found["customer"]) == ("conversation", ann)
    gone = await search(bakery, "case-8", before=told["further"])
    assert (gone["further"], [each["by"] for each in gone["misses"]]) == (None, ["conversation"])
    assert (await search(bakery, "case-8", quick=True))["further"] is None
    problem(await bakery.get("/v1/search?q=x&before=0"), 400, "parameter-invalid")


async def test_why_a_text_leads_to_nobody_is_told(bakery, ann):
    told = await search(bakery, "020 7946 0099")
    assert told["found"] == []
    misses = {each["by"]: each for each in told["misses"]}
    assert misses["phone"]["value"] == "+442079460099"
    assert misses["phone"]["cause"] == "nobody is known by it"
    assert "does not read as an email" in misses["email"]["cause"]
    assert misses["conversation"]["cause"]


async def test_decisions_are_not_found_by_those_who_may_not_read_them(bakery, ann):
    wish = await bakery.propose("give_refund", ann, arguments={"cents": 7000})
    assert (await search(bakery, wish["decision"], "dpo"))["found"] == []
    problem(await bakery.get("/v1/search?q=x", "nina"), 403, "scope-missing")
    problem(await bakery.get("/v1/search?q="), 400, "parameter-invalid")


async def test_who_changed_last_comes_first_and_once(bakery, ann):
    bob = await bakery.customer("email:bob@example.org")
    await bakery.event(subject=ANN)
    await bakery.get(f"/v1/customers/{bob}?purpose=service")
    told = (await bakery.get("/v1/customers")).json()["customers"]
    assert [each["customer"] for each in told] == [ann, bob]
    assert "SignalReceived" in told[0]["what"]
    assert len((await bakery.get("/v1/customers?limit=1")).json()["customers"]) == 1
