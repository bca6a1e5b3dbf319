"""The revision without sessions: every call is one request and one answer, over kept connections."""

from collections.abc import Callable, Collection, Mapping
from itertools import count
from typing import Any

import aiohttp
from mcp.shared.inbound import NAME_BEARING_METHODS, encode_header_value, mcp_param_headers

from xop import __version__
from xop.adapters.mcp import line as lines
from xop.adapters.mcp.call import Call
from xop.adapters.mcp.credentials import Credentials
from xop.adapters.mcp.exchange import JSON, STREAM, Exchange, judge, phrase
from xop.adapters.mcp.failures import ChallengedError, UnsentError, UnsureError
from xop.adapters.mcp.message import Answer, answer_of, decode, encode
from xop.adapters.mcp.settings import MODERN
from xop.adapters.mcp.trip import Trip
from xop.ports.line import Line

CLIENT = {"name": "xop", "version": __version__}

_CHALLENGES = 3
"""Times that other credentials are tried for one call."""

_LATER = (401, 403, 429, 503)
"""Statuses of a server that may let somebody listen another time."""

Mirrors = Mapping[str, Mapping[tuple[str, ...], str]]
"""By tool: the arguments that headers mirror."""


class Stateless:
    """Calls one server; raises UnsentError or UnsureError where there is no answer."""

    def __init__(self, exchange: Exchange, credentials: Credentials, headers: Callable[[], Mapping[str, str]]) -> None:
        self.mirrors: Mirrors = {}
        self._exchange = exchange
        self._credentials = credentials
        self._headers = headers
        self._numbers = count(1)

    async def call(self, call: Call) -> Answer:
        """Return what the server answers."""
        number, method, params, line = next(self._numbers), call.method, call.params, call.line
        sent = {**params, **lines.answers(line), "_meta": self._meta(params, line, number)}
        body = encode(number, method, sent)
        for _ in range(_CHALLENGES):
            headers = {**self._routing(method, params), **self._headers(), **call.headers}
            headers.update(await self._credentials.headers())
            try:
                async with self._exchange.post(body, headers, call.trip) as answer:
                    return await self._read(answer, number, line)
            except ChallengedError as challenge:
                call.trip.left = False
                if not await self._credentials.renew(challenge, headers):
                    raise _refused(challenge) from challenge
        raise UnsentError("the server refuses the credentials it was given last", again=False, unhealthy=True)

    async def listen(self, filters: Mapping[str, Any], heard: Callable[[str], None]) -> None:
        """Hear what changes until the stream ends or exceeds its bounds; every notification's method goes to `heard`."""
        number = next(self._numbers)
        params = {"notifications": dict(filters)}
        body = encode(number, "subscriptions/listen", {**params, "_meta": self._meta(params, None, number)})
        headers = {**self._routing("subscriptions/listen", params), **self._headers()}
        headers.update(await self._credentials.headers())
        async with self._exchange.post(body, headers, Trip()) as answer:
            if answer.status != 200 or answer.content_type != STREAM:  # noqa: PLR2004 - what success is called
                raise UnsentError("the server lets nobody listen", again=answer.status in _LATER)
            async for data in self._exchange.events(answer):
                method = decode(data).get("method")
                if isinstance(method, str):
                    heard(method)

    async def capabilities(self) -> Collection[str]:
        """Return the names of what the server says it can do."""
        answer = await self.call(Call("server/discover"))
        named = (answer.result or {}).get("capabilities")
        return tuple(named) if isinstance(named, dict) else ()

    async def close(self) -> None:
        """Nothing is held: the exchange belongs to whoever made it."""

    def _meta(self, params: Mapping[str, Any], line: Line | None, number: int) -> dict[str, Any]:
        return {
            **params.get("_meta", {}),
            **lines.trace(line),
            **lines.wishes(line, number),
            f"{lines.PREFIX}protocolVersion": MODERN,
            f"{lines.PREFIX}clientCapabilities": lines.capabilities(line),
            f"{lines.PREFIX}clientInfo": CLIENT,
        }

    def _routing(self, method: str, params: Mapping[str, Any]) -> dict[str, str]:
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        key = NAME_BEARING_METHODS.get(method)
        if key is not None:
            headers["Mcp-Name"] = encode_header_value(str(params[key]))
        if method == "tools/call" and (mirrored := self.mirrors.get(params["name"])):
            headers.update(mcp_param_headers(mirrored, params.get("arguments") or {}))
        return headers

    async def _read(self, answer: aiohttp.ClientResponse, number: int, line: Line | None) -> Answer:
        judge(answer)
        if answer.status == 200 and answer.content_type == STREAM:  # noqa: PLR2004 - what success is called
            return await self._stream(answer, number, line)
        if answer.content_type == JSON:
            content = await self._exchange.content(answer)
            found = _error_of(content) if answer.status >= 400 else answer_of(decode(content), number)  # noqa: PLR2004 - where errors begin
            if found is not None:
                return found
        if 400 <= answer.status < 500:  # noqa: PLR2004 - the client's mistakes
            raise UnsentError(f"answered {phrase(answer.status)}", again=False, status=answer.status)
        raise UnsureError(f"answered {phrase(answer.status)} without an answer to the call")

    async def _stream(self, answer: aiohttp.ClientResponse, number: int, line: Line | None) -> Answer:
        async for data in self._exchange.events(answer):
            message = decode(data)
            found = answer_of(message, number)
            if found is not None:
                return found
            if "id" not in message and isinstance(message.get("method"), str):
                lines.tell(line, message["method"], message.get("params"))
        raise UnsureError("the stream ended without an answer to the call")


def _error_of(content: bytes) -> Answer | None:
    """Return the error that an answer with an error's status holds, whatever it calls the request."""
    try:
        error = decode(content).get("error")
    except UnsureError:
        return None
    return Answer(error=error) if isinstance(error, dict) else None


def _refused(challenge: ChallengedError) -> UnsentError:
    detail = f"answered {phrase(challenge.status)}: check the connection's `auth` and what it is allowed"
    return UnsentError(detail, again=False, unhealthy=challenge.status == 401)  # noqa: PLR2004 - credentials fail for all
