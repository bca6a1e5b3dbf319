"""Signals as CloudEvents: binary, structured and batched."""

import base64
import json

import pytest

from tests.faces.http.bakery import EVENT, problem
from tests.kit.serving import BEGUN

BATCH = {"content-type": "application/cloudevents-batch+json"}
ANN = "email:ann@example.org"


async def binary(bakery, headers=None, content=b'{"loaves": 2}', kind="application/json"):
    attributes = {"ce-specversion": "1.0", "ce-id": "b1", "ce-source": "/till/1", "ce-type": "bread.bought"}
    merged = {**attributes, **(headers or {}), **({"content-type": kind} if kind else {})}
    return await bakery.ask("POST", "/v1/signals", "till", content=content, headers=merged)


async def batch(bakery, *events, who="till"):
    return await bakery.ask("POST", "/v1/signals", who, content=json.dumps(events), headers=BATCH)


async def profile(bakery, identifier=ANN):
    return (await bakery.get(f"/v1/customers/{identifier}")).json()["profile"]


async def test_a_structured_event_is_durable_when_answered(bakery):
    response = await bakery.event(subject="email:Ann@Example.ORG", data={"loaves": 3})
    receipt = response.json()
    assert response.status_code == 200
    assert receipt["position"] == await bakery.platform.runtime.ledger.last()
    assert receipt["duplicate"] is False
    assert receipt["facts"] == len((await bakery.get(f"/v1/facts?after={BEGUN}")).json()["facts"])
    context = (await bakery.get(f"/v1/customers/{receipt['customer']}")).json()
    assert context["profile"]["last_loaves"]["value"] == 3
    assert [each["value"] for each in context["identifiers"]] == ["ann@example.org"]


async def test_the_same_source_and_id_again_change_nothing(bakery):
    first = (await bakery.event(id="once", subject=ANN)).json()
    again = (await bakery.event(id="once", subject="email:somebody@else.org", data={"loaves": 9})).json()
    assert again == {**first, "duplicate": True}
    assert await bakery.platform.runtime.ledger.last() == first["position"]


async def test_two_sources_may_use_the_same_id(bakery):
    await bakery.event(id="once", subject=ANN)
    other = await bakery.event(id="once", source="/till/2", subject=ANN)
    assert other.json()["duplicate"] is False


async def test_no_source_can_take_the_id_of_another(bakery):
    pairs = [("a|b", "c"), ("a", "b|c"), ("a\\", "b|c"), ("a\\|b", "c"), ("a\\\\|b", "c")]
    for source, event in pairs:
        response = await bakery.event(source=source, id=event, subject=ANN)
        assert response.json()["duplicate"] is False, (source, event)


async def test_an_event_without_data_is_taken(bakery):
    assert (await bakery.event(subject=ANN)).status_code == 200
    assert (await bakery.event(subject=ANN, data=None)).status_code == 200


async def test_an_event_happened_when_it_says(bakery):
    await bakery.event(subject=ANN, time="2026-01-31T12:00:00+02:00", data={"loaves": 1})
    assert (await profile(bakery))["last_loaves"]["at"] == "2026-01-31T10:00:00.000Z"


async def test_packed_data_is_unpacked(bakery):
    packed = base64.b64encode(b'{"loaves": 5}').decode()
    assert (await bakery.event(subject=ANN, data_base64=packed)).status_code == 200
    assert (await profile(bakery))["last_loaves"]["value"] == 5


