"""What leaves for an MCP server, and what its answers mean."""

import asyncio
import json

import pytest

from tests.adapters.mcp_server import (
    NO_SECRETS,
    NOTE,
    Waiting,
    accepted,
    call,
    drop,
    mcp_server,
    opened,
    raw,
    refused,
    request,
    result,
    said,
    silence,
    status,
    streamed,
    told,
)
from tests.adapters.requests import closed_port
from xop.adapters.mcp import McpKind
from xop.adapters.mcp.call import Call
from xop.adapters.mcp.failures import UnsentError, UnsureError
from xop.adapters.mcp.settings import MODERN, Settings
from xop.adapters.mcp.upstream import Upstream
from xop.kernel.actions.model import Connection


@pytest.fixture
async def server(anyio_backend):
    async with mcp_server() as running:
        yield running


@pytest.fixture
async def adapter(server):
    adapter = opened(server.url)
    yield adapter
    await adapter.close()


def body(server, index=-1):
    return json.loads(server.arrived[index].body)


async def test_a_call_names_itself_in_headers_and_says_who_calls(server, adapter):
    sent = await adapter.send(call())
    arrived = server.arrived[0]
    meta = body(server)["params"]["_meta"]

    assert (sent.result, sent.output) == ("done", {"text": "noted"})
    assert arrived.headers["mcp-protocol-version"] == "2026-07-28"
    assert arrived.headers["mcp-method"] == "tools/call"
    assert arrived.headers["mcp-name"] == "note"
    assert meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert meta["io.modelcontextprotocol/clientInfo"]["name"] == "xop"
    assert meta["io.modelcontextprotocol/clientCapabilities"] == {}


async def test_arguments_that_a_schema_mirrors_stand_in_headers_too(server):
    schema = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
    tool = {"name": "move", "inputSchema": schema}
    server.tools.append(tool)
    adapter = opened(server.url, accepted(NOTE, tool))
    await adapter.send(call("move", region="Zürich"))
    await adapter.send(call("move", region="eu-west"))
    await adapter.close()

    assert server.arrived[0].headers["mcp-param-region"].startswith("=?base64?")
    assert server.arrived[1].headers["mcp-param-region"] == "eu-west"


async def test_many_calls_share_few_connections(server, adapter):
    sent = await asyncio.gather(*(adapter.send(call(note=str(number))) for number in range(40)))

    assert {each.result for each in sent} == {"done"}
    assert len(server._open) <= 14


async def test_the_connection_s_credentials_are_sent_and_never_the_caller_s(server):
    adapter = opened(server.url, auth={"scheme": "bearer", "token": "${env:API_TOKEN}"})
    line = Waiting(authorization="Bearer caller", traceparent="00-aa-bb-01", baggage="customer=7")
    await adapter.send(call(line=line))
    await adapter.close()

    assert server.arrived[0].headers["authorization"] == "Bearer tok-5e3cret"
    assert body(server)["params"]["_meta"]["traceparent"] == "00-aa-bb-01"
    assert b"caller" not in server.arrived[0].body
    assert b"customer=7" not in server.arrived[0].body


async def test_a_secret_that_is_not_set_sends_nothing(server):
    adapter = opened(server.url, auth={"scheme": "bearer", "token": "${env:UNSET}"})
    sent = await adapter.send(call())
    await adapter.close()

    assert (sent.result, sent.unhealthy) == ("retry", True)
    assert "UNSET" in sent.detail
    assert server.arrived == []


@pytest.mark.parametrize("setting", ["idempotency_header", "idempotency_meta"])
async def test_the_idempotency_key_goes_where_the_server_promises_to_know_it(server, setting):
    adapter = opened(server.url, None, **{setting: "x-once"})
    await adapter.send(call())
    await adapter.close()
    headers, meta = server.arrived[0].headers, body(server)["params"]["_meta"]

    assert adapter.idempotent
    assert (headers if setting == "idempotency_header" else meta)["x-once"] == "inv_1"


