"""Shared signals: what is signed and pushed, whom it names, and what the receiver's answers mean."""

import gzip
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey
from joserfc.jws import extract_compact

from tests.adapters.requests import NOW, SECRETS, rendered, send
from tests.adapters.web_server import DROP, respond, web_server
from xop.adapters.shared_signals import SharedSignalsKind
from xop.adapters.shared_signals.subject import pairwise_id
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal

EVENT = {
    "event": "consent-change",
    "subject": "{{customer.id}}",
    "timestamp": "2026-11-20T00:00:00Z",
    "data": {"purpose": "dpv:DirectMarketing", "channel": "sms", "status": "{{customer.status}}"},
}


@pytest.fixture
async def server(anyio_backend):
    async with web_server() as running:
        yield running


def opened(url="http://127.0.0.1:9/", secrets=SECRETS, audience="https://vendor.test", **more):
    settings = {"issuer": "https://xop.test", "key": "${env:EVENT_KEY}", "pairwise": "${env:PAIRWISE}"}
    connection = Connection("vendor", "shared_signals", {"url": url, "audience": audience, **settings, **more})
    return SharedSignalsKind().open(connection, secrets.get)


async def sent_to(url, **options):
    adapter = opened(url, **options)
    sent = await send(adapter, EVENT, id="cus_1", status="ConsentWithdrawn")
    await adapter.close()
    return sent


async def test_the_receiver_can_verify_what_arrives(server):
    server.answers.append(respond(202, b""))
    sent = await sent_to(f"{server.url}/events", token="${env:API_TOKEN}")
    assert sent.result == "done"
    (arrived,) = server.arrived
    assert arrived.headers["content-type"] == "application/secevent+jwt"
    assert arrived.headers["authorization"] == f"Bearer {SECRETS['API_TOKEN']}"
    key = OKPKey.import_key(json.loads(SECRETS["EVENT_KEY"]))
    token = arrived.body.decode()
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": key.thumbprint(), "typ": "secevent+jwt"}
    assert isinstance(key.public_key, Ed25519PublicKey)
    claims = jwt.decode(token, key.public_key, algorithms=["EdDSA"], audience="https://vendor.test")
    assert claims == {
        "iss": "https://xop.test",
        "jti": "inv_1",
        "iat": NOW // 1_000 + 1,
        "aud": "https://vendor.test",
        "sub_id": {"format": "opaque", "id": pairwise_id(SECRETS["PAIRWISE"], "https://vendor.test", "cus_1")},
        "events": {
            "https://xop.test/events/consent-change": {
                "purpose": "dpv:DirectMarketing",
                "channel": "sms",
                "status": "ConsentWithdrawn",
                "event_timestamp": 1_795_132_800,
            }
        },
    }


async def test_each_receiver_knows_a_customer_by_an_id_of_its_own(server):
    await sent_to(server.url)
    await sent_to(server.url, audience="https://other.test")
    ids = [json.loads(extract_compact(each.body).payload)["sub_id"]["id"] for each in server.arrived]
    assert len({*ids, "cus_1"}) == 3
    assert "cus_1" not in str([extract_compact(each.body).payload for each in server.arrived])


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (200, b"", "done"),
        (202, b"", "done"),
        (400, b'{"err": "invalid_request", "description": "no"}', "failed"),
        (400, b'{"err": "authentication_failed"}', "retry"),
        (400, b"nonsense", "failed"),
        (401, b"", "retry"),
        (302, b"", "failed"),
        (429, b"", "retry"),
        (503, b"", "retry"),
    ],
)
async def test_what_an_answer_means(server, status, body, result):
    server.answers.append(respond(status, body))
    assert (await sent_to(server.url)).result == result


async def test_the_receivers_code_is_told_and_nothing_else_it_says(server):
    server.answers.append(respond(400, b'{"err": "invalid_key", "description": "ana@example.com"}'))
    assert (await sent_to(server.url)).detail == "answered 400 (invalid_key)"
    server.answers.append(respond(400, b'{"err": "ana@example.com"}'))
    assert (await sent_to(server.url)).detail == "answered 400"


async def test_an_answer_that_never_comes_is_uncertain(server):
    server.answers.append(DROP)
    assert (await sent_to(server.url)).result == "uncertain"


@pytest.mark.parametrize(
    "changed",
    [
        {"EVENT_KEY": None},
        {"EVENT_KEY": "nonsense"},
        {"EVENT_KEY": '{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'},
        {"EVENT_KEY": '{"kty": "oct", "k": "c2VjcmV0"}'},
        {"PAIRWISE": "short"},
    ],
)
async def test_without_good_keys_nothing_leaves_and_it_is_tried_again(server, changed):
    sent = await sent_to(server.url, secrets=SECRETS | changed)
    assert (sent.result, sent.unhealthy, server.arrived) == ("retry", True, [])
    assert next(iter(changed)) in sent.detail


@pytest.mark.parametrize("timestamp", ["yesterday", "2026-11-20T00:00:00"])
def test_an_event_whose_time_says_nothing_is_refused(timestamp):
    refusal = rendered(opened(), {**EVENT, "timestamp": timestamp}, id="cus_1", status="x")
    assert isinstance(refusal, Refusal)
    assert "timestamp" in refusal.cause


def test_an_event_about_nobody_is_refused():
    assert isinstance(rendered(opened(), EVENT, id="", status="x"), Refusal)


async def test_an_answer_that_is_packed_is_not_unpacked(server):
    server.answers.append(respond(400, gzip.compress(b'{"err": "invalid_key"}'), Content_Encoding="gzip"))
    sent = await sent_to(server.url)
    assert (sent.result, sent.detail) == ("failed", "answered 400")
