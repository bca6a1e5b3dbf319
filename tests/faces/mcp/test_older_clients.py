"""Older clients: the same bounds as for the current revision, and sessions that are their own."""

import gzip
import logging

import pytest

from tests.faces.mcp.exchange import ANN, KEYS

HEADERS = {
    "authorization": f"Bearer {KEYS['guide']}",
    "accept": "application/json, text/event-stream",
    "content-type": "application/json",
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "old", "version": "1"},
    },
}


async def session(exchange, who="guide"):
    """Begin a session and return the headers of its requests."""
    headers = {**HEADERS, "authorization": f"Bearer {KEYS[who]}"}
    answer = await exchange.client.post("/mcp", json=INITIALIZE, headers=headers)
    assert answer.status_code == 200, answer.text
    headers |= {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-06-18"}
    await exchange.client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=headers)
    return headers


async def send(exchange, arguments, query="", **more):
    """Send a call of an older client as raw JSON."""
    headers = await session(exchange)
    raw = f'{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"grant_credit","arguments":{arguments}}}}}'
    body = raw.encode()
    if more.get("packed"):
        body, headers = gzip.compress(body), {**headers, "content-encoding": "gzip"}
    return await exchange.client.post(f"/mcp{query}", content=body, headers=headers)


@pytest.mark.parametrize(
    "arguments",
    [
        f'{{"customer":"{ANN}","cents":1{"0" * 30}}}',
        f'{{"customer":"{ANN}","deep":{"[" * 100}1{"]" * 100}}}',
        f'{{"customer":"{ANN}","cents":NaN}}',
        '{"customer":"em\\ud800ail:x","cents":5}',
    ],
)
async def test_what_is_out_of_bounds_is_refused(exchange, arguments, caplog):
    answer = await send(exchange, arguments)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("the body is not one JSON-RPC request")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_body_may_be_packed_but_not_be_endless(exchange):
    plain = f'{{"customer":"{ANN}","cents":5}}'
    assert "credited" in (await send(exchange, plain, packed=True)).text
    padded = f'{{"customer":"{ANN}","cents":5,"pad":"{"x" * 10_000_000}"}}'
    assert (await send(exchange, padded, packed=True)).status_code == 413


async def test_a_query_of_too_many_fields_is_refused_in_our_own_words(exchange):
    query = "?" + "&".join(f"a{number}=1" for number in range(30))
    answer = await send(exchange, f'{{"customer":"{ANN}","cents":5}}', query)
    assert "the query has more than 20 fields" in answer.text
    assert "-32602" in answer.text


async def test_a_fault_is_told_without_its_text(exchange, monkeypatch, caplog):
    async def broken(*_rest):
        raise RuntimeError("the inner words")

    monkeypatch.setattr(exchange.platform.engine, "perform", broken)
    answer = await send(exchange, f'{{"customer":"{ANN}","cents":5}}')
    assert "Internal error" in answer.text
    assert "inner words" not in answer.text
    assert "ended in a fault" in caplog.text


async def test_one_agent_cannot_use_up_the_sessions_of_others(exchange):
    answers = [await exchange.client.post("/mcp", json=INITIALIZE, headers=HEADERS) for _ in range(101)]
    assert [answer.status_code for answer in answers] == [200] * 100 + [503]
    assert "Too many open sessions" in answers[-1].text
    assert await session(exchange, "rival")


async def test_a_session_that_was_ended_makes_room(exchange):
    begun = await session(exchange)
    for _ in range(99):
        await exchange.client.post("/mcp", json=INITIALIZE, headers=HEADERS)
    assert (await exchange.client.post("/mcp", json=INITIALIZE, headers=HEADERS)).status_code == 503
    assert (await exchange.client.delete("/mcp", headers=begun)).status_code == 200
    assert (await exchange.client.post("/mcp", json=INITIALIZE, headers=HEADERS)).status_code == 200


async def test_a_session_serves_the_agent_alone_that_began_it(exchange):
    headers = await session(exchange)
    stolen = {**headers, "authorization": f"Bearer {KEYS['rival']}"}
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {}}
    assert (await exchange.client.post("/mcp", json=body, headers=stolen)).status_code == 404
    assert (await exchange.client.delete("/mcp", headers=stolen)).status_code == 404
