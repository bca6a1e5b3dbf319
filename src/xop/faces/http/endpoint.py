"""Endpoints: one per path, each taking a request from its bytes to its answer."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from functools import cached_property
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from starlette.types import Receive, Scope, Send

from xop.faces.http.body import Disconnected, decode, read_body
from xop.faces.http.keys import Caller
from xop.faces.http.operation import UNBUFFERED, Call, Face, Operation, Reply, Stream
from xop.faces.http.problems import MEDIA_TYPE, UNAVAILABLE, ProblemError, unavailable
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Principal

LOG = logging.getLogger("xop.http")

_ENCODER = msgspec.json.Encoder()
_MOST_PARAMETERS = 20
_LONGEST_INSTANCE = 200

NOBODY = Caller(Principal("nobody", "source"), Actor("source", "nobody"), frozenset())
"""The caller of an operation that needs no key."""

Headers = tuple[tuple[bytes, bytes], ...]


class Prepared:
    """An operation with its decoders made."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.accepts = frozenset(content.media_type for content in operation.body)

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        """What decodes the body."""
        return msgspec.json.Decoder(self.operation.body[0].schema)


class Endpoint:
    """Serves every operation of one path."""

    def __init__(self, face: Face, operations: Mapping[str, Operation]) -> None:
        self._face = face
        self._operations = {method: Prepared(operation) for method, operation in operations.items()}
        self._allowed = ", ".join(sorted(operations))
        if "GET" in operations:
            self._operations["HEAD"] = self._operations["GET"]
        self._route = next(iter(operations.values())).path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status = perf_counter(), 500
        method: str = scope["method"]
        prepared = self._operations.get(method)
        try:
            answer = await self._answer(prepared, scope, receive)
            if isinstance(answer, Stream):
                status = 200
                await _flow(answer, receive, send)
            else:
                status = answer.status
                await _reply(answer, send)
        except ProblemError as problem:
            status = problem.status
            await self._refuse(problem, prepared, scope, send)
        except UNAVAILABLE as error:
            status = 503
            await self._refuse(unavailable(error), prepared, scope, send)
        except Disconnected:
            status = 499
        except Exception:
            LOG.exception("%s %s ended in a fault", method, self._route)
            await self._refuse(ProblemError("internal", "the request met a fault"), prepared, scope, send)
        finally:
            self._face.meters.observe(method if prepared else "other", self._route, status, perf_counter() - began)

    async def _answer(self, prepared: Prepared | None, scope: Scope, receive: Receive) -> Reply | Stream:
        if prepared is None:
            raise ProblemError("method-not-allowed", f"{scope['method'][:20]} is no method of this path")
        operation = prepared.operation
        headers: dict[bytes, bytes] = dict(scope["headers"])
        caller = NOBODY if operation.open else await self._admit(operation, headers)
        path = {name: _unquoted(value, name) for name, value in scope["path_params"].items()}
        query = _query(operation, scope["query_string"])
        body: Any = None
        if operation.body:
            body = await read_body(receive, headers, operation.largest)
            caller.require_signature(body, headers)
            if not operation.decodes:
                require_media_type(headers, prepared.accepts)
                body = decode(body, prepared.decoder)
        search = scope["query_string"].decode("latin-1")
        return await operation.handler(Call(self._face, caller, path, query, search, headers, body))

    async def _admit(self, operation: Operation, headers: Mapping[bytes, bytes]) -> Caller:
        release = self._face.platform.engine.release
        scopes = () if operation.scope is None else (operation.scope,)
        return await self._face.sign_in.caller(release, headers.get(b"authorization"), scopes=scopes)

    async def _refuse(self, problem: ProblemError, prepared: Prepared | None, scope: Scope, send: Send) -> None:
        headers = [*problem.headers, *([(b"allow", self._allowed.encode())] if prepared is None else [])]
        headers += [(name, value) for name, value in scope["headers"] if name == b"x-request-id"]
        message = prepared is not None and prepared.operation.segment
        await refuse(problem, scope, send, message=message, headers=tuple(headers))


async def refuse(
    problem: ProblemError, scope: Scope, send: Send, *, message: bool = False, headers: Headers = ()
) -> None:
    """Send a problem as the answer to a request."""
    document = problem.document(scope["path"][:_LONGEST_INSTANCE], message=message)
    await _reply(Reply(document, problem.status, MEDIA_TYPE, headers), send)


def require_media_type(headers: Mapping[bytes, bytes], accepted: frozenset[str]) -> str:
    """Return a body's media type; raises ProblemError (415) when it is none of those accepted."""
    kind = media_type(headers)
    if kind not in accepted:
        named = " or ".join(sorted(accepted))
        raise ProblemError("media-type-unsupported", f"the body is {kind or 'of no stated type'}", f"send {named}")
    return kind


def media_type(headers: Mapping[bytes, bytes]) -> str:
    """Return the media type of a body in lower case, without its parameters; empty when there is none."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")


def _unquoted(value: str, name: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise ProblemError("parameter-invalid", f"{name} in the path is not UTF-8") from error


def _query(operation: Operation, raw: bytes) -> Any:
    """Return the query parameters as the operation's struct."""
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise ProblemError("parameter-invalid", "the query is not UTF-8, or has too many parameters") from error
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ProblemError("parameter-invalid", "a query parameter is given twice")
    if operation.query is None:
        if values:
            raise ProblemError("parameter-invalid", f"this path has no query parameter {min(values)[:40]!r}")
        return None
    try:
        return msgspec.convert(values, operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError("parameter-invalid", f"in the query: {error}") from error


async def _reply(reply: Reply, send: Send) -> None:
    body = reply.value if isinstance(reply.value, bytes) else _ENCODER.encode(reply.value)
    headers = [(b"content-length", str(len(body)).encode()), *reply.headers]
    if body:
        headers.append((b"content-type", reply.media_type.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _flow(stream: Stream, receive: Receive, send: Send) -> None:
    """Send a stream's chunks as the client takes them, until it leaves or the stream ends."""
    headers = [(b"content-type", stream.media_type.encode()), (b"cache-control", b"no-store"), UNBUFFERED]
    await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def forward() -> None:
        try:
            await follow()
        except Exception:
            LOG.exception("a stream ended in a fault")
        await send({"type": "http.response.body", "body": b""})

    async def follow() -> None:
        async with aclosing(stream.chunks) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})

    await _first(forward, lambda: _departure(receive))


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(*ways: Callable[[], Any]) -> None:
    """Run some coroutines until one of them ends, then end the others."""
    tasks = [asyncio.create_task(way()) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
