"""The bakery behind its HTTP API: a real platform on a store of its own, and a client for each principal."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from xop.assembly import KINDS, Platform, compiled, workspace_files
from xop.faces.http import build_app, listen, serve
from xop.faces.speeches import catalogued
from xop.kernel.release import Release
from xop.runtimes.embedded import EmbeddedRuntime

FOLDER = Path(__file__).parent / "workspace"

SIGNING = "whsec_" + base64.b64encode(b"what only the courier knows").decode()

KEYS = {
    "till": "key-of-the-till",
    "other_till": "key-of-the-other-till",
    "helper": "key-of-the-helper",
    "shy": "key-of-the-shy-one",
    "olga": "key-of-olga",
    "sue": "key-of-sue",
    "root": "key-of-root",
    "paul": "key-of-paul",
    "nina": "key-of-nina",
    "dpo": "key-of-the-dpo",
    "twin_one": "key-of-both-twins",
    "mill": "key-of-the-mill",
    "courier": "key-of-the-courier",
}

_SECRETS = {f"{name.upper()}_KEY": key for name, key in KEYS.items()} | {
    "COURIER_SIGNING": SIGNING,
    "TWIN_KEY": KEYS["twin_one"],
    "TWIN_TOO_KEY": KEYS["twin_one"],
}

EVENT = {"specversion": "1.0", "source": "/till/1", "type": "bread.bought"}


class Bakery:
    """The API, asked by any principal."""

    def __init__(self, client: httpx.AsyncClient, platform: Platform) -> None:
        self.client = client
        self.platform = platform
        self.stop = asyncio.Event()
        """Set to stop the server, where there is a real one."""
        self._sent = 0

    async def ask(self, method: str, path: str, who: str | None = "olga", **more: Any) -> httpx.Response:
        """Send a request as a principal; None sends no key."""
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["authorization"] = f"Bearer {KEYS[who]}"
        return await self.client.request(method, path, headers=headers, **more)

    async def get(self, path: str, who: str | None = "olga", **more: Any) -> httpx.Response:
        """Ask a question."""
        return await self.ask("GET", path, who, **more)

    async def post(self, path: str, body: Any, who: str | None = "olga", **more: Any) -> httpx.Response:
        """Make a wish in JSON."""
        return await self.ask("POST", path, who, json=body, **more)

    async def event(self, *, who: str = "till", **attributes: Any) -> httpx.Response:
        """Send a structured CloudEvent, with a fresh id unless one is given."""
        self._sent += 1
        event = {**EVENT, "id": f"e-{self._sent}", **attributes}
        headers = {"content-type": "application/cloudevents+json"}
        return await self.ask("POST", "/v1/signals", who, json=event, headers=headers)

    async def customer(self, identifier: str, **attributes: Any) -> str:
        """Make a customer known by an identifier and return their id."""
        response = await self.event(subject=identifier, **attributes)
        assert response.status_code == 200, response.text
        customer: str = response.json()["customer"]
        return customer

    async def propose(self, action: str, customer: str, who: str = "olga", **more: Any) -> dict[str, Any]:
        """Propose an action and return the verdict."""
        response = await self.post("/v1/proposals", {"action": action, "customer": customer, **more}, who)
        assert response.status_code == 200, response.text
        verdict: dict[str, Any] = response.json()
        return verdict


@cache
def _release() -> Release:
    return compiled(workspace_files(FOLDER))


async def platform_of(data: Path) -> Platform:
    """Return the bakery's platform on a data folder; its workspace is compiled once for all tests."""
    runtime, release = await EmbeddedRuntime.open(data), _release()
    await runtime.releases.publish(release.digest, release.name, workspace_files(FOLDER), runtime.clock.now(), "cli")
    return Platform(runtime, release, KINDS, _SECRETS.get)


@asynccontextmanager
async def open_bakery(data: Path) -> AsyncIterator[Bakery]:
    """Open the bakery on a data folder."""
    platform = await platform_of(data)
    try:
        await platform.start()
        transport = httpx.ASGITransport(build_app(platform, speeches=catalogued(data)))
        async with httpx.AsyncClient(transport=transport, base_url="http://bakery.test", timeout=20) as client:
            yield Bakery(client, platform)
    finally:
        await platform.stop()


@asynccontextmanager
async def serve_bakery(data: Path) -> AsyncIterator[Bakery]:
    """Open the bakery on a data folder behind a real server on the loopback address."""
    platform = await platform_of(data)
    ready = asyncio.Event()
    try:
        await platform.start()
        with listen() as listening:
            url = "http://{}:{}".format(*listening.getsockname())
            async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
                bakery = Bakery(client, platform)
                server = asyncio.create_task(serve(platform, listening, ready.set, bakery.stop))
                async with asyncio.timeout(10):
                    await ready.wait()
                yield bakery
            bakery.stop.set()
            async with asyncio.timeout(10):
                await server
    finally:
        await platform.stop()


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return a response's problem document after checking that it is the one expected."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["code"] == code, document
    assert document["type"] == f"urn:xop:problem:{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["remedy"]
    return document