def test_without_such_a_promise_nothing_uncertain_is_sent_again(adapter):
    assert not adapter.idempotent


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (status(400), ("failed", False)),
        (status(401), ("failed", True)),
        (status(403), ("failed", False)),
        (status(404), ("failed", False)),
        (status(429), ("retry", False)),
        (status(503), ("retry", True)),
        (status(500), ("uncertain", True)),
        (status(502), ("uncertain", True)),
        (status(202), ("uncertain", True)),
        (status(307, location="http://127.0.0.1:1/"), ("failed", False)),
        (refused(-32602), ("failed", False)),
        (refused(-32602, 400), ("failed", False)),
        (refused(-32601, 404), ("failed", False)),
        (refused(-32603), ("uncertain", False)),
        (refused(-32000), ("uncertain", False)),
        (drop, ("uncertain", True)),
        (raw(b"{nonsense"), ("uncertain", True)),
        (raw(b"[]"), ("uncertain", True)),
        (raw(b'{"jsonrpc":"2.0","id":99999,"result":{"content":[]}}'), ("uncertain", True)),
        (raw(b'{"jsonrpc":"2.0","id":true,"result":{"content":[]}}'), ("uncertain", True)),
        (raw(b"", "text/event-stream"), ("uncertain", True)),
        (result(resultType="task", task={}), ("uncertain", False)),
        (result(content=[], isError=True), ("failed", False)),
    ],
)
async def test_what_an_answer_means(server, adapter, script, expected):
    sent = await told(adapter, script, server=server)

    assert (sent.result, sent.unhealthy) == expected
    assert sent.output is None
    assert "secret words" not in sent.detail
    assert sent.detail.isprintable()


async def test_a_server_that_asks_to_wait_says_how_long(server, adapter):
    assert (await told(adapter, status(429, retry_after="7"), server=server)).retry_after == 7_000


async def test_silence_after_the_call_left_is_uncertain(server, adapter):
    assert (await told(adapter, silence, seconds=0.3, server=server)).result == "uncertain"


async def test_a_server_that_nobody_serves_is_tried_again():
    adapter = opened(f"http://127.0.0.1:{closed_port()}/mcp")
    sent = await adapter.send(call())
    await adapter.close()

    assert (sent.result, sent.unhealthy) == ("retry", True)


async def test_a_call_that_never_left_is_told_apart_from_one_that_did(server):
    nobody = Upstream(Settings(url=f"http://127.0.0.1:{closed_port()}/mcp", protocol=MODERN), NO_SECRETS.get, 1)
    somebody = Upstream(Settings(url=server.url, protocol=MODERN), NO_SECRETS.get, 1)
    server.scripts.append(drop)
    unsent, unsure = Call("tools/call", {"name": "note"}), Call("tools/call", {"name": "note"})

    with pytest.raises(UnsentError) as told_at_once:
        await nobody.call(unsent)
    with pytest.raises(UnsureError):
        await somebody.call(unsure)
    await nobody.close()
    await somebody.close()

    assert told_at_once.value.again
    assert (unsent.trip.left, unsure.trip.left) == (False, True)


@pytest.mark.parametrize(
    ("script", "output"),
    [
        (result(content=[], structuredContent={"id": 7}), {"id": 7}),
        (result(content=[], structuredContent=[1, 2]), [1, 2]),
        (said('{"id": 7}'), {"id": 7}),
        (said("plain words"), {"text": "plain words"}),
        (said("two", "texts"), {"text": "two\ntexts"}),
        (result(content=[{"type": "image", "data": "AA=="}]), {"content": [{"type": "image", "data": "AA=="}]}),
        (streamed(), {"text": "noted"}),
    ],
)
async def test_the_output_is_what_the_result_holds_as_data(server, adapter, script, output):
    assert (await told(adapter, script, server=server)).output == output