@pytest.mark.parametrize(
    "attributes",
    [
        {"specversion": "0.3"},
        {"specversion": None},
        {"id": ""},
        {"id": None},
        {"id": 5},
        {"id": "x" * 257},
        {"source": ""},
        {"source": "x" * 1025},
        {"type": None},
        {"time": "yesterday"},
        {"time": "2026-01-31T12:00:00"},
        {"time": "1969-12-31T23:59:59Z"},
        {"time": "9999-12-31T23:59:59-12:00"},
        {"time": 5},
        {"datacontenttype": "text/xml", "data": {}},
        {"datacontenttype": 5, "data": {}},
        {"data": [1]},
        {"data": "text"},
        {"data": {}, "data_base64": "e30="},
        {"data_base64": "?"},
        {"data_base64": 5},
        {"UPPER": "case"},
        {"with-dash": "x"},
        {"extension": {"nested": 1}},
        {"extension": "line\nbreak"},
        {"xopidentifiers": "no namespace"},
        {"xopidentifiers": ",".join(f"order:AB/{n}" for n in range(21))},
    ],
)
async def test_an_invalid_event_is_refused_and_nothing_changes(bakery, attributes):
    event = {**EVENT, "id": "x", "subject": ANN, **attributes}
    content = json.dumps(event)
    headers = {"content-type": "application/cloudevents+json"}
    refused = await bakery.ask("POST", "/v1/signals", "till", content=content, headers=headers)
    problem(refused, 422, "event-invalid")
    assert await bakery.platform.runtime.ledger.last() == BEGUN


async def test_an_attribute_of_null_counts_as_left_out(bakery):
    assert (await bakery.event(subject=ANN, time=None, extension=None)).status_code == 200


async def test_an_unknown_type_is_refused(bakery):
    problem(await bakery.event(type="bread.burnt", subject=ANN), 422, "signal-unknown")
    problem(await bakery.event(type="bread.burnt"), 422, "signal-unknown")


async def test_data_that_does_not_fit_is_refused(bakery):
    refused = problem(await bakery.event(subject=ANN, data={"loaves": 0}), 422, "signal-unfit")
    assert "loaves" in refused["detail"]


async def test_a_large_event_is_refused(bakery):
    problem(await bakery.event(subject=ANN, data={"text": "x" * 70_000}), 413, "too-large")


async def test_whoever_names_nobody_is_refused(bakery):
    problem(await bakery.event(), 422, "identifier-missing")
    problem(await bakery.event(subject="order 5"), 422, "identifier-missing")


async def test_identifiers_that_identify_nobody_are_refused_with_the_reason(bakery):
    refused = problem(await bakery.event(subject="email:guest", xopidentifiers="shoe:44"), 422, "identifier-refused")
    assert [(each["where"], each["code"]) for each in refused["errors"]] == [
        ("email", "junk"),
        ("shoe", "namespace-unknown"),
    ]


async def test_a_refused_identifier_beside_a_good_one_is_dropped(bakery):
    response = await bakery.event(subject="email:guest", xopidentifiers="user_id:u1, phone:+44 20 7946 0018")
    context = (await bakery.get(f"/v1/customers/{response.json()['customer']}")).json()
    assert {f"{each['namespace']}:{each['value']}" for each in context["identifiers"]} == {
        "user_id:u1",
        "phone:+442079460018",
    }


async def test_identifiers_are_found_in_the_data_as_the_type_declares(bakery):
    response = await bakery.event(data={"email": "Bob@example.org"})
    assert response.json()["customer"] == (await bakery.get("/v1/customers/email:bob@example.org")).json()["id"]


async def test_an_identifier_may_hold_a_slash_and_a_colon(bakery):
    customer = await bakery.customer("order:AB/17")
    assert (await bakery.get("/v1/customers/order%3AAB%2F17")).json()["id"] == customer
    odd = await bakery.customer("user_id:a:b/c?d#e%f")
    assert (await bakery.get("/v1/customers/user_id%3Aa%3Ab%2Fc%3Fd%23e%25f")).json()["id"] == odd


async def test_a_binary_event_is_taken(bakery):
    response = await binary(bakery, {"ce-subject": ANN, "ce-time": "2026-01-31T12:00:00Z"})
    assert response.status_code == 200, response.text
    assert (await profile(bakery))["last_loaves"]["value"] == 2


async def test_a_binary_event_may_have_no_body(bakery):
    assert (await binary(bakery, {"ce-subject": ANN}, b"", "")).status_code == 200


