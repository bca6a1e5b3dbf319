"""Webhooks: what is signed and posted, and what the receiver's answers mean."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from tests.adapters.requests import NOW, SECRETS, rendered, send, sending
from tests.adapters.web_server import DROP, respond, web_server
from xop.adapters.webhook import WebhookKind
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal

EVENT = {"type": "note.taken", "timestamp": "2026-11-20T00:00:00Z", "data": {"note": "{{customer.note}}"}}


@pytest.fixture
async def server(anyio_backend):
    async with web_server() as running:
        yield running


def opened(url, name="HOOK", secrets=SECRETS):
    connection = Connection("hook", "webhook", {"url": url, "secret": f"${{env:{name}}}"})
    return WebhookKind().open(connection, secrets.get)


async def exchange(server, answer):
    server.answers.append(answer)
    adapter = opened(server.url)
    sent = await send(adapter, EVENT, note="hi")
    await adapter.close()
    return sent


async def test_the_receiver_can_verify_what_arrives(server):
    adapter = opened(f"{server.url}/hook?tenant=7")
    at = int(datetime.now(UTC).timestamp() * 1_000)
    request = rendered(adapter, EVENT, note="Grüße")
    await adapter.send(sending(request)._replace_at(at) if False else type(sending(request))("inv_1", 1, request, 5.0, at))
    await adapter.close()
    arrived = server.arrived[0]
    assert (arrived.method, arrived.target) == ("POST", "/hook?tenant=7")
    assert arrived.headers["webhook-id"] == "inv_1"
    assert arrived.headers["content-type"] == "application/json"
    body = Webhook(SECRETS["HOOK"]).verify(arrived.body, arrived.headers)
    assert body == {"type": "note.taken", "timestamp": "2026-11-20T00:00:00Z", "data": {"note": "Grüße"}}
