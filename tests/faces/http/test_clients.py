"""The unmodified clients of Segment, RudderStack and CloudEvents deliver."""

import asyncio
from datetime import UTC, datetime

import pytest
import rudderstack.analytics.client as rudder
import segment.analytics.client as segment
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.faces.http.bakery import KEYS

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def tell_everything(client) -> None:
    client.identify("u1", {"email": "ann@example.org", "favourite": "rye"}, timestamp=AT)
    client.track("u1", "Bread Bought", {"loaves": 2, "when": AT})
    client.page("u1", "shop", "counter")
    client.screen("u1", "shop", "counter")
    client.group("u1", "g1", {"name": "guild"})
    client.alias("u0", "u1")
    for number in range(250):
        client.track(f"u{number}", "Looked", anonymous_id=f"a{number}")
    client.flush()
    client.join()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("library", [segment, rudder], ids=["segment", "rudderstack"])
async def test_a_client_delivers_everything_once(server, library, packed):
    failures = []
    client = library.Client(
        KEYS["till"],
        host=str(server.client.base_url),
        on_error=lambda error, _batch: failures.append(error),
        gzip=packed,
        max_retries=0,
        upload_interval=0.05,
    )
    await asyncio.to_thread(tell_everything, client)
    assert failures == []
    facts = await received(server)
    assert len(facts) == 256
    assert {fact["data"]["type"] for fact in facts} == {
        f"segment.{each}" for each in ("identify", "track", "page", "screen", "group", "alias")
    }
    known = (await server.get("/v1/customers/email:ann@example.org")).json()
    assert known["profile"]["favourite"]["value"] == "rye"
    assert {each["value"] for each in known["identifiers"]} >= {"u0", "u1", "a1", "ann@example.org"}


async def test_a_client_hears_why_its_key_is_refused(server):
    heard = []
    client = segment.Client(
        "no key",
        host=str(server.client.base_url),
        on_error=lambda error, _batch: heard.append(error),
        max_retries=0,
        upload_interval=0.05,
    )
    client.track("u1", "Looked")
    await asyncio.to_thread(client.shutdown)
    assert [(each.status, each.code, each.message) for each in heard] == [
        (401, "key-unknown", "the API key belongs to nobody")
    ]


def event(number: int) -> CloudEvent:
    attributes = {
        "id": f"e{number}",
        "source": '/till/é %|"',
        "type": "bread.bought",
        "subject": "user_id:u 1",
        "time": AT,
        "datacontenttype": "application/json",
        "xopidentifiers": "email:ann@example.org",
    }
    return CloudEvent(attributes=attributes, data={"loaves": number})


def batched(events) -> HTTPMessage:
    """The library writes events but has no batches of its own."""
    written = [to_structured(each, JSONFormat()).body for each in events]
    headers = {"content-type": "application/cloudevents-batch+json"}
    return HTTPMessage(headers=headers, body=b"[" + b",".join(written) + b"]")


@pytest.mark.parametrize("mode", ["binary", "structured", "batch"])
async def test_the_cloudevents_library_delivers(server, mode):
    if mode == "batch":
        message = batched([event(1), event(2)])
    else:
        message = (to_binary if mode == "binary" else to_structured)(event(2), JSONFormat())
    response = await server.ask("POST", "/v1/signals", "till", headers=message.headers, content=message.body)
    assert response.status_code == 200, response.text
    known = (await server.get("/v1/customers/user_id%3Au%201")).json()
    assert known["profile"]["last_loaves"] == {"value": 2, "at": "2026-01-31T12:00:00.000Z", "source": "bread.bought"}
    assert {each["source"] for each in known["identifiers"]} == {'/till/é %|"'}
    assert len(await received(server)) == (2 if mode == "batch" else 1)


async def received(server) -> list[dict]:
    facts, after = [], "0"
    while page := (await server.get(f"/v1/facts?limit=1000&after={after}")).json():
        facts += page["facts"]
        after = page["next"]
        if not page["facts"]:
            return [fact for fact in facts if fact["type"] == "SignalReceived"]
    return []
