"""MCP servers of earlier revisions, which keep sessions, and programs spoken to by their streams."""

import asyncio
import sys

import pytest

from tests.adapters.mcp_server import (
    NO_SECRETS,
    Waiting,
    call,
    mcp_server,
    opened,
    request,
)
from tests.kit.mcp_everything.definitions import defined
from tests.kit.mcp_everything.running import ROOT, running
from xop.adapters.mcp import McpKind
from xop.adapters.mcp.call import Call
from xop.adapters.mcp.failures import UncheckedError
from xop.adapters.mcp.offer import offered
from xop.adapters.mcp.settings import Settings
from xop.adapters.mcp.trip import Trip
from xop.adapters.mcp.upstream import Upstream
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import Operation, Operations, fingerprint, pinned

_START = f"""
import runpy, sys
sys.path.insert(0, {str(ROOT)!r})
runpy.run_module("tests.kit.mcp_everything", run_name="__main__")
"""

PROGRAM = [sys.executable, "-c", _START]
"""A program may be started from anywhere, so it is told where its modules are."""


@pytest.fixture(scope="module")
def url():
    with running() as address:
        yield address


async def everything(settings):
    """An adapter of a connection of which everything that it offers was accepted."""
    live = await offered(Settings(**{**settings, "command": tuple(settings.get("command", ()))}), NO_SECRETS.get)
    kept = {kind: {name: Operation(fingerprint(it), it) for name, it in items.items()} for kind, items in live.items()}
    return McpKind().open(
        pinned(Connection("everything", "mcp", settings), Operations("everything", **kept)), NO_SECRETS.get
    )


@pytest.fixture(params=["current", "legacy", "program", "program of the era before"])
async def adapter(request, url, anyio_backend):
    settings = {
        "current": {"url": url},
        "legacy": {"url": url, "protocol": "legacy"},
        "program": {"command": PROGRAM},
        "program of the era before": {"command": PROGRAM, "protocol": "legacy"},
    }[request.param]
    adapter = await everything(settings)
    yield adapter
    await adapter.close()


async def legacy(url, **settings):
    return await everything({"url": url, "protocol": "legacy", **settings})


async def test_every_kind_of_request_is_carried_out_in_every_era(adapter):
    tool = await adapter.send(call("test_simple_text", x=""))
    resource = await adapter.send(request("resources/read", {"uri": "test://template/7/data"}))
    prompt = await adapter.send(request("prompts/get", {"name": "test_simple_prompt", "arguments": {}}))
    ref = {"type": "ref/prompt", "name": "test_prompt_with_arguments"}
    completion = await adapter.send(
        request("completion/complete", {"ref": ref, "argument": {"name": "arg1", "value": "pa"}})
    )

    assert tool.output == {"text": "This is a simple text response for testing."}
    assert resource.output == {"id": "7", "templateTest": True, "data": "Data for ID: 7"}
    assert prompt.output["messages"][0]["content"]["text"] == "This is a simple prompt for testing."
    assert completion.output["values"] == ["paris", "park", "party"]


async def test_failures_are_told_in_every_era(adapter):
    line = Waiting()
    sent = await adapter.send(call("test_error_handling", line=line, x=""))

    assert (sent.result, line.given[0]["isError"]) == ("failed", True)


async def test_progress_reaches_whoever_waits_in_every_era(adapter):
    line = Waiting(progressToken="mine")
    await adapter.send(call("test_tool_with_progress", line=line, x=""))

    assert [params["progress"] for _, params in line.told] == [0, 50, 100]
    assert {params["progressToken"] for _, params in line.told} == {"mine"}


async def test_a_resource_that_does_not_exist_fails(url):
    adapter = await legacy(url)
    sent = await adapter.send(request("resources/read", {"uri": "test://template/7/8"}))
    await adapter.close()

    assert sent.result == "failed"


