"""An authorization server on loopback, and the bakery that trusts it."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey

from tests.faces.http.bakery import _SECRETS, FOLDER, Bakery
from xop.assembly import KINDS, Platform, compiled, workspace_files
from xop.faces.http import build_app
from xop.runtimes.embedded import EmbeddedRuntime

ADDRESS = "https://bakery.test"

CLIENT = "helper-client"
"""The client that the agent `helper` is; the agent `clerk` is `clerk-client`, which may do more."""


class Authority:
    """Signs tokens and serves its public keys, as told."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: list[Key] = [RSAKey.generate_key(2048, {"kid": "one"})]
        self.asked = 0
        self.status = 200
        self.content: bytes | None = None
        """What is served instead of the keys."""

    @property
    def issuer(self) -> str:
        """Its identifier."""
        return f"{self.url}/realm"

    def token(self, key: Key | None = None, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """Return a token for the helper's client that gives all it may have; a claim of None is left out."""
        key = key or self.keys[0]
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": ADDRESS,
            "sub": "somebody",
            "client_id": CLIENT,
            "iat": now,
            "exp": now + 300,
            "scope": "xop:proposals xop:customers xop:decisions",
            **claims,
        }
        stated = {"alg": "RS256", "typ": "at+jwt", "kid": key.kid, **(header or {})}
        present = {name: value for name, value in told.items() if value is not None}
        kept = {name: value for name, value in stated.items() if value is not None}
        return jwt.encode(kept, present, key, algorithms=[kept["alg"]])

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request for the keys."""
        del request
        self.asked += 1
        content = self.content
        if content is None:
            return web.json_response(KeySet(self.keys).as_dict(), status=self.status)
        return web.Response(body=content, status=self.status, headers={"location": self.url + "/keys"})


@asynccontextmanager
async def open_authority() -> AsyncIterator[Authority]:
    """Run an authorization server until the block ends."""
    authority = Authority()
    app = web.Application()
    app.router.add_get("/keys", authority.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        authority.url = f"http://{host}:{port}"
        yield authority
    finally:
        await runner.cleanup()


def trusting_files(issuers: str, address: str = ADDRESS) -> dict[str, bytes]:
    """Return the bakery's files with an address, some issuers and two agents that are clients."""
    files = workspace_files(FOLDER)
    head = files["workspace.toml"].decode()
    agents = files["agents.yaml"].decode()
    agents = agents.replace("  helper:\n", f"  helper:\n    client: {CLIENT}\n", 1)
    clerk = (
        "  clerk: {client: clerk-client, actions: [send_note], scopes: [proposals:write, facts:read, decisions:read]}\n"
    )
    agents = agents.replace("operators:\n", f"{clerk}operators:\n", 1)
    return {
        **files,
        "workspace.toml": f'address = "{address}"\n{head}\n{issuers}'.encode(),
        "agents.yaml": agents.encode(),
    }


def issuer_of(authority: Authority) -> str:
    """Return the section that names an authorization server."""
    return f'[oauth.issuers.realm]\nissuer = "{authority.issuer}"\njwks_uri = "{authority.url}/keys"\n'


@asynccontextmanager
async def open_with(data: Path, files: dict[str, bytes]) -> AsyncIterator[Bakery]:
    """Open a bakery with files of its own."""
    runtime, release = await EmbeddedRuntime.open(data), compiled(files)
    await runtime.releases.publish(release.digest, release.name, files, runtime.clock.now(), "cli")
    platform = Platform(runtime, release, KINDS, _SECRETS.get)
    try:
        await platform.start()
        transport = httpx.ASGITransport(build_app(platform))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=20) as client:
            yield Bakery(client, platform)
    finally:
        await platform.stop()
