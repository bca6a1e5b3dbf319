"""Abuse: requests by which somebody tries to be taken for another, or to hide what is asked."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from tests.faces.mcp.exchange import ANN, FOLDER, KEYS, SIGNING_SECRET, VERSION, open_exchange
from tests.faces.mcp.test_older_clients import HEADERS, INITIALIZE
from xop.assembly import workspace_files

SECRET_LINE = b"key: ${env:GUIDE_KEY}\n    signing_secret: ${env:GUIDE_SIGNING}"


@pytest.fixture
async def signing(tmp_path):
    """An exchange whose guide signs what it sends."""
    files = workspace_files(FOLDER)
    agents = files["agents.yaml"].replace(b"key: ${env:GUIDE_KEY}", SECRET_LINE)
    async with open_exchange(tmp_path, files={**files, "agents.yaml": agents}) as opened:
        await opened.tell("person.seen", mood="calm", talk="talk-1")
        yield opened


def signed(body):
    """Return the headers that sign a body."""
    now = datetime.now(UTC)
    signature = Webhook(SIGNING_SECRET).sign("msg-1", now, body.decode())
    return {"webhook-id": "msg-1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


async def test_an_agent_that_signs_what_it_sends_is_heard_only_when_it_does(signing):
    params = {"name": "grant_credit", "arguments": {"customer": ANN, "cents": 5}}
    assert (await signing.ask("tools/call", params)).status_code == 401
    assert await signing.carried_out("grant_credit") == 0
    envelope = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {**params, "_meta": envelope}}
    body = json.dumps(message).encode()
    told = {"mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": "grant_credit"}
    headers = {**HEADERS, **told, **signed(body)}
    for sent, status in ((body.replace(b"5}", b"9}"), 401), (body, 200)):
        assert (await signing.client.post("/mcp", content=sent, headers=headers)).status_code == status
    assert await signing.carried_out("grant_credit") == 1


async def test_an_older_client_that_signs_is_heard_only_when_it_does(signing):
    body = json.dumps(INITIALIZE).encode()
    assert (await signing.client.post("/mcp", content=body, headers=HEADERS)).status_code == 401
    answer = await signing.client.post("/mcp", content=body, headers={**HEADERS, **signed(body)})
    assert answer.status_code == 200
    assert "mcp-session-id" in answer.headers


@pytest.mark.parametrize(
    ("name", "value"),
    [("Mcp-Param-Plan", "silver"), ("Xop-Customer", "email:bob@example.org"), ("Authorization", "Bearer key-of-rival")],
)
async def test_a_header_that_says_who_asks_what_is_given_once(exchange, name, value):
    params = {
        "name": "change_plan",
        "arguments": {"plan": "gold"},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }
    headers = [
        ("authorization", f"Bearer {KEYS['guide']}"),
        ("mcp-protocol-version", VERSION),
        ("mcp-method", "tools/call"),
        ("mcp-name", "change_plan"),
        ("mcp-param-plan", "gold"),
        ("xop-customer", ANN),
    ]
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = await exchange.client.post("/mcp", json=body, headers=[(name.lower(), value), *headers])
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"the header {name.lower()} is given twice"
    assert await exchange.carried_out("change_plan") == 0
    answer = await exchange.client.post("/mcp", json=body, headers=headers)
    assert "isError" not in answer.json()["result"]


async def test_a_query_of_too_many_fields_is_refused(exchange):
    query = "?" + "&".join(f"a{number}=1" for number in range(30))
    error = await exchange.error("tools/list", query=query)
    assert (error["status"], error["code"]) == (400, -32602)
