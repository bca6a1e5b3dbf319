"""The exchange: a real platform behind a real server, and what an agent's client does with it over MCP."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from xop.assembly import KINDS, Platform, compiled, workspace_files
from xop.faces.http import listen, serve
from xop.faces.mcp.mounting import McpMount
from xop.kernel.facts import InvocationDone
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.runtimes.embedded import EmbeddedRuntime

FOLDER = Path(__file__).parent / "workspace"

VERSION = "2026-07-28"
TASKS: dict[str, Any] = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
FORMS: dict[str, Any] = {"elicitation": {"form": {}}}
LINKS: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}}

ANN = "email:ann@example.org"
SEAL_KEY = b"only these tests know this key!!" * 2

KEYS = {name: f"key-of-{name}" for name in ("guide", "rival", "seller", "tied", "ghost", "sue", "web")}
SIGNING_SECRET = "whsec_" + b64encode(b"only these tests sign with this!").decode()
_SECRETS = {f"{name.upper()}_KEY": key for name, key in KEYS.items()} | {"GUIDE_SIGNING": SIGNING_SECRET}

_NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class Exchange:
    """The server, asked by any principal."""

    def __init__(self, client: httpx.AsyncClient, platform: Platform, url: str) -> None:
        self.client = client
        self.platform = platform
        self.url = url
        self._asked = 0

    async def post(self, body: Any, headers: dict[str, str], query: str = "") -> httpx.Response:
        """Send a body to the endpoint as it is."""
        return await self.client.post(f"/mcp{query}", json=body, headers=headers)

    async def ask(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        who: str | None = "guide",
        *,
        can: dict[str, Any] | None = None,
        meta: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> httpx.Response:
        """Send a request of the current revision."""
        self._asked += 1
        envelope = {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": can or {},
            **(meta or {}),
        }
        params = {**(params or {}), "_meta": envelope}
        told = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": method,
            **({"authorization": f"Bearer {KEYS[who]}"} if who else {}),
        }
        named = params.get(_NAMED.get(method, "taskId"))
        if named is not None:
            told["mcp-name"] = named
        body = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params}
        return await self.post(body, {**told, **(headers or {})}, query)

    async def result(
        self, method: str, params: dict[str, Any] | None = None, who: str | None = "guide", **more: Any
    ) -> Any:
        """Send a request and return its result."""
        response = await self.ask(method, params, who, **more)
        document = response.json()
        assert response.status_code == 200, document
        assert "result" in document, document
        return document["result"]

    async def error(
        self, method: str, params: dict[str, Any] | None = None, who: str | None = "guide", **more: Any
    ) -> Any:
        """Send a request and return its error with the status it came with."""
        response = await self.ask(method, params, who, **more)
        return {"status": response.status_code, **response.json()["error"]}

    async def call(self, tool: str, arguments: dict[str, Any] | None = None, who: str = "guide", **more: Any) -> Any:
        """Call a tool for Ann and return the result; what `more` holds beside that goes into the request."""
        extra = more.pop("extra", {})
        params = {"name": tool, "arguments": {"customer": ANN, **(arguments or {})}, **extra}
        return await self.result("tools/call", params, who, **more)

    async def tell(self, kind: str, who: str = "web", subject: str = ANN, **data: Any) -> None:
        """Send a signal about a customer, Ann when nobody is named."""
        self._asked += 1
        event = {"specversion": "1.0", "source": "/web", "id": f"e-{self._asked}", "type": kind, "subject": subject}
        headers = {"content-type": "application/cloudevents+json", "authorization": f"Bearer {KEYS[who]}"}
        response = await self.client.post("/v1/signals", json={**event, "data": data}, headers=headers)
        assert response.status_code == 200, response.text

    async def approve(self, invocation: str, *, approved: bool = True, arguments: dict[str, Any] | None = None) -> None:
        """Have the supervisor answer a held invocation, perhaps with other arguments, and wait for what comes of it."""
        body = {"approved": approved, **({} if arguments is None else {"arguments": arguments})}
        headers = {"authorization": f"Bearer {KEYS['sue']}"}
        response = await self.client.post(f"/v1/invocations/{invocation}/approval", json=body, headers=headers)
        assert response.status_code == 200, response.text
        name = response.json().get("successor") or invocation
        customer = await self.platform.engine.part(Identifier("email", ANN.removeprefix("email:")))
        assert customer is not None
        assert await self.platform.engine.ended(name, customer, 0, 20) is not None

    async def decision(self, result: dict[str, Any]) -> Any:
        """Return the decision that a result names."""
        stored = await self.platform.runtime.ledger.decided(result["_meta"]["io.xop/decision"])
        assert stored is not None
        return stored.entry.decision

    async def carried_out(self, action: str) -> int:
        """Return how often an action was carried out."""
        entries = await self.platform.runtime.ledger.page(0, 100_000)
        facts = [fact for stored in entries for fact in stored.entry.facts]
        return sum(isinstance(fact, InvocationDone) and fact.action == action for fact in facts)


@cache
def _release() -> Release:
    return compiled(workspace_files(FOLDER))


async def _platform(data: Path, files: dict[str, bytes] | None) -> Platform:
    """Return the platform on a data folder; the workspace, unless it is another, is compiled once for all tests."""
    runtime, release = await EmbeddedRuntime.open(data), _release() if files is None else compiled(files)
    files = workspace_files(FOLDER) if files is None else files
    await runtime.releases.publish(release.digest, release.name, files, runtime.clock.now(), "cli")
    return Platform(runtime, release, KINDS, _SECRETS.get)


@asynccontextmanager
async def open_exchange(
    data: Path, *, agent: str = "", files: dict[str, bytes] | None = None
) -> AsyncIterator[Exchange]:
    """Open the exchange on a data folder, perhaps with other files, behind a real server on the loopback address."""
    platform = await _platform(data, files)
    stop, ready = asyncio.Event(), asyncio.Event()
    try:
        await platform.start()
        with listen() as listening:
            url = "http://{}:{}".format(*listening.getsockname())
            async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
                mounts = (McpMount(SEAL_KEY, agent),)
                server = asyncio.create_task(serve(platform, listening, ready.set, stop, mounts))
                async with asyncio.timeout(10):
                    await ready.wait()
                try:
                    yield Exchange(client, platform, url)
                finally:
                    stop.set()
                    async with asyncio.timeout(30):
                        await server
    finally:
        await platform.stop()


def said(result: dict[str, Any]) -> str:
    """Return the text of a result."""
    return " ".join(each["text"] for each in result["content"])