async def test_a_question_of_the_server_reaches_whoever_called_and_nobody_else(url):
    adapter = await legacy(url)
    callers = {
        name: Waiting({"action": "accept", "content": {"username": name, "email": "x"}})
        for name in ("ann", "bob", "cy")
    }
    sent = await asyncio.gather(
        *(adapter.send(call("test_elicitation", line=line, message=name)) for name, line in callers.items())
    )
    await adapter.close()

    for (name, line), each in zip(callers.items(), sent, strict=True):
        assert name in each.output["text"]
        assert [params["message"] for _, params in line.asked] == [name]


async def test_a_model_s_words_are_asked_of_whoever_called(url):
    adapter = await legacy(url)
    words = {"role": "assistant", "content": {"type": "text", "text": "four"}, "model": "m"}
    line = Waiting(words)
    sent = await adapter.send(call("test_sampling", line=line, prompt="two and two"))
    await adapter.close()

    assert "four" in sent.output["text"]
    assert line.asked[0][0] == "sampling/createMessage"


@pytest.mark.parametrize("line", [None, Waiting(None)])
async def test_a_question_that_nobody_answers_ends_the_call(url, line):
    adapter = await legacy(url)
    sent = await adapter.send(call("test_elicitation", line=line, message="hello"))
    after = await adapter.send(call("test_simple_text", x=""))
    await adapter.close()

    assert sent.result in ("failed", "uncertain")
    assert after.result == "done"


async def test_an_answer_beyond_the_bounds_is_given_up_in_the_era_before_too(url):
    adapter = await legacy(url, largest_result=65_536)
    small = await adapter.send(call("test_simple_text", x=""))
    await adapter.close()
    operations = Operations("outside", tools={"test_simple_text": pinned_tool("test_simple_text")})
    tiny = opened(url, operations, protocol="legacy", largest_result=1_024)
    sent = await tiny.send(call("test_simple_text", x=""))
    await tiny.close()

    assert small.result == "done"
    assert (sent.result, sent.output) == ("retry", None)
    assert "cannot be checked" in sent.detail


def pinned_tool(name):
    definition = defined(name).model_dump(mode="json", by_alias=True, exclude_none=True)
    return Operation(fingerprint(definition), definition)


async def test_a_call_whose_check_is_overtaken_while_its_session_waits_for_a_connection_does_not_leave(url):
    upstream = Upstream(Settings(url=url, protocol="legacy"), NO_SECRETS.get, 1)
    asked = {"name": "test_simple_text", "arguments": {}}
    stands = iter([True, False])
    with pytest.raises(UncheckedError):
        await upstream.call(Call("tools/call", asked, trip=Trip(lambda: next(stands))))
    trip = Trip(lambda: True)
    after = await upstream.call(Call("tools/call", asked, trip=trip))
    await upstream.close()

    assert next(stands, "asked twice") == "asked twice"
    assert after.result is not None
    assert trip.left


async def test_a_session_that_the_server_has_ended_is_replaced(url):
    with running() as first:
        adapter = await legacy(first)
        one = await adapter.send(call("test_simple_text", x=""))
    sent = await adapter.send(call("test_simple_text", x=""))
    await adapter.close()

    assert one.result == "done"
    assert (sent.result, sent.unhealthy) == ("retry", True)


async def test_a_program_that_cannot_be_started_is_tried_again():
    adapter = McpKind().open(
        pinned(
            Connection("everything", "mcp", {"command": ["/nonexistent/program"]}),
            Operations("everything", tools={"note": pinned_tool("note")}),
        ),
        NO_SECRETS.get,
    )
    sent = await adapter.send(call())
    await adapter.close()

    assert (sent.result, sent.unhealthy) == ("retry", True)


async def test_a_call_that_takes_too_long_leaves_its_session_behind(url):
    adapter = await legacy(url, sessions=1)
    late = await adapter.send(call("test_tool_with_progress", seconds=0.05, x=""))
    after = await adapter.send(call("test_simple_text", x=""))
    await adapter.close()

    assert late.result in ("uncertain", "retry")
    assert after.result == "done"


async def test_a_server_of_the_current_revision_alone_is_not_spoken_to_in_another():
    async with mcp_server() as server:
        adapter = opened(server.url, protocol="legacy")
        sent = await adapter.send(call(seconds=1))
        await adapter.close()

        assert sent.result in ("failed", "retry")
        assert server.arrived == []
