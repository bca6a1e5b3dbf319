"""What a workspace may write for an MCP server, and how a request of it is rendered."""

import json

import pytest

from tests.adapters.mcp_server import NO_SECRETS
from tests.adapters.requests import compiled, data
from xop.adapters.mcp import McpKind
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal

KIND = McpKind()
URL = {"url": "https://mcp.example.com/mcp"}


def mistakes(**settings):
    return [each.cause for each in KIND.check_connection(Connection("outside", "mcp", settings))]


@pytest.mark.parametrize(
    "settings",
    [
        URL,
        {"command": ["npx", "server"]},
        {"command": ["server"], "env": {"TOKEN": "${env:API_TOKEN}"}, "idempotency_meta": "com.example/key"},
        {**URL, "auth": {"scheme": "bearer", "token": "${env:API_TOKEN}"}, "headers": {"X-Tenant": "seven"}},
        {**URL, "auth": {"scheme": "header", "name": "X-Api-Key", "value": "${env:API_TOKEN}"}},
        {
            **URL,
            "auth": {
                "scheme": "client_credentials",
                "issuer": "https://login.example.com",
                "client_id": "xop",
                "client_secret": "${env:API_TOKEN}",
            },
        },
        {**URL, "protocol": "legacy", "recheck": "1h", "largest_result": 1024, "internal": True},
    ],
)
def test_what_reaches_a_server_safely_is_accepted(settings):
    assert mistakes(**settings) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "one of `url` and `command`"),
        ({**URL, "command": ["server"]}, "one of `url` and `command`"),
        ({"url": "ftp://example.com"}, "not an http or https address"),
        ({"url": "https://user:word@example.com"}, "holds credentials"),
        ({"url": "https://example.com/#x"}, "fragment"),
        ({"url": "https://exa mple.com/"}, "not an http or https address"),
        ({"url": "http://10.0.0.7/mcp"}, "an internal network"),
        ({"url": "http://[::1"}, "not an http or https address"),
        ({"command": [" "]}, "names no program"),
        ({"command": ["server"], "headers": {"X-A": "1"}}, "goes with `url`"),
        ({"command": ["server"], "auth": {"scheme": "bearer", "token": "${env:A}"}}, "goes with `url`"),
        ({"command": ["server"], "idempotency_header": "X-Once"}, "goes with `url`"),
        ({**URL, "env": {"A": "b"}}, "goes with `command`"),
        ({**URL, "headers": {"Mcp-Method": "x"}}, "belongs to the protocol"),
        ({**URL, "headers": {"X A": "x"}}, "no header name"),
        ({**URL, "headers": {"X-Api-Key": "written-out"}}, "holds a secret itself"),
        ({**URL, "headers": {"X-A": "two\nlines"}}, "one printable ASCII line"),
        ({**URL, "idempotency_header": "host"}, "belongs to the protocol"),
        ({**URL, "auth": {"scheme": "bearer", "token": "written-out"}}, "not a reference to a secret"),
        (
            {
                **URL,
                "auth": {"scheme": "client_credentials", "issuer": "x", "client_id": "", "client_secret": "${env:A}"},
            },
            "not an http or https address",
        ),
        ({**URL, "largest_result": 0}, "largest_result"),
        ({**URL, "colour": "red"}, "settings.colour"),
    ],
)
def test_what_does_not_is_refused_with_a_remedy(settings, said):
    refusals = KIND.check_connection(Connection("outside", "mcp", settings))

    assert said in " ".join(each.cause for each in refusals)
    assert all(each.remedy for each in refusals)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({}, "none of tool, resource, prompt and complete"),
        ({"tool": "a", "prompt": "b"}, "tool and prompt"),
        ({"tool": "{{customer.text}}"}, "holds a placeholder"),
        ({"resource": "file:///a", "arguments": {}}, "takes no `arguments`"),
        ({"tool": "a", "arguments": "all of them"}, "is no map"),
        ({"complete": {"ref": {}}}, "needs `ref` and `argument`"),
        ({"tool": "a", "result": "half"}, "request.result"),
    ],
)
def test_a_request_that_names_no_one_operation_is_refused(request_, said):
    refusals = KIND.check_request(request_)

    assert said in refusals[0].cause
    assert refusals[0].remedy


@pytest.fixture
async def adapter(anyio_backend):
    adapter = KIND.open(Connection("outside", "mcp", URL), NO_SECRETS.get)
    yield adapter
    await adapter.close()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            {"tool": "note", "arguments": {"note": "{{customer.text}}", "n": 7}},
            {"method": "tools/call", "params": {"name": "note", "arguments": {"note": "hi", "n": 7}}},
        ),
        (
            {"tool": "note", "arguments": "{{customer}}", "result": "whole"},
            {"method": "tools/call", "params": {"name": "note", "arguments": {"text": "hi"}}, "result": "whole"},
        ),
        ({"prompt": "p"}, {"method": "prompts/get", "params": {"name": "p", "arguments": {}}}),
        ({"resource": "notes://{{customer.text}}"}, {"method": "resources/read", "params": {"uri": "notes://hi"}}),
        (
            {
                "complete": {
                    "ref": {"type": "ref/prompt", "name": "p"},
                    "argument": {"name": "a", "value": "{{address}}"},
                }
            },
            {
                "method": "completion/complete",
                "params": {
                    "ref": {"type": "ref/prompt", "name": "p"},
                    "argument": {"name": "a", "value": "ana@example.com"},
                },
            },
        ),
    ],
)
async def test_a_request_is_stored_as_the_method_and_its_parameters(adapter, request_, expected):
    assert json.loads(adapter.render(compiled(request_), data(text="hi"))) == expected


async def test_a_value_that_has_no_place_in_a_request_is_refused(adapter):
    for request_ in ({"prompt": "p", "arguments": {"n": 7}}, {"tool": "a", "arguments": "{{customer.text}}"}):
        refusal = adapter.render(compiled(request_), data(text="hi"))
        assert isinstance(refusal, Refusal)
        assert refusal.remedy
