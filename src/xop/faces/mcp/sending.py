"""Sending: an answer as JSON, or as a stream of what was told meanwhile and the answer."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from mcp_types.jsonrpc import INTERNAL_ERROR, INVALID_REQUEST
from starlette.types import Receive, Send

from xop.faces.http.operation import UNBUFFERED
from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable
from xop.faces.mcp.call import Call
from xop.faces.mcp.methods import answer, stamped
from xop.faces.mcp.wire import RpcError, answered, event, failed, written

LOG = logging.getLogger("xop.mcp")

FAULT = RpcError(INTERNAL_ERROR, "Internal error")

_ALIVE = 15.0
"""Seconds after which a silent stream shows that it is alive."""

_EVENT_STREAM = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache, no-transform"), UNBUFFERED]


class Told:
    """Sends on, noting the status that was told."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500

    async def __call__(self, message: Any) -> None:
        """Send one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


async def stream(call: Call, identity: int | str, told: asyncio.Queue[dict[str, Any] | None], send: Send) -> None:
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
        told_last, status = await work
    finally:
        work.cancel()
    if begun:
        await send({"type": "http.response.body", "body": event(told_last)})
    else:
        await reply(send, told_last, status)


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
        return failed(identity, FAULT), 200
    finally:
        await told.put(None)


async def flow(send: Send, receive: Receive, frames: AsyncGenerator[bytes]) -> None:
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


async def reply(send: Send, told: Mapping[str, Any], status: int = 200) -> None:
    """Send a message as the whole answer."""
    body = written(told)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, problem: ProblemError) -> None:
    """Tell a problem as an error of the protocol, with the headers that tell a client how to go on."""
    error = RpcError(INVALID_REQUEST, f"{problem.detail}: {problem.remedy}", {"code": problem.code})
    body = written(failed(None, error))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *problem.headers]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def bare(send: Send, status: int, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    """Send an answer without a body."""
    await send(
        {"type": "http.response.start", "status": status, "headers": [*(headers or []), (b"content-length", b"0")]}
    )
    await send({"type": "http.response.body", "body": b""})
