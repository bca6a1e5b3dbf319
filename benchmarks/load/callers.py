"""Callers of an HTTP server, run as a process of their own: each asks one thing after the other on one connection.

Reads what to ask from stdin as JSON (see `Order`) and writes what came of it to stdout (see `Result`). The requests are
made beforehand and the answers only looked at for their length and an expected text, so that the server is what is timed.
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


class Ask(Struct, frozen=True):
    """One request: its head up to the headers, its body, and a text that the answer must hold."""

    head: str
    body: str
    expected: str


class Order(Struct, frozen=True):
    """What to do: so many callers for some seconds, asking these in turn, each with a key of its own."""

    port: int
    callers: int
    seconds: float
    run: str
    """The beginning of every Idempotency-Key, so that each request counts."""
    asks: tuple[Ask, ...]


class Result(Struct, frozen=True):
    """How long each request took in milliseconds, sorted, and how many there were in a second."""

    spent: list[float]
    per_second: float


class Caller(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last is complete."""

    def __init__(self, order: Order, asks: Iterator[tuple[int, Ask]], spent: list[float]) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order = order
        self._asks = asks
        self._spent = spent
        self._received = b""
        self._transport: asyncio.Transport
        self._until = perf_counter() + order.seconds
        self._expected = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        self._next()

    def data_received(self, data: bytes) -> None:
        """Take in a piece of an answer."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        now = perf_counter()
        self._spent.append((now - self._began) * 1000)
        if not head.startswith(b"HTTP/1.1 200") or self._expected not in body:
            self.over.set_exception(RuntimeError(self._received.decode()))
            self._transport.close()
        elif now < self._until:
            self._received = b""
            self._next()
        else:
            self.over.set_result(None)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the server hung up."""
        if not self.over.done():
            self.over.set_exception(exc or RuntimeError("the server hung up"))

    def _next(self) -> None:
        number, ask = next(self._asks)
        key = f"idempotency-key: {self._order.run}-{number}\r\n" if ask.body else ""
        text = f"{ask.head}{key}content-length: {len(ask.body)}\r\n\r\n{ask.body}".encode()
        self._expected = ask.expected.encode()
        self._began = perf_counter()
        self._transport.write(text)


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])


async def _call(order: Order) -> Result:
    loop = asyncio.get_running_loop()
    asks = enumerate(cycle(order.asks))
    spent: list[float] = []
    began = perf_counter()
    callers = [
        (await loop.create_connection(lambda: Caller(order, asks, spent), "127.0.0.1", order.port))[1]
        for _ in range(order.callers)
    ]
    await asyncio.gather(*(caller.over for caller in callers))
    return Result(sorted(spent), len(spent) / (perf_counter() - began))


if __name__ == "__main__":
    gc.disable()
    outcome = uvloop.run(_call(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
