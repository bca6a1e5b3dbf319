"""The face: one endpoint for agents, whichever revision of the protocol they speak."""

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from mcp.shared.inbound import (
    InboundLadderRejection,
    classify_inbound_request,
    decode_header_value,
    unsupported_protocol_version_rejection,
)
from mcp_types.jsonrpc import HEADER_MISMATCH, INVALID_REQUEST
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from msgspec import UnsetType
from starlette.types import Receive, Scope, Send

from xop.faces.http.body import Disconnected
from xop.faces.http.keys import Caller
from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable
from xop.faces.mcp.call import Call
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.guard import stranger
from xop.faces.mcp.legacy import Legacy
from xop.faces.mcp.line import ModernLine
from xop.faces.mcp.listening import listen
from xop.faces.mcp.methods import answer, stamped
from xop.faces.mcp.request_parts import base_of, query_of, signed_body
from xop.faces.mcp.sending import FAULT, Told, bare, flow, refuse, reply, stream
from xop.faces.mcp.wire import Message, RpcError, answered, failed, read_message
from xop.kernel.base.actor import Actor
from xop.kernel.release import Release

LOG = logging.getLogger("xop.mcp")

PATH = "/mcp"

_SCOPE = "proposals:write"
_ROUTING = (b"mcp-protocol-version", b"mcp-method", b"mcp-name")
_ONCE = frozenset({b"authorization", b"host"})
_ONCE_ALL = (b"mcp-", b"xop-", b"webhook-")
"""Headers, and beginnings of headers, that say who asks what of whom, so that two readers must not read them differently."""

_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


class McpFace:
    """Takes every request to its answer: the current revision here, older ones through the SDK."""

    def __init__(self, desk: Desk, agent: str = "") -> None:
        self._desk = desk
        self._agent = agent
        self._legacy = Legacy(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status = perf_counter(), 500
        told = Told(send)
        try:
            await self._admit(scope, receive, told)
            status = told.status
        except Disconnected:
            status = 499
        except RpcError as error:
            status = error.status
            await reply(told, failed(None, error), status)
        except ProblemError as problem:
            status = problem.status
            await refuse(told, problem)
        except UNAVAILABLE as error:
            status = 503
            await refuse(told, unavailable(error))
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
            await bare(send, 405, [(b"allow", b"POST")])
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
        message = read_message(await signed_body(caller, headers, receive))
        identity = message.id
        if isinstance(identity, UnsetType):
            _check_notification(headers)
            await bare(send, 202)
            return
        try:
            call = self._call(caller, message, headers, scope)
            if message.method == "subscriptions/listen":
                listening = await listen(call, identity)
                await flow(send, receive, listening.frames())
                return
            line = call.line
            if isinstance(line, ModernLine) and line.told is not None:
                await stream(call, identity, line.told, send)
                return
            await reply(send, answered(identity, stamped(await answer(call))))
        except RpcError as error:
            await reply(send, failed(identity, error), error.status)
        except (*UNAVAILABLE, Disconnected):
            raise
        except Exception:
            LOG.exception("%s ended in a fault", message.method[:100])
            await reply(send, failed(identity, FAULT))

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


def agent_caller(release: Release, name: str) -> Caller:
    """Return an agent as whoever asks; raises ProblemError (401) when the release knows no such agent."""
    principal = release.principals.get(Actor("agent", name))
    if principal is None:
        raise ProblemError("key-unknown", f"there is no agent {name!r} in agents.yaml")
    return Caller(principal, principal.actor, frozenset(principal.granted_scopes))


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers without blanks around their values; raises RpcError for one given twice that says who asks what."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in headers and (name in _ONCE or name.startswith(_ONCE_ALL)):
            raise RpcError(HEADER_MISMATCH, f"the header {name.decode('latin-1')[:100]} is given twice")
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
