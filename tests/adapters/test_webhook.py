"""Webhooks: what is signed and posted, and what the receiver's answers mean."""

from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from tests.adapters.certificate import unknown_certificate
from tests.adapters.requests import NOW, SECRETS, rendered, send
from tests.adapters.web_server import DROP, respond, web_server
from xop.adapters.webhook import WebhookKind
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Sending

EVENT = {"type": "note.taken", "timestamp": "2026-11-20T00:00:00Z", "data": {"note": "{{customer.note}}"}}


@pytest.fixture
async def server(anyio_backend):
    async with web_server() as running:
        yield running


def opened(url="http://127.0.0.1:9/", key="${env:HOOK}", secrets=SECRETS, **settings):
    connection = Connection("hook", "webhook", {"url": url, "secret": key, **settings})
    return WebhookKind().open(connection, secrets.get)


async def sent_to(url, **options):
    adapter = opened(url, **options)
    sent = await send(adapter, EVENT, note="hi")
    await adapter.close()
    return sent


async def test_the_receiver_can_verify_what_arrives(server):
    adapter = opened(f"{server.url}/hook?tenant=7")
    request = rendered(adapter, EVENT, note="Grüße")
    assert isinstance(request, bytes)
    await adapter.send(Sending("inv_1", 1, request, 5, int(datetime.now(UTC).timestamp() * 1_000)))
    await adapter.close()
    arrived = server.arrived[0]
    assert (arrived.method, arrived.target) == ("POST", "/hook?tenant=7")
    assert arrived.headers["webhook-id"] == "inv_1"
    assert arrived.headers["content-type"] == "application/json"
    body = Webhook(SECRETS["HOOK"]).verify(arrived.body, arrived.headers)
    assert body == {"type": "note.taken", "timestamp": "2026-11-20T00:00:00Z", "data": {"note": "Grüße"}}


async def test_the_timestamp_is_that_of_the_attempt_in_seconds(server):
    await sent_to(server.url)
    assert server.arrived[0].headers["webhook-timestamp"] == str(NOW // 1_000 + 1)


async def test_each_of_several_keys_signs(server):
    keys = [SECRETS["HOOK"], "whsec_" + "QUJD" * 8]
    await sent_to(server.url, secrets={"HOOK": " ".join(keys)})
    arrived = server.arrived[0]
    at = datetime.fromtimestamp(NOW // 1_000 + 1, UTC)
    expected = [Webhook(key).sign("inv_1", at, arrived.body.decode()) for key in keys]
    assert arrived.headers["webhook-signature"].split(" ") == expected


@pytest.mark.parametrize("secret", [None, "", "whsec_", "whsec_a", "whsec_\u00fc", "  "])
async def test_without_a_usable_key_nothing_leaves(server, secret):
    sent = await sent_to(server.url, secrets={"HOOK": secret})
    assert (sent.result, sent.unhealthy) == ("retry", True)
    assert "HOOK" in sent.detail
    assert server.arrived == []


@pytest.mark.parametrize(
    ("answer", "result", "unhealthy", "wait"),
    [
        (respond(200), "done", False, None),
        (respond(204), "done", False, None),
        (respond(302, Location="/x"), "failed", False, None),
        (respond(410), "failed", False, None),
        (respond(400), "retry", False, None),
        (respond(429, Retry_After="3"), "retry", False, 3_000),
        (respond(500), "retry", True, None),
        (respond(502), "retry", True, None),
        (respond(503, Retry_After="3"), "retry", True, 3_000),
        (respond(504), "retry", True, None),
        (DROP, "uncertain", True, None),
        (b"nonsense\r\n\r\n", "uncertain", True, None),
    ],
)
async def test_an_answer_says_what_became_of_the_event(server, answer, result, unhealthy, wait):
    server.answers.append(answer)
    sent = await sent_to(server.url)
    assert (sent.result, sent.unhealthy, sent.retry_after) == (result, unhealthy, wait)
    assert len(server.arrived) == 1


async def test_a_receiver_that_is_gone_says_what_to_do(server):
    server.answers.append(respond(410))
    assert "take the connection out of use" in (await sent_to(server.url)).detail


async def test_an_unknown_certificate_is_refused_unless_told_otherwise(anyio_backend, tmp_path):
    async with web_server(ssl=unknown_certificate(tmp_path)) as server:
        url = f"https://127.0.0.1:{server.port}"
        assert (await sent_to(url)).result == "retry"
        assert server.arrived == []
        assert (await sent_to(url, verify=False)).result == "done"


async def test_an_event_of_more_than_20_kilobytes_is_refused():
    adapter = opened()
    empty = rendered(adapter, EVENT, note="")
    assert isinstance(empty, bytes)
    frame = len(empty)
    assert isinstance(rendered(adapter, EVENT, note="x" * (20_000 - frame)), bytes)
    refusal = rendered(adapter, EVENT, note="x" * (20_001 - frame))
    await adapter.close()
    assert isinstance(refusal, Refusal)
    assert refusal.code == "too-large"


@pytest.mark.parametrize(
    ("settings", "code", "word"),
    [
        ({"url": "hooks.example.com"}, "settings", "settings.url"),
        ({"url": "https://exa mple.com"}, "settings", "settings.url"),
        ({"url": "https://example.com/#a"}, "settings", "settings.url"),
        ({"url": "https://example.com:99999"}, "settings", "settings.url"),
        ({"url": "https://me:pass@example.com"}, "secret", "settings.url"),
        ({"secret": "whsec_abc"}, "secret", "settings.secret"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_with_a_remedy(settings, code, word):
    good = {"url": "https://example.com", "secret": "${env:HOOK}"}
    refusals = WebhookKind().check_connection(Connection("hook", "webhook", {**good, **settings}))
    assert [refusal.code for refusal in refusals] == [code]
    assert word in refusals[0].cause
    assert refusals[0].remedy
    assert "whsec_abc" not in refusals[0].cause
