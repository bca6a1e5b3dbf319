"""The wire of the current revision: what a request must say, and how it is refused."""

import asyncio
import json

import pytest

from tests.faces.mcp.exchange import ANN, KEYS, VERSION, open_exchange


async def test_the_server_says_what_it_is_and_can(exchange):
    told = await exchange.result("server/discover")
    assert told["supportedVersions"] == [VERSION]
    assert told["capabilities"]["extensions"] == {"io.modelcontextprotocol/tasks": {}}
    assert told["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "xop"


@pytest.mark.parametrize(
    "headers", [{"mcp-method": "tools/call"}, {"mcp-protocol-version": "2026-07-29"}, {"mcp-method": ""}]
)
async def test_headers_must_repeat_what_the_body_says(exchange, headers):
    error = await exchange.error("tools/list", headers=headers)
    assert (error["status"], error["code"]) == (400, -32020)


async def test_the_name_in_the_header_must_be_the_one_in_the_body(exchange):
    params = {"name": "look_up_plan", "arguments": {"customer": ANN}}
    error = await exchange.error("tools/call", params, headers={"mcp-name": "grant_credit"})
    assert (error["status"], error["code"]) == (400, -32020)


async def test_another_revision_is_told_which_ones_there_are(exchange):
    meta = {"io.modelcontextprotocol/protocolVersion": "2099-01-01"}
    error = await exchange.error("tools/list", meta=meta, headers={"mcp-protocol-version": "2099-01-01"})
    assert (error["status"], error["code"]) == (400, -32022)
    assert error["data"]["supported"] == [VERSION]


async def test_an_envelope_without_capabilities_is_not_sound(exchange):
    headers = {"authorization": f"Bearer {KEYS['guide']}", "mcp-protocol-version": VERSION, "mcp-method": "tools/list"}
    params = {"_meta": {"io.modelcontextprotocol/protocolVersion": VERSION}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params}
    response = await exchange.post(body, headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, -32602)


async def test_a_method_that_is_not_there_is_not_found(exchange):
    error = await exchange.error("tools/burn")
    assert (error["status"], error["code"]) == (404, -32601)


async def test_a_body_that_is_no_request_is_refused(exchange):
    headers = {"authorization": f"Bearer {KEYS['guide']}", "mcp-protocol-version": VERSION}
    deep = b'{"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}"
    huge = b'{"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"a": 99999999999999999999}}'
    for body, code in (
        (deep, -32600),
        (huge, -32600),
        (b"{", -32700),
        (b"[]", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "x"}', -32600),
    ):
        response = await exchange.client.post("/mcp", content=body, headers=headers)
        assert (response.status_code, response.json()["error"]["code"]) == (400, code)


async def test_a_notification_is_taken_and_not_answered(exchange):
    headers = {"authorization": f"Bearer {KEYS['guide']}", "mcp-protocol-version": VERSION}
    response = await exchange.post({"jsonrpc": "2.0", "method": "notifications/anything"}, headers)
    assert (response.status_code, response.content) == (202, b"")


async def test_blanks_around_the_value_of_a_header_do_not_count(exchange):
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}})
    lines = [
        "POST /mcp HTTP/1.1",
        f"Host: {exchange.url.removeprefix('http://')}",
        f"Authorization: Bearer {KEYS['guide']}  ",
        f"Mcp-Protocol-Version:   {VERSION}  ",
        "Mcp-Method: tools/list   ",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        "Connection: close",
    ]
    host, port = exchange.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write("\r\n".join([*lines, "", body]).encode())
    answer = await reader.read()
    writer.close()
    assert b" 200 " in answer.partition(b"\r\n")[0]


async def test_nobody_asks_without_a_key(exchange):
    response = await exchange.ask("tools/list", who=None)
    assert response.status_code == 401
    assert "www-authenticate" in response.headers


async def test_who_may_not_propose_is_no_agent(exchange):
    response = await exchange.ask("tools/list", who="web")
    assert response.status_code == 403


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
async def test_web_pages_of_others_are_kept_out(exchange, headers):
    response = await exchange.ask("tools/list", headers=headers)
    assert response.status_code == 403


async def test_a_page_on_this_machine_may_ask(exchange):
    response = await exchange.ask("tools/list", headers={"origin": "http://localhost:6274"})
    assert response.status_code == 200


async def test_for_development_whoever_asks_may_be_one_agent(tmp_path):
    async with open_exchange(tmp_path, agent="rival") as exchange:
        listed = await exchange.result("tools/list", who=None)
        assert [tool["name"] for tool in listed["tools"]] == [
            "get_request_status",
            "hand_over",
            "grant_credit",
            "look_up_plan",
        ]
        response = await exchange.ask("tools/list", who=None, headers={"authorization": "Bearer wrong"})
        assert response.status_code == 401
