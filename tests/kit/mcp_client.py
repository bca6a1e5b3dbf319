"""Plays one scenario of the MCP conformance suite with our upstream client: `python tests/kit/mcp_client.py URL`.

The suite names the scenario and what it needs in the environment. Every usable tool is called once, with the arguments
that the suite gives or that the tool's schema asks for; questions are answered, and the call is made again.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata
from pydantic import AnyUrl

from xop.adapters.mcp.authorization import Authorization, Memory
from xop.adapters.mcp.call import Call
from xop.adapters.mcp.definitions import Listed, everything, mirrors, unusable
from xop.adapters.mcp.exchange import Exchange
from xop.adapters.mcp.failures import UnsentError
from xop.adapters.mcp.message import Answer
from xop.adapters.mcp.settings import MODERN, ClientCredentials, Settings
from xop.adapters.mcp.upstream import Upstream

REDIRECT = AnyUrl("http://localhost:8732/callback")
METADATA = "https://conformance-test.local/client-metadata.json"
_SAMPLES = {"string": "sample", "integer": 3, "number": 5, "boolean": True}
_SECONDS = 25


class Told:
    """A line on which every question is answered, by what came before."""

    def __init__(self, **along: Any) -> None:
        self.along: Mapping[str, Any] = along

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Hear nothing."""

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:  # noqa: ARG002 - as the port has it
        """Answer a form with what it proposes itself."""
        properties = params.get("requestedSchema", {}).get("properties", {})
        proposed = {name: each["default"] for name, each in properties.items() if "default" in each}
        return {"action": "accept", "content": proposed}

    def give(self, result: Mapping[str, Any]) -> None:
        """Need no result."""


class Person:
    """Somebody who logs in at once and comes back with a code."""

    def __init__(self) -> None:
        self._location = ""

    async def visit(self, url: str) -> None:
        """Open the page to log in on; it sends back at once."""
        async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
            self._location = answer.headers.get("location", "")

    async def back(self) -> AuthorizationCodeResult:
        """Return what the address held to which the page sent back."""
        query = parse_qs(urlsplit(self._location).query)
        first = {name: values[0] for name, values in query.items()}
        return AuthorizationCodeResult(code=first["code"], state=first.get("state"), iss=first.get("iss"))


def authorization(url: str, context: Mapping[str, Any], exchange: Exchange) -> Authorization:
    """Return the authorization of a person who stands by."""
    memory, person = Memory(), Person()
    if "client_id" in context and "client_secret" in context:
        memory.client = OAuthClientInformationFull(
            client_id=context["client_id"],
            client_secret=context["client_secret"],
            redirect_uris=[REDIRECT],
            token_endpoint_auth_method="client_secret_basic",
            issuer=context.get("issuer"),
        )
    metadata = OAuthClientMetadata(
        client_name="xop",
        redirect_uris=[REDIRECT],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
    )
    provider = OAuthClientProvider(url, metadata, memory, person.visit, person.back, METADATA)
    return Authorization(provider, url, exchange)


async def itself(url: str, context: Mapping[str, Any]) -> ClientCredentials:
    """Return the credentials of a program as itself, for the issuer that the server's metadata names."""
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource{parts.path}"
    async with aiohttp.ClientSession() as session, session.get(where) as answer:
        issuer = (await answer.json())["authorization_servers"][0]
    return ClientCredentials(issuer, context["client_id"], "${env:CLIENT_SECRET}")


def sample(schema: Any) -> dict[str, Any]:
    """Return arguments that a tool's schema asks for."""
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    return {name: _SAMPLES.get(each.get("type"), "sample") for name, each in properties.items()}


def answered(result: Mapping[str, Any]) -> Told:
    """Return a line with answers to all that a tool asked for."""
    responses = {name: _response(each) for name, each in (result.get("inputRequests") or {}).items()}
    state = {"requestState": result["requestState"]} if "requestState" in result else {}
    return Told(inputResponses=responses, clientCapabilities={"elicitation": {}}, **state)


def _response(request: Mapping[str, Any]) -> dict[str, Any]:
    schema = request.get("params", {}).get("requestedSchema")
    return {"action": "accept", "content": sample(schema)}


async def call(upstream: Upstream, name: str, arguments: Mapping[str, Any]) -> Answer:
    """Call a tool, answering what it asks for."""
    line = Told(clientCapabilities={"elicitation": {}})
    for _ in range(3):
        answer = await upstream.call(Call("tools/call", {"name": name, "arguments": arguments}, line))
        if answer.result is None or answer.result.get("resultType") != "input_required":
            return answer
        line = answered(answer.result)
    return answer


async def play(url: str, context: Mapping[str, Any]) -> None:
    """Play the scenario."""
    revision = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", MODERN)
    scenario = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
    alone = scenario == "auth/client-credentials-basic"
    auth = await itself(url, context) if alone else None
    settings = Settings(url=url, auth=auth, protocol="auto" if revision == MODERN else "legacy")
    upstream = Upstream(settings, lambda name: context.get(name.lower()), 4)
    if scenario.startswith("auth/") and not alone:
        upstream.authorize(lambda exchange: authorization(url, context, exchange))
    try:
        live = (await everything(upstream)).found
        await _use(upstream, live, context)
    finally:
        await upstream.close()


async def _use(upstream: Upstream, live: Listed, context: Mapping[str, Any]) -> None:
    tools = {name: each for name, each in live.get("tools", {}).items() if unusable(each) is None}
    upstream.mirrors = mirrors(tools)
    given = context.get("toolCalls") or [
        {"name": name, "arguments": sample(each.get("inputSchema"))} for name, each in tools.items()
    ]
    for each in given:
        await call(upstream, each["name"], each.get("arguments") or {})
    for uri in live.get("resources", ()):
        await upstream.call(Call("resources/read", {"uri": uri}))
    for name in live.get("prompts", ()):
        await upstream.call(Call("prompts/get", {"name": name, "arguments": {}}))


def main() -> int:
    """Play the scenario against the address given last; returns the exit code."""
    context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
    try:
        asyncio.run(asyncio.wait_for(play(sys.argv[-1], context), _SECONDS))
    except UnsentError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
