"""A real HTTP server on loopback that answers as it is told and keeps what it was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DROP = b"drop"
"""In place of an answer: close the connection once the request has arrived."""
SILENCE = b"silence"
"""In place of an answer: keep the connection open and say nothing."""


@dataclass
class Arrived:
    method: str
    target: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes


@dataclass
class WebServer:
    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    """Raw answers in turn; when they are used up, 200 with an empty object."""
    arrived: list[Arrived] = field(default_factory=list)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the last connection is closed."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.idle.clear()
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            if not self._open:
                self.idle.set()
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.arrived.append(Arrived(method, target, headers, body))
        self.arrival.set()
        answer = self.answers.pop(0) if self.answers else respond(200, b"{}")
        if answer == DROP:
            return False
        if answer != SILENCE:
            writer.write(answer)
            await writer.drain()
        return not answer.startswith(b"HTTP/1.1 200 OK\r\nX-Broken")

    def hang_up(self) -> None:
        for writer in list(self._open):
            writer.close()


def respond(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Made Up", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def broken_off(body: bytes = b'{"a":') -> bytes:
    """A 200 whose body ends before its length; the connection is closed after it."""
    return b"HTTP/1.1 200 OK\r\nX-Broken: 1\r\nContent-Length: 1000\r\n\r\n" + body


@asynccontextmanager
async def web_server(**options) -> AsyncIterator[WebServer]:
    """Options are those of asyncio.start_server, such as `ssl`."""
    server = WebServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, **options)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        server.hang_up()
