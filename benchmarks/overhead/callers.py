"""Callers of an MCP server, run as a process of their own: each calls one tool again and again on one connection.

Reads what to call from stdin as JSON (see `Order`) and writes what came of it to stdout (see `Result`). The requests are
made beforehand and the answers only looked at for their end and an expected text, so that what is timed is the server.
"""

import asyncio
import gc
import sys
from collections.abc import Iterator
from itertools import cycle
from time import perf_counter
from typing import cast

import msgspec
import uvloop
from msgspec import Struct


class Order(Struct, frozen=True):
    """What to do: so many callers for some seconds, with these requests in turn."""

    port: int
    callers: int
    seconds: float
    requests: tuple[str, ...]
    """Whole requests, head and body."""
    expected: str
    """What every answer must hold."""
    greetings: tuple[str, ...] = ()
    """Whole requests that each connection begins with, untimed; `{session}` stands for the session they are given."""
    sessions: bool = False
    """Whether requests hold `{session}` too."""
    stubborn: bool = False
    """Whether to go on when an answer is not as expected, and count it."""


class Result(Struct, frozen=True):
    """How long each call took in milliseconds, sorted, and how many there were in a second."""

    spent: list[float]
    per_second: float
    refused: int = 0
    """Calls whose answer was not as expected."""
    last: float = 0.0
    """When the last answer came that was as expected, in seconds of the clock that `perf_counter` reads."""


class Caller(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last is complete."""

    def __init__(self, order: Order, requests: Iterator[str], result: "Tally") -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order = order
        self._requests = requests
        self._greetings = iter(order.greetings)
        self._greeting = True
        self._tally = result
        self._session = ""
        self._received = b""
        self._transport: asyncio.Transport
        self._until = 0.0
        self._expected = order.expected.encode()
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        self._next()

    def data_received(self, data: bytes) -> None:
        """Take in a piece of an answer."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or not _complete(head, body):
            return
        now = perf_counter()
        if self._greeting:
            self._greeted(head)
        elif not self._took(head, body, now):
            return
        if self._greeting or now < self._until:
            self._received = b""
            self._next()
        else:
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the server hung up."""
        if not self.over.done():
            self.over.set_exception(exc or RuntimeError("the server hung up"))

    def _greeted(self, head: bytes) -> None:
        found = head.lower().find(b"mcp-session-id: ")
        if found >= 0:
            self._session = head[found + 16 :].partition(b"\r\n")[0].decode()

    def _took(self, head: bytes, body: bytes, now: float) -> bool:
        """Note a call; says whether to go on."""
        self._tally.spent.append((now - self._began) * 1000)
        if head.startswith(b"HTTP/1.1 200") and self._expected in body:
            self._tally.last = now
            return True
        self._tally.refused += 1
        if self._order.stubborn:
            return True
        self.over.set_exception(RuntimeError(self._received.decode()))
        self._transport.close()
        return False

    def _next(self) -> None:
        greeting = next(self._greetings, None)
        if greeting is None and self._greeting:
            self._greeting = False
            self._until = perf_counter() + self._order.seconds
        text = greeting or next(self._requests)
        if greeting or self._order.sessions:
            text = text.replace("{session}", self._session)
        self._began = perf_counter()
        self._transport.write(text.encode())

    def _close(self) -> None:
        self.over.set_result(None)
        self._transport.close()


class Tally:
    """What all callers together have seen."""

    def __init__(self) -> None:
        self.spent: list[float] = []
        self.refused = 0
        self.last = 0.0


def _complete(head: bytes, body: bytes) -> bool:
    lowered = head.lower()
    _, found, length = lowered.partition(b"content-length: ")
    if found:
        return len(body) >= int(length.partition(b"\r\n")[0])
    return b"transfer-encoding: chunked" not in lowered or body.endswith(b"0\r\n\r\n")


async def _call(order: Order) -> Result:
    loop = asyncio.get_running_loop()
    requests = cycle(order.requests)
    tally = Tally()
    callers = [
        (await loop.create_connection(lambda: Caller(order, requests, tally), "127.0.0.1", order.port))[1]
        for _ in range(order.callers)
    ]
    began = perf_counter()
    await asyncio.gather(*(caller.over for caller in callers))
    spent = perf_counter() - began
    return Result(sorted(tally.spent), len(tally.spent) / spent, tally.refused, tally.last)


if __name__ == "__main__":
    gc.disable()
    outcome = uvloop.run(_call(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
