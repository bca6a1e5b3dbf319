"""Older clients: the handshake and its sessions through the SDK, every request through the same methods."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import mcp_types as types
import msgspec
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, AuthorizationContext
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types.jsonrpc import INTERNAL_ERROR
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from xop.faces.http.keys import Caller
from xop.faces.http.problems import UNAVAILABLE, unavailable
from xop.faces.mcp.call import Call
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.legacy_line import LegacyLine
from xop.faces.mcp.line import LEVELS
from xop.faces.mcp.methods import INSTRUCTIONS, NAME, VERSION, answer
from xop.faces.mcp.request_parts import base_of, query_of, replaying, signed_body
from xop.faces.mcp.sending import FAULT
from xop.faces.mcp.wire import RpcError, require_sound

LOG = logging.getLogger("xop.mcp")

Context = ServerRequestContext[Any, Request]

_CALLER = "xop.mcp.caller"
_IDLE = 1800
"""Seconds after which a session that nobody uses ends."""

_MOST_SESSIONS = 10_000
_MOST_OF_ONE = 100
"""Sessions that one principal may have open, so that none shuts out the others."""

_OF_PACKED = frozenset({b"content-encoding", b"content-length"})
"""Headers that speak of a body as it was sent, which is not as it is passed on."""

_PARAMS: Mapping[str, type[types.RequestParams]] = {
    "tools/list": types.PaginatedRequestParams,
    "tools/call": types.CallToolRequestParams,
    "resources/list": types.PaginatedRequestParams,
    "resources/templates/list": types.PaginatedRequestParams,
    "resources/read": types.ReadResourceRequestParams,
    "prompts/list": types.PaginatedRequestParams,
    "prompts/get": types.GetPromptRequestParams,
    "completion/complete": types.CompleteRequestParams,
}


class Legacy:
    """Serves revisions before the current one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._levels: dict[str, int] = {}
        """The least log level that each session wants to hear of."""
        server: Server[Any] = Server(NAME, version=VERSION, instructions=INSTRUCTIONS)
        for method, params in _PARAMS.items():
            server.add_request_handler(method, params, self._answer)
        server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, self._set_level)
        server.add_request_handler("resources/subscribe", types.SubscribeRequestParams, _accept)
        server.add_request_handler("resources/unsubscribe", types.UnsubscribeRequestParams, _accept)
        del server.middleware[:]
        self._manager = _Sessions(server, session_idle_timeout=_IDLE, max_sessions=_MOST_SESSIONS)
        self._running: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def serve(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a session belongs to the principal that began it."""
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="xop-mcp-sessions")
        await self._ready.wait()
        scope[_CALLER] = caller
        token = AccessToken(token="", client_id=str(caller.actor), scopes=[])
        scope["user"] = AuthenticatedUser(token)
        if scope["method"] == "POST":
            receive = await _admitted(caller, scope, receive)
        await self._manager.handle_request(scope, receive, send)

    async def _run(self) -> None:
        """Hold the sessions until the server stops, which ends their streams."""
        async with self._manager.run():
            self._ready.set()
            await self._desk.ground.closing.wait()

    async def _answer(self, context: Context, _params: Any) -> dict[str, Any]:
        line = LegacyLine(context, self._levels.get(_session(context), 0))
        try:
            result = await answer(self._call(context, line))
            return {name: _plain(value) for name, value in result.items()}
        except RpcError as error:
            raise MCPError(error.code, error.message, error.data) from error
        except UNAVAILABLE as error:
            raise MCPError(INTERNAL_ERROR, unavailable(error).detail) from error
        except MCPError:
            raise
        except Exception as error:
            LOG.exception("%s ended in a fault", context.method[:100])
            raise MCPError(FAULT.code, FAULT.message) from error
        finally:
            await line.finish()

    def _call(self, context: Context, line: LegacyLine) -> Call:
        scope = _request(context).scope
        headers: dict[bytes, bytes] = dict(scope["headers"])
        params = context.params or {}
        meta = params.get("_meta")
        return Call(
            desk=self._desk,
            caller=scope[_CALLER],
            method=context.method,
            params=params,
            meta=meta if isinstance(meta, Mapping) else {},
            headers=headers,
            query=query_of(scope),
            capabilities=line.capabilities,
            era="legacy",
            line=line,
            base=base_of(self._desk, scope, headers),
        )

    async def _set_level(self, context: Context, params: types.SetLevelRequestParams) -> types.EmptyResult:
        if len(self._levels) >= _MOST_SESSIONS:
            self._levels.clear()
        self._levels[_session(context)] = LEVELS.index(params.level)
        return types.EmptyResult()


class _Sessions(StreamableHTTPSessionManager):
    """The sessions of all principals, of which none has too many."""

    def _admit_session(self, owner: AuthorizationContext | None) -> StreamableHTTPServerTransport | None:
        """Begin a session, or return None when its principal has enough, which the client is told."""
        if sum(each == owner for each in self._session_owners.values()) >= _MOST_OF_ONE:
            return None
        return super()._admit_session(owner)


async def _admitted(caller: Caller, scope: Scope, receive: Receive) -> Receive:
    """Return what gives the body, once it is known to be sound and signed; raises ProblemError, RpcError."""
    body = await signed_body(caller, dict(scope["headers"]), receive)
    require_sound(body)
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _OF_PACKED]
    return replaying(body, receive)


async def _accept(_context: Context, _params: Any) -> types.EmptyResult:
    """Agree to tell about changes, of which there are none to tell: what is read is read anew each time."""
    return types.EmptyResult()


def _session(context: Context) -> str:
    return _request(context).headers.get("mcp-session-id", "")


def _request(context: Context) -> Request:
    if context.request is None:
        raise MCPError(INTERNAL_ERROR, "the request did not come over HTTP")
    return context.request


def _plain(value: Any) -> Any:
    """Return a list written beforehand as the values it holds."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value
