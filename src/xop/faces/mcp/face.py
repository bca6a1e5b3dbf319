"""The face: one endpoint for agents, whichever revision of the protocol they speak."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from time import perf_counter
from typing import Any

from mcp.shared.inbound import (
    InboundLadderRejection,
    classify_inbound_request,
    decode_header_value,
    unsupported_protocol_version_rejection,
)
from mcp_types.jsonrpc import HEADER_MISMATCH, INTERNAL_ERROR, INVALID_REQUEST
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from msgspec import UnsetType
from starlette.types import Receive, Scope, Send

from xop.faces.http.body import Disconnected, read_body
from xop.faces.http.keys import Caller
from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable
from xop.faces.mcp.call import Call
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.guard import stranger
from xop.faces.mcp.legacy import Legacy
from xop.faces.mcp.line import ModernLine
from xop.faces.mcp.listening import listen
from xop.faces.mcp.methods import answer, stamped
from xop.faces.mcp.request_parts import base_of, query_of
from xop.faces.mcp.wire import Message, RpcError, answered, event, failed, read_message, written
from xop.kernel.base.actor import Actor
from xop.kernel.release import Release

LOG = logging.getLogger("xop.mcp")

PATH = "/mcp"

_SCOPE = "proposals:write"
_LARGEST = 4_194_304
_ROUTING = (b"mcp-protocol-version", b"mcp-method", b"mcp-name")
_ONCE = frozenset(_ROUTING)
_ALIVE = 15.0
"""Seconds after which a silent stream shows that it is alive."""

_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_EVENT_STREAM = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache, no-transform")]


class McpFace:
    """Takes every request to its answer: the current revision here, older ones through the SDK."""

    def __init__(self, desk: Desk, agent: str = "") -> None:
        self._desk = desk
        self._agent = agent
        self._legacy = Legacy(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status = perf_counter(), 500
        told = _Told(send)
        try:
            await self._admit(scope, receive, told)
            status = told.status
        except Disconnected:
            status = 499
        except RpcError as error:
            status = error.status
            await _reply(told, failed(None, error), status)
        except ProblemError as problem:
            status = problem.status
            await _refuse(told, problem)
        except UNAVAILABLE as error:
            status = 503
            await _refuse(told, unavailable(error))
        finally:
            meters = self._desk.ground.meters
            meters.observe(
                scope["method"] if scope["method"] in _METHODS else "other", PATH, status, perf_counter() - began
            )

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        strange = stranger(scope, headers, self._desk.address)
        if strange is not None:
            raise RpcError(INVALID_REQUEST, strange, status=403)
        await self._desk.follow()
        caller = await self._caller(headers.get(b"authorization"))
        version = headers.get(b"mcp-protocol-version", b"").decode("latin-1")
        if not version or version in HANDSHAKE_PROTOCOL_VERSIONS:
            await self._legacy.serve(caller, scope, receive, send)
        elif scope["method"] != "POST":
            await _plain(send, 405, [(b"allow", b"POST")])
        else:
            await self._serve(caller, headers, scope, receive, send)

    async def _caller(self, authorization: bytes | None) -> Caller:
        release = self._desk.release
        if self._agent and authorization is None:
            return agent_caller(release, self._agent)
        return await self._desk.ground.sign_in.caller(release, authorization, PATH, (_SCOPE,))

    async def _serve(
        self, caller: Caller, headers: Mapping[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request of the current revision: it stands for itself, and so does its answer."""
        message = read_message(await read_body(receive, headers, _LARGEST))
        identity = message.id
        if isinstance(identity, UnsetType):
            _check_notification(headers)
            await _plain(send, 202)
            return
        try:
            call = self._call(caller, message, headers, scope)
            if message.method == "subscriptions/listen":
                listening = await listen(call, identity)
                await _flow(send, receive, listening.frames())
                return
            line = call.line
            if isinstance(line, ModernLine) and line.told is not None:
                await _stream(call, identity, line.told, send)
                return
            await _reply(send, answered(identity, stamped(await answer(call))))
        except RpcError as error:
            await _reply(send, failed(identity, error), error.status)
        except (*UNAVAILABLE, Disconnected):
            raise
        except Exception:
            LOG.exception("%s ended in a fault", message.method[:100])
            await _reply(send, failed(identity, _FAULT))

    def _call(self, caller: Caller, message: Message, headers: Mapping[bytes, bytes], scope: Scope) -> Call:
        """Check the envelope, which headers must repeat, and return the request as a call; raises RpcError."""
        params = message.params
        routing = {name.decode(): headers[name].decode("latin-1") for name in _ROUTING if name in headers}
        verdict = classify_inbound_request({"method": message.method, "params": params}, headers=routing)
        if isinstance(verdict, InboundLadderRejection):
            raise RpcError(verdict.code, verdict.message, verdict.data)
        if message.method.startswith("tasks/"):
            _check_task_name(routing, params)
        meta: dict[str, Any] = params["_meta"]
        capabilities = meta.get(_CAPABILITIES)
        return Call(
            desk=self._desk,
            caller=caller,
            method=message.method,
            params=params,
            meta=meta,
            headers=headers,
            query=query_of(scope),
            capabilities=capabilities if isinstance(capabilities, dict) else {},
            era="modern",
            line=ModernLine(meta),
            base=base_of(self._desk, scope, headers),
        )


