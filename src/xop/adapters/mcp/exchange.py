"""One pooled HTTP session with one server: bounded, without redirects, and never into an internal network unasked."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from xop.adapters.mcp.events import STREAMS, Events
from xop.adapters.mcp.failures import ChallengedError, UncheckedError, UnsentError, UnsureError
from xop.adapters.mcp.hosts import InternalAddressError, PublicResolver, names_loopback, public_sockets
from xop.adapters.mcp.settings import Settings
from xop.adapters.mcp.trip import Trip
from xop.ports.retry_after import retry_after

_NOT_YET = (408, 425, 429, 503)
"""The server says that it did not process the request and may do so later."""

_CHALLENGES = (401, 403)

KEPT_ALIVE = 4.0
"""Seconds: common servers close after five, and a request must not meet that."""

JSON = "application/json"
STREAM = "text/event-stream"

_TRIP: ContextVar[Trip] = ContextVar("trip")
"""The trip of the request that asks for a connection."""


class Exchange:
    """Posts to one server over kept connections."""

    def __init__(self, settings: Settings, concurrency: int, resolver: Any = None) -> None:
        self.opened = 0
        """Connections opened so far."""
        self._url = settings.url
        self._largest = settings.largest_result
        guarded, loopback = not settings.internal, names_loopback(settings.url)
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_create_end.append(self._open)
        tracing.on_connection_create_end.append(_left)
        tracing.on_connection_reuseconn.append(_left)
        self._session = aiohttp.ClientSession(
            connector=_Connector(
                limit=concurrency,
                keepalive_timeout=KEPT_ALIVE,
                ssl=settings.verify,
                resolver=resolver or (PublicResolver() if guarded and not loopback else None),
                socket_factory=public_sockets(loopback=loopback) if guarded else None,
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the caller keeps the time of the whole
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,  # a proxy or .netrc of the host must not see or change what is sent
            trace_configs=[tracing],
            headers={"Accept-Encoding": "identity", "User-Agent": "xop"},
        )

    @asynccontextmanager
    async def post(self, body: bytes, headers: Mapping[str, str], trip: Trip) -> AsyncIterator[aiohttp.ClientResponse]:
        """Post to the server and give its answer; raises UnsentError or UnsureError for whatever breaks meanwhile."""
        sent = {"Content-Type": JSON, "Accept": f"{JSON}, {STREAM}", **headers}
        async with self.request("POST", self._url, body, sent, trip) as answer:
            yield answer

    @asynccontextmanager
    async def request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], trip: Trip
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send any request within the same bounds."""
        trip.left = False
        _TRIP.set(trip)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False, trace_request_ctx=trip
            ) as answer:
                yield answer
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
            raise _broken(error, trip) from error

    async def content(self, answer: aiohttp.ClientResponse) -> bytes:
        """Return an answer's body; raises UnsureError for one that is too large, or packed so that its size is unknown."""
        _require_plain(answer)
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > self._largest:
                raise UnsureError(f"the answer has more than {self._largest} bytes")
        return bytes(content)

    async def chunks(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """Yield an answer's body as it comes, a stream's longer than another's."""
        _require_plain(answer)
        limit = self._largest * (STREAMS if answer.content_type == STREAM else 1)
        taken = 0
        async for chunk in answer.content.iter_any():
            taken += len(chunk)
            if taken > limit:
                raise UnsureError(f"the answer has more than {limit} bytes")
            yield chunk

    async def events(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """Yield the data of an answer's events as they come."""
        _require_plain(answer)
        events = Events(self._largest)
        async for chunk in answer.content.iter_any():
            for data in events.feed(chunk):
                yield data

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _open(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _params: Any) -> None:
        self.opened += 1


class _Connector(aiohttp.TCPConnector):
    """Lends a connection to a call that may still be sent once the connection is there."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - as the library has it
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        try:
            _TRIP.get().require_check()
        except UncheckedError:
            connection.release()
            raise
        return connection


def judge(answer: aiohttp.ClientResponse) -> None:
    """Raise what a status means that promises no JSON-RPC answer."""
    status = answer.status
    if status in _CHALLENGES:
        raise ChallengedError(status, {name.lower(): value for name, value in answer.headers.items()})
    if status in _NOT_YET:
        wait = retry_after(answer.headers.get("retry-after"), int(time.time() * 1000))
        raise UnsentError(f"answered {phrase(status)}", again=True, retry_after=wait, unhealthy=status == 503)  # noqa: PLR2004 - the one of them that says that the server is in trouble
    if 300 <= status < 400:  # noqa: PLR2004 - where redirects begin and end
        detail = f"answered {phrase(status)}; redirects are not followed: write the final address"
        raise UnsentError(detail, again=False)


def phrase(status: int) -> str:
    """Return a status with its standard phrase; what the server wrote there could hold anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _broken(error: Exception, trip: Trip) -> Exception:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, InternalAddressError):
            remedy = "where that is meant, write `internal: true` in the connection's settings"
            return UnsentError(f"{cause}: {remedy}", again=False, unhealthy=True)
        cause = cause.__cause__ or cause.__context__
    if not trip.left:
        return UnsentError(f"the server cannot be reached: {type(error).__name__}", again=True, unhealthy=True)
    return UnsureError(f"the exchange broke off: {type(error).__name__}")


async def _left(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
    context.trace_request_ctx.left = True


def _require_plain(answer: aiohttp.ClientResponse) -> None:
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsureError("the answer is compressed, so that its size is unknown")