async def test_header_values_are_percent_decoded(bakery):
    response = await binary(bakery, {"ce-subject": "user_id:a%20%C3%A9"})
    customer = response.json()["customer"]
    assert (await bakery.get("/v1/customers/user_id%3Aa%20%C3%A9")).json()["id"] == customer


@pytest.mark.parametrize(
    ("headers", "content", "kind", "code"),
    [
        ({"ce-subject": "user_id:%ff"}, b"{}", "application/json", "event-invalid"),
        ({"ce-subject": ANN, "ce-id": ""}, b"{}", "application/json", "event-invalid"),
        ({"ce-subject": ANN}, b"{}", "text/plain", "event-invalid"),
        ({"ce-subject": ANN}, b"{}", "", "event-invalid"),
        ({"ce-subject": ANN}, b"[1]", "application/json", "event-invalid"),
        ({"ce-subject": ANN}, b"{", "application/json", "json-malformed"),
    ],
)
async def test_an_invalid_binary_event_is_refused(bakery, headers, content, kind, code):
    response = await binary(bakery, headers, content, kind)
    if kind == "":
        assert response.status_code == 200  # no content type is read as JSON
        return
    problem(response, 400 if code == "json-malformed" else 422, code)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/cloudevents+xml"])
async def test_what_is_no_event_is_refused(bakery, kind):
    headers = {"content-type": kind}
    refused = await bakery.ask("POST", "/v1/signals", "till", content=b"{}", headers=headers)
    assert "application/cloudevents+json" in problem(refused, 415, "media-type-unsupported")["remedy"]


async def test_a_batch_answers_for_each_event(bakery):
    good = {**EVENT, "id": "1", "subject": ANN}
    response = await batch(bakery, good, {**EVENT, "id": "2"}, {**good, "type": "x", "id": "3"}, 5, good)
    results = response.json()["results"]
    assert [each["status"] for each in results] == [200, 422, 422, 422, 200]
    assert [each["problem"]["code"] for each in results[1:4]] == [
        "identifier-missing",
        "signal-unknown",
        "body-invalid",
    ]
    assert results[4]["receipt"] == {**results[0]["receipt"], "duplicate": True}
    assert await bakery.platform.runtime.ledger.last() == BEGUN + 1


async def test_a_batch_is_bounded(bakery):
    assert (await batch(bakery)).json() == {"results": []}
    problem(await batch(bakery, *[5] * 1001), 413, "too-large")
    results = (await batch(bakery, {**EVENT, "id": "1", "subject": ANN, "data": {"t": "x" * 70_000}})).json()["results"]
    assert results[0]["problem"]["code"] == "too-large"


async def test_a_batch_that_is_no_list_is_refused(bakery):
    response = await bakery.ask("POST", "/v1/signals", "till", content=b"{}", headers=BATCH)
    problem(response, 422, "body-invalid")


async def test_a_whole_batch_again_adds_no_fact(bakery):
    events = [{**EVENT, "id": str(n), "subject": f"user_id:u{n % 7}"} for n in range(200)]
    first = (await batch(bakery, *events)).json()["results"]
    last = await bakery.platform.runtime.ledger.last()
    second = (await batch(bakery, *events)).json()["results"]
    assert [each["receipt"]["duplicate"] for each in second] == [True] * 200
    assert [{**each["receipt"], "duplicate": False} for each in second] == [each["receipt"] for each in first]
    assert await bakery.platform.runtime.ledger.last() == last


async def test_a_webhook_is_agreed_to(bakery):
    headers = {"webhook-request-origin": "events.example.org", "webhook-request-rate": "120"}
    response = await bakery.ask("OPTIONS", "/v1/signals", None, headers=headers)
    assert response.status_code == 200
    assert response.headers["webhook-allowed-origin"] == "events.example.org"
    assert int(response.headers["webhook-allowed-rate"]) > 0
    assert "webhook-allowed-origin" not in (await bakery.ask("OPTIONS", "/v1/signals", None)).headers
