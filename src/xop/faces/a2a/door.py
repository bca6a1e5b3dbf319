"""The door: who a request comes from and how large it is, before the protocol looks at it."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from a2a.extensions.common import HTTP_EXTENSION_HEADER, get_requested_extensions
from a2a.server.context import ServerCallContext
from a2a.server.routes.common import ServerCallContextBuilder
from a2a.utils.constants import VERSION_HEADER
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xop.faces.a2a.cards import CARD_PATH, KEYS_PATH, REST_PATH, RPC_PATH
from xop.faces.a2a.tasks import SCOPES
from xop.faces.http.body import Disconnected, decode, read_body
from xop.faces.http.endpoint import refuse
from xop.faces.http.keys import Caller
from xop.faces.http.mount import Ground
from xop.faces.http.problems import ProblemError

_OPEN = frozenset({CARD_PATH, KEYS_PATH})
_JSON: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


class Door:
    """Lets principals in to the protocol, and everybody to the public card."""

    def __init__(self, ground: Ground, within: ASGIApp) -> None:
        self._ground = ground
        self._within = within

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status = perf_counter(), 500
        path = unquote(scope["path"])
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": "", "path_params": {}}

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if path not in _OPEN:
                receive = await self._admitted(inner, receive)
            await self._within(inner, receive, noting)
        except ProblemError as problem:
            status = problem.status
            await refuse(problem, scope, send, headers=tuple(problem.headers))
        except Disconnected:
            status = 499
        finally:
            self._ground.meters.observe(scope["method"], _route(path), status, perf_counter() - began)

    async def _admitted(self, scope: Scope, receive: Receive) -> Receive:
        """Note in the scope who asks, and return what gives their body; raises ProblemError."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        release = self._ground.platform.engine.release
        authorization = headers.get(b"authorization")
        caller = await self._ground.sign_in.caller(release, authorization, RPC_PATH, SCOPES)
        scope["xop.caller"] = caller
        if scope["method"] not in {"POST", "PUT", "PATCH"}:
            return receive
        body = await read_body(receive, headers)
        caller.require_signature(body, headers)
        _require_sound(body)
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"content-encoding"]
        return _replaying(body, receive)


class Callers(ServerCallContextBuilder):
    """Tells the protocol's handlers who asks."""

    def build(self, request: Request) -> ServerCallContext:
        """Return the context of a request that was let in."""
        headers = dict(request.headers)
        query = dict(parse_qsl(request.url.query))
        if VERSION_HEADER.lower() not in headers and VERSION_HEADER in query:
            headers[VERSION_HEADER.lower()] = query[VERSION_HEADER]
        caller: Caller = request.scope["xop.caller"]
        return ServerCallContext(
            state={"headers": headers, "caller": caller, "besides": _besides(headers, query)},
            requested_extensions=get_requested_extensions(request.headers.getlist(HTTP_EXTENSION_HEADER)),
        )


def _besides(headers: Mapping[str, str], query: Mapping[str, str]) -> dict[str, str]:
    """Return what headers and query say of whom and of which conversation a message is about."""
    names = ("customer", "conversation")
    found = {name: headers.get(f"xop-{name}") or query.get(name, "") for name in names}
    return {name: value for name, value in found.items() if value}


def _require_sound(body: bytes) -> None:
    """Let through what is no JSON, which the protocol has an error of its own for, but nothing that is too deep."""
    if not body:
        return
    try:
        decode(body, _JSON)
    except ProblemError as problem:
        if problem.code != "json-malformed":
            raise


def _replaying(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _route(path: str) -> str:
    """Return a path's part that is the same for all tasks."""
    if path in _OPEN or path == RPC_PATH:
        return path
    return REST_PATH
