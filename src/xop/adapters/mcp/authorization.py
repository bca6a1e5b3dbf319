"""OAuth: tokens for a connection, found and renewed by the SDK's flow, whose requests leave by our own exchange."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from xop.adapters.mcp.exchange import Exchange
from xop.adapters.mcp.failures import ChallengedError, UnsentError, UnsureError
from xop.adapters.mcp.settings import MODERN, ClientCredentials, Settings
from xop.adapters.mcp.trip import Trip
from xop.ports.adapter import Secrets
from xop.ports.secret import resolve

_MOST_REQUESTS = 20
"""Requests of one flow."""


class Memory:
    """Keeps tokens for as long as the connection is open."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        """Return the tokens."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keep tokens."""
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Return the client's registration."""
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keep the client's registration."""
        self.client = client_info


class Authorization:
    """Puts a cached token on requests, and goes through the flow only when a server asks for another one."""

    def __init__(
        self, provider: OAuthClientProvider, url: str, exchange: Exchange, origins: frozenset[str] | None = None
    ) -> None:
        self._provider = provider
        self._url = url
        self._exchange = exchange
        self._origins = origins
        """Where the flow may lead; None for anywhere."""
        self._token: Mapping[str, str] = {}
        self._lock = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        """Return the token that was given last."""
        return self._token

    async def renew(self, challenge: ChallengedError, sent: Mapping[str, str]) -> bool:
        """Get another token, unless another call has got one meanwhile; return whether there is one to try."""
        async with self._lock:
            before = dict(self._token)
            if before and sent.get("Authorization") != before.get("Authorization"):
                return True
            try:
                self._token = await self._flow(challenge)
            except (UnsentError, UnsureError) as error:
                detail = f"no token could be had: {error.detail}"
                raise UnsentError(detail, again=True, unhealthy=True) from error
            except Exception as error:
                # The SDK raises whatever its reading of a server's answers runs into.
                detail = f"no token could be had: {type(error).__name__}"
                raise UnsentError(detail, again=False, unhealthy=True) from error
            return self._token != before

    async def _flow(self, challenge: ChallengedError) -> Mapping[str, str]:
        headers = {"mcp-protocol-version": MODERN, **self._token}
        call = httpx2.Request("POST", self._url, headers=headers)
        flow = self._provider.async_auth_flow(call)
        told = False
        try:
            request = await anext(flow)
            for _ in range(_MOST_REQUESTS):
                if request is not call:
                    request = await flow.asend(await self._send(request))  # codespell:ignore asend
                    continue
                found = request.headers.get("authorization")
                if told or found != self._token.get("Authorization"):
                    return {"Authorization": found} if found else {}
                # The server has refused this call already: the flow goes on from there.
                told = True
                refusal = httpx2.Response(challenge.status, headers=dict(challenge.headers), request=request)
                request = await flow.asend(refusal)  # codespell:ignore asend
        except StopAsyncIteration:
            return {}
        finally:
            await flow.aclose()
        raise UnsentError("the flow has no end", again=False)

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        url = str(request.url)
        if self._origins is not None and origin_of(url) not in self._origins:
            raise UnsentError(f"the server leads to {origin_of(url)}, which is not the issuer's", again=False)
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        body: Any = await request.aread() or None
        async with self._exchange.request(request.method, url, body, headers, Trip()) as answer:
            content = await self._exchange.content(answer)
            return httpx2.Response(answer.status, headers=dict(answer.headers), content=content, request=request)


def client_credentials(
    auth: ClientCredentials, settings: Settings, secrets: Secrets, exchange: Exchange
) -> Authorization:
    """Return the authorization of a program as itself; raises MissingSecretError."""
    provider = ClientCredentialsOAuthProvider(
        settings.url,
        Memory(),
        auth.client_id,
        resolve(auth.client_secret, secrets),
        auth.method,
        auth.scope or None,
        auth.issuer,
    )
    return Authorization(provider, settings.url, exchange, frozenset({origin_of(settings.url), origin_of(auth.issuer)}))


def origin_of(url: str) -> str:
    """Return the scheme, host and port of an address."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return f"{parts.scheme}://{parts.hostname}:{port}"
