"""Segment's messages."""

import base64
import gzip
import json

import pytest

from tests.faces.http.bakery import KEYS, problem

WRITE_KEY = {"authorization": "Basic " + base64.b64encode(f"{KEYS['till']}:".encode()).decode()}
ID = {"userId": "u1", "messageId": "m1"}


async def send(bakery, path, body, **headers):
    headers = {"content-type": "application/json", **WRITE_KEY, **headers}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await bakery.ask("POST", path, None, content=content, headers=headers)


async def context(bakery, identifier="user_id:u1"):
    return (await bakery.get(f"/v1/customers/{identifier}")).json()


async def received(bakery) -> list[dict]:
    facts = (await bakery.get("/v1/facts?limit=1000")).json()["facts"]
    return [fact for fact in facts if fact["type"] == "SignalReceived"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *((f"/v1/{kind}", kind) for kind in ("track", "identify", "group", "page", "screen", "alias")),
        *((f"/v1/{kind[0]}", kind) for kind in ("track", "identify", "group", "page", "screen", "alias")),
    ],
)
async def test_each_call_becomes_a_signal_of_its_type(bakery, path, kind):
    response = await send(bakery, path, {**ID, "type": "ignored"})
    assert (response.status_code, response.json()) == (200, {"success": True})
    [fact] = await received(bakery)
    assert fact["data"]["type"] == f"segment.{kind}"
    assert fact["cause"] == "segment:till|m1"
    assert fact["actor"] == "source:till"


async def test_identify_sets_traits_and_links_every_identifier_it_names(bakery):
    await send(
        bakery,
        "/v1/identify",
        {
            **ID,
            "anonymousId": "anon-1",
            "traits": {"email": "Ann@Example.org", "phone": "020 7946 0018", "favourite": "rye"},
            "context": {"device": {"id": "6D92078A-8246-4BA4-AE5B-76104861E7DC"}},
        },
    )
    known = await context(bakery)
    assert known["profile"]["favourite"]["value"] == "rye"
    assert {f"{each['namespace']}:{each['value']}" for each in known["identifiers"]} == {
        "user_id:u1",
        "anonymous_id:anon-1",
        "email:ann@example.org",
        "phone:+442079460018",
        "device:6d92078a-8246-4ba4-ae5b-76104861e7dc",
    }


async def test_an_alias_makes_two_ids_one_customer(bakery):
    await send(bakery, "/v1/track", {**ID, "event": "e"})
    response = await send(bakery, "/v1/alias", {"userId": "u1", "previousId": "u0", "messageId": "m2"})
    assert response.status_code == 200
    assert (await context(bakery, "user_id:u0"))["id"] == (await context(bakery))["id"]


async def test_the_same_message_again_changes_nothing(bakery):
    for _ in range(2):
        assert (await send(bakery, "/v1/track", {**ID, "event": "e"})).status_code == 200
    assert len(await received(bakery)) == 1


async def test_two_senders_may_use_the_same_message_id(bakery):
    await send(bakery, "/v1/track", {**ID, "event": "e"})
    await bakery.post("/v1/track", {**ID, "event": "e"}, "other_till")
    assert {fact["cause"] for fact in await received(bakery)} == {"segment:till|m1", "segment:other_till|m1"}


async def test_a_message_without_an_id_is_taken_every_time(bakery):
    for _ in range(2):
        assert (await send(bakery, "/v1/track", {"userId": "u1", "event": "e"})).status_code == 200
    assert len(await received(bakery)) == 2


async def test_a_packed_batch_with_shared_context_is_taken(bakery):
    batch = [{"type": "track", "userId": f"u{n}", "messageId": f"m{n}", "event": "e"} for n in range(50)]
    body = gzip.compress(json.dumps({"batch": batch, "sentAt": "2026-01-31T12:00:00Z"}).encode())
    response = await send(bakery, "/v1/batch", body, **{"content-encoding": "gzip"})
    assert response.json() == {"success": True}
    facts = await received(bakery)
    assert len(facts) == 50
    assert {fact["data"]["time"] for fact in facts} == {1_769_860_800_000}


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ({"timestamp": "2026-01-31T12:00:00.000Z", "sentAt": "2027-01-31T12:00:00Z"}, 1_769_860_800_000),
        ({"timestamp": None, "originalTimestamp": "2026-01-31T13:00:00+01:00"}, 1_769_860_800_000),
        ({"timestamp": "2026-01-31T12:00:00.000"}, 1_769_860_800_000),
    ],
)
async def test_a_message_happened_when_it_says(bakery, times, told):
    assert (await send(bakery, "/v1/track", {**ID, **times})).status_code == 200
    assert (await received(bakery))[0]["data"]["time"] == told


async def test_a_bad_message_is_named_and_the_others_are_taken(bakery):
    batch = [
        {"type": "track", **ID},
        {"type": "buy", "userId": "u2"},
        {"type": "track"},
        5,
        {"type": "track", "userId": "guest"},
        {"type": "track", "userId": "u3", "timestamp": "soon"},
        {"type": "track", "userId": "u3", "messageId": 5},
        {"type": "track", "userId": "u3", "properties": {"text": "x" * 70_000}},
        {"type": "track", "userId": "u3", "properties": {"n": 10**30}},
    ]
    refused = problem(await send(bakery, "/v1/batch", {"batch": batch}), 400, "message-invalid")
    assert [each["where"] for each in refused["errors"]] == [f"/batch/{n}" for n in range(1, 9)]
    assert refused["message"] == refused["detail"]
    assert len(await received(bakery)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "json-malformed"),
        (b"[]", 400, "message-invalid"),
        (b"{}", 400, "message-invalid"),
        (b'{"batch": 5}', 422, "body-invalid"),
        (b'{"batch": [], "context": 5}', 400, "message-invalid"),
        (b'{"batch": [' + b"1," * 1000 + b"1]}", 413, "too-large"),
    ],
)
async def test_what_is_no_batch_is_refused(bakery, body, status, code):
    refused = problem(await send(bakery, "/v1/batch", body), status, code)
    assert refused["message"]


async def test_clients_are_told_in_their_own_field_why_their_key_is_refused(bakery):
    response = await bakery.ask("POST", "/v1/batch", None, json={"batch": []})
    assert problem(response, 401, "key-missing")["message"]