_METHODS = frozenset({"GET", "POST", "DELETE"})
_FAULT = RpcError(INTERNAL_ERROR, "Internal error")


class _Told:
    """Sends on, noting the status that was told."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def agent_caller(release: Release, name: str) -> Caller:
    """Return an agent as whoever asks; raises ProblemError (401) when the release knows no such agent."""
    principal = release.principals.get(Actor("agent", name))
    if principal is None:
        raise ProblemError("key-unknown", f"there is no agent {name!r} in agents.yaml")
    return Caller(principal, principal.actor, frozenset(principal.granted_scopes))


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers without blanks around their values; raises RpcError for a routing header given twice."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in headers and name in _ONCE:
            raise RpcError(HEADER_MISMATCH, f"the header {name.decode()} is given twice")
        headers[name] = value.strip()
    return headers


def _check_task_name(routing: Mapping[str, str], params: Mapping[str, Any]) -> None:
    name = routing.get("mcp-name")
    if name is None or decode_header_value(name) != params.get("taskId"):
        raise RpcError(HEADER_MISMATCH, "the header Mcp-Name is not the taskId")


def _check_notification(headers: Mapping[bytes, bytes]) -> None:
    version = headers.get(b"mcp-protocol-version", b"").decode("latin-1")
    unsupported = unsupported_protocol_version_rejection(version)
    if unsupported is not None:
        raise RpcError(unsupported.code, unsupported.message, unsupported.data)


async def _stream(call: Call, identity: int | str, told: asyncio.Queue[dict[str, Any] | None], send: Send) -> None:
    """Answer as JSON when nothing was told meanwhile, else as a stream of what was told and the answer."""
    work = asyncio.create_task(_finish(call, identity, told))
    begun = False
    try:
        while True:
            try:
                message = await asyncio.wait_for(told.get(), _ALIVE)
            except TimeoutError:
                message = {}
            if message is None:
                break
            if not begun:
                begun = True
                await send({"type": "http.response.start", "status": 200, "headers": _EVENT_STREAM})
            frame = event(message) if message else b": alive\r\n\r\n"
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        reply, status = await work
    finally:
        work.cancel()
    if begun:
        await send({"type": "http.response.body", "body": event(reply)})
    else:
        await _reply(send, reply, status)


async def _finish(
    call: Call, identity: int | str, told: asyncio.Queue[dict[str, Any] | None]
) -> tuple[dict[str, Any], int]:
    try:
        return answered(identity, stamped(await answer(call))), 200
    except RpcError as error:
        return failed(identity, error), error.status
    except UNAVAILABLE as error:
        problem = unavailable(error)
        return failed(identity, RpcError(INTERNAL_ERROR, problem.detail)), problem.status
    except Exception:
        LOG.exception("%s ended in a fault", call.method)
        return failed(identity, _FAULT), 200
    finally:
        await told.put(None)


async def _flow(send: Send, receive: Receive, frames: AsyncGenerator[bytes]) -> None:
    """Send frames until they end or the client leaves."""
    await send({"type": "http.response.start", "status": 200, "headers": _EVENT_STREAM})

    async def forward() -> None:
        async with aclosing(frames):
            async for frame in frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def departure() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    ways = {asyncio.create_task(forward()), asyncio.create_task(departure())}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _reply(send: Send, told: Mapping[str, Any], status: int = 200) -> None:
    body = written(told)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, problem: ProblemError) -> None:
    """Tell a problem as an error of the protocol, with the headers that tell a client how to go on."""
    error = RpcError(INVALID_REQUEST, f"{problem.detail}: {problem.remedy}", {"code": problem.code})
    body = written(failed(None, error))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *problem.headers]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _plain(send: Send, status: int, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [*(headers or []), (b"content-length", b"0")]}
    )
    await send({"type": "http.response.body", "body": b""})