async def test_a_transparent_gateway_keeps_the_whole_result(server, adapter):
    server.scripts.append(result(content=[], structuredContent={"id": 7}, _meta={"a": 1}))
    sent = await adapter.send(call(result="whole"))

    assert sent.output == {"resultType": "complete", "content": [], "structuredContent": {"id": 7}, "_meta": {"a": 1}}


async def test_whoever_waits_is_given_the_whole_answer_an_error_too(server, adapter):
    line = Waiting()
    server.scripts[:] = [result(content=[], isError=True), refused(-32602)]
    await adapter.send(call(line=line))
    await adapter.send(call(line=line))

    assert line.given[0]["isError"] is True
    assert line.given[1]["error"]["code"] == -32602


async def test_a_tool_that_asks_for_input_fails_and_is_called_again_with_the_answers(server, adapter):
    asking = result(
        resultType="input_required", inputRequests={"name": {"method": "elicitation/create"}}, requestState="s1"
    )
    first = Waiting(clientCapabilities={"elicitation": {}, "experimental": {}})
    server.scripts.append(asking)
    sent = await adapter.send(call(line=first))
    answers = {"name": {"action": "accept", "content": {"name": "Ann"}}}
    again = await adapter.send(call(line=Waiting(inputResponses=answers, requestState="s1")))
    unrelated = await adapter.send(call())

    assert (sent.result, sent.detail) == ("failed", "the tool asks for input first")
    assert first.given[0]["requestState"] == "s1"
    assert body(server, 0)["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {"elicitation": {}}
    assert body(server, 1)["params"]["inputResponses"] == answers
    assert body(server, 1)["params"]["requestState"] == "s1"
    assert body(server, 0)["id"] != body(server, 1)["id"]
    assert not {"inputResponses", "requestState"} & body(server, 2)["params"].keys()
    assert again.result == unrelated.result == "done"


async def test_progress_and_log_messages_reach_whoever_waits_under_the_token_they_chose(server, adapter):
    def progressing(writer, number):
        progress = {
            "jsonrpc": "2.0",
            "method": "notifications/progress",
            "params": {"progressToken": number, "progress": 1},
        }
        message = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x"}}
        other = {"jsonrpc": "2.0", "method": "notifications/other", "params": {}}
        asking = {"jsonrpc": "2.0", "id": 5, "method": "sampling/createMessage", "params": {}}
        return streamed(progress, message, other, asking)(writer, number)

    server.scripts.append(progressing)
    line = Waiting(progressToken="mine", logLevel="info")
    sent = await adapter.send(call(line=line))
    meta = body(server)["params"]["_meta"]

    assert sent.result == "done"
    assert [method for method, _ in line.told] == ["notifications/progress", "notifications/message"]
    assert line.told[0][1] == {"progressToken": "mine", "progress": 1}
    assert meta["progressToken"] == body(server)["id"]
    assert meta["io.modelcontextprotocol/logLevel"] == "info"
    assert line.asked == []


async def test_nobody_waiting_means_that_neither_progress_nor_logs_are_asked_for(server, adapter):
    await adapter.send(call())

    assert not {"progressToken", "io.modelcontextprotocol/logLevel"} & body(server)["params"]["_meta"].keys()


async def test_what_was_not_accepted_is_never_sent(server, adapter):
    for sending in (
        call("delete_everything"),
        request("prompts/get", {"name": "note", "arguments": {}}),
        request("resources/read", {"uri": "file:///etc/passwd"}),
        request("completion/complete", {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {}}),
    ):
        sent = await adapter.send(sending)
        assert sent.result == "failed"
        assert "was not accepted" in sent.detail
    assert server.arrived == []


async def test_a_connection_of_which_nothing_was_accepted_sends_nothing(server):
    adapter = McpKind().open(Connection("outside", "mcp", {"url": server.url}), NO_SECRETS.get)
    sent = await adapter.send(call())
    await adapter.close()

    assert sent.result == "failed"
    assert (server.arrived, server.lists) == ([], 0)
