"""Client credentials for an MCP server: got once, kept, renewed when refused, and shown to nobody but their issuer."""

import asyncio
import json
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.adapters.mcp_server import NOTE, accepted, answer, call, head_of
from xop.adapters.mcp import McpKind
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import pinned

SECRET = "s3cret-of-xop"


@dataclass
class Guarded:
    """An MCP server and its authorization server in one, with other places that it may point to."""

    port: int = 0
    issuer: str = ""
    """The issuer that the server names; itself by default."""
    token_place: str = ""
    """The token endpoint that the issuer names; its own by default."""
    good: str = "token-1"
    refuses: bool = False
    """Whether no token is good enough any more."""
    tokens: list[str] = field(default_factory=list)
    """What asked for tokens: the body of each request."""
    calls: list[str] = field(default_factory=list)
    """The credentials of each request for tools."""
    paths: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                writer.write(self.respond(head[0].split(" ")[1], headers, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def respond(self, path, headers, body):
        self.paths.append(path)
        if path == "/mcp":
            return self._called(headers, json.loads(body))
        if path == "/token":
            self.tokens.append(f"{headers.get('authorization', '')} {body.decode()}")
            token = f"worthless-{len(self.tokens)}" if self.refuses else self.good
            return document({"access_token": token, "token_type": "Bearer", "expires_in": 3600})
        if path.startswith("/.well-known/oauth-protected-resource"):
            return document({"resource": f"{self.origin}/mcp", "authorization_servers": [self.issuer or self.origin]})
        if path.startswith("/.well-known/oauth-authorization-server"):
            return document(
                {
                    "issuer": self.origin,
                    "authorization_endpoint": f"{self.origin}/authorize",
                    "token_endpoint": self.token_place or f"{self.origin}/token",
                    "response_types_supported": ["code"],
                    "grant_types_supported": ["client_credentials"],
                    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                }
            )
        return head_of(404, "text/plain", 0)

    def _called(self, headers, message):
        self.calls.append(headers.get("authorization", ""))
        if self.refuses or headers.get("authorization") != f"Bearer {self.good}":
            return head_of(401, "text/plain", 0, WWW_Authenticate="Bearer")
        results: dict[str, Any] = {
            "server/discover": {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}},
            "tools/list": {"tools": [NOTE], "ttlMs": 300_000},
            "tools/call": {"content": [{"type": "text", "text": "noted"}]},
        }
        if message["method"] not in results:
            return head_of(404, "text/plain", 0)
        return answer(message["id"], results[message["method"]])


def document(value):
    body = json.dumps(value).encode()
    return head_of(200, "application/json", len(body)) + body


@asynccontextmanager
async def guarded(**fields):
    server = Guarded(**fields)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


@asynccontextmanager
async def adapter_of(server):
    auth = {
        "scheme": "client_credentials",
        "issuer": server.origin,
        "client_id": "xop",
        "client_secret": "${env:XOP_SECRET}",
        "scope": "notes",
    }
    connection = Connection("outside", "mcp", {"url": f"{server.origin}/mcp", "auth": auth})
    assert McpKind().check_connection(connection) == []
    adapter = McpKind().open(pinned(connection, accepted(NOTE)), {"XOP_SECRET": SECRET}.get)
    yield adapter
    await adapter.close()


@pytest.fixture
async def server(anyio_backend):
    async with guarded() as running:
        yield running


async def test_a_token_is_got_once_for_many_calls(server):
    async with adapter_of(server) as adapter:
        sent = await asyncio.gather(*(adapter.send(call()) for _ in range(16)))
        await adapter.send(call())

    basic = b64encode(f"xop:{SECRET}".encode()).decode()
    asked = parse_qs(server.tokens[0].rpartition(" ")[2])
    assert {each.result for each in sent} == {"done"}
    assert len(server.tokens) == 1
    assert server.tokens[0].startswith(f"Basic {basic} ")
    assert asked["grant_type"] == ["client_credentials"]
    assert asked["resource"] == [f"{server.origin}/mcp"]


async def test_a_token_that_is_refused_later_is_renewed_and_the_call_made_again(server):
    async with adapter_of(server) as adapter:
        first = await adapter.send(call())
        server.good = "token-2"
        again = await asyncio.gather(*(adapter.send(call()) for _ in range(16)))

    assert {each.result for each in (first, *again)} == {"done"}
    assert len(server.tokens) == 2
    assert server.calls[-1] == "Bearer token-2"


async def test_a_server_that_names_another_issuer_gets_nobody_s_secret(server):
    async with guarded() as thief:
        server.issuer = thief.origin
        async with adapter_of(server) as adapter:
            sent = await adapter.send(call())

        assert sent.result in ("failed", "retry")
        assert SECRET not in sent.detail
        assert thief.paths == []
        assert server.tokens == []


async def test_an_issuer_that_names_another_token_endpoint_sends_no_secret_there(server):
    async with guarded() as thief:
        server.token_place = f"{thief.origin}/token"
        async with adapter_of(server) as adapter:
            sent = await adapter.send(call())

        assert sent.result in ("failed", "retry")
        assert thief.paths == []


async def test_a_server_that_refuses_every_token_is_not_asked_for_ever(server):
    async with adapter_of(server) as adapter:
        await adapter.send(call())
        server.refuses = True
        sent = await adapter.send(call())

    assert sent.result == "failed"
    assert len(server.tokens) <= 4
