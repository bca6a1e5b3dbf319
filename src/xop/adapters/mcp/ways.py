"""Ways to a server that keeps sessions: by our own bounded exchange, or by the streams of a program."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import httpx2
from mcp import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from xop.adapters.mcp.credentials import Credentials
from xop.adapters.mcp.exchange import Exchange, judge
from xop.adapters.mcp.failures import ChallengedError, UnsentError, UnsureError
from xop.adapters.mcp.sessions import Session
from xop.adapters.mcp.settings import Settings
from xop.adapters.mcp.trip import Trip
from xop.ports.adapter import Secrets
from xop.ports.secret import resolve

_OWN = ("host", "content-length", "accept-encoding", "connection", "user-agent")


class OwnTransport(httpx2.AsyncBaseTransport):
    """Carries the SDK's requests by our own exchange, with its bounds, guards and credentials."""

    def __init__(
        self,
        exchange: Exchange,
        credentials: Credentials,
        headers: Callable[[], Mapping[str, str]],
        session: Session,
    ) -> None:
        self._exchange = exchange
        self._credentials = credentials
        self._headers = headers
        self._session = session

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; a break is kept for the call that waits for it."""
        try:
            return await self._sent(request, await request.aread())
        except (UnsentError, UnsureError) as failure:
            if request.method == "POST":
                self._session.failure = failure
            raise httpx2.TransportError(failure.detail, request=request) from failure

    async def _sent(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        own = {name: value for name, value in request.headers.items() if name not in _OWN}
        challenge: ChallengedError | None = None
        trip = self._session.trip() if request.method == "POST" else Trip()
        for _ in range(2):
            headers = {**own, **self._headers(), **await self._credentials.headers()}
            stack = AsyncExitStack()
            try:
                answer = await stack.enter_async_context(
                    self._exchange.request(request.method, str(request.url), body, headers, trip)
                )
                judge(answer)
            except ChallengedError as error:
                await stack.aclose()
                challenge = error
                if not await self._credentials.renew(error, headers):
                    break
                continue
            except BaseException:
                await stack.aclose()
                raise
            concerned = self._session if request.method == "POST" else None
            stream = _Bounded(self._exchange, answer, stack, concerned)
            return httpx2.Response(answer.status, headers=dict(answer.headers), stream=stream, request=request)
        detail = f"answered {challenge.status if challenge else 401}: check the connection's `auth`"
        raise UnsentError(detail, again=False, unhealthy=True)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, exchange: Exchange, answer: Any, stack: AsyncExitStack, session: Session | None) -> None:
        self._exchange = exchange
        self._answer = answer
        self._stack = stack
        self._session = session

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._exchange.chunks(self._answer):
                yield chunk
        except (UnsentError, UnsureError) as failure:
            if self._session is not None:
                self._session.failure = failure
            raise httpx2.TransportError(failure.detail) from failure
        except (aiohttp.ClientError, OSError) as error:
            # The SDK knows how to go on with a stream that broke, where the server numbered its events.
            raise httpx2.ReadError(f"the stream broke off: {type(error).__name__}") from error

    async def aclose(self) -> None:
        await self._stack.aclose()


def by_http(
    settings: Settings, exchange: Exchange, credentials: Credentials, headers: Callable[[], Mapping[str, str]]
) -> Callable[[Session], Any]:
    """Return the way to a server of an earlier revision."""

    @asynccontextmanager
    async def way(session: Session) -> AsyncIterator[Any]:
        transport = OwnTransport(exchange, credentials, headers, session)
        async with (
            httpx2.AsyncClient(transport=transport, timeout=None) as client,
            streamable_http_client(
                settings.url, http_client=client, max_sse_event_size=settings.largest_result
            ) as streams,
        ):
            yield streams

    return way


def by_streams(settings: Settings, secrets: Secrets) -> Callable[[Session], Any]:
    """Return the way to a program; what it writes to its error stream goes nowhere."""

    @asynccontextmanager
    async def way(_session: Session) -> AsyncIterator[Any]:
        env = {name: resolve(value, secrets) for name, value in settings.env.items()}
        program, *arguments = settings.command
        parameters = StdioServerParameters(command=program, args=arguments, env=env)
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: ASYNC230, PTH123 - a device that never blocks
            async with stdio_client(parameters, errlog=nowhere) as streams:
                yield streams

    return way
