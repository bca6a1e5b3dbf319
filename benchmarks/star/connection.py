"""One kept-alive HTTP/1.1 connection, so thin that what is timed is the server."""

import asyncio
import json
from time import perf_counter
from typing import Any, Self

from benchmarks.star.server import Served

BATCH = "application/cloudevents-batch+json"
EVENT = "application/cloudevents+json"
JSON = "application/json"


class Answer:
    """What a server answered, and how long that took in milliseconds."""

    __slots__ = ("body", "milliseconds", "status")

    def __init__(self, status: int, body: bytes, milliseconds: float) -> None:
        self.status = status
        self.body = body
        self.milliseconds = milliseconds

    def document(self) -> Any:
        """Return the body as JSON; raises RuntimeError with the problem when the server refused."""
        if self.status >= 300:
            raise RuntimeError(f"the server answered {self.status}: {self.body.decode(errors='replace')[:2000]}")
        return json.loads(self.body) if self.body else None


class Connection:
    """Asks one thing after the other."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._server.host, self._server.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def post(self, path: str, body: bytes, kind: str, key: str, **headers: str) -> Answer:
        """Post a body and return the answer; `headers` are written with `_` for `-`."""
        return await self._ask("POST", path, key, body, {"content-type": kind, **headers})

    async def get(self, path: str, key: str) -> Answer:
        """Return the answer to a question."""
        return await self._ask("GET", path, key, b"", {})

    async def _ask(self, method: str, path: str, key: str, body: bytes, headers: dict[str, str]) -> Answer:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"host: {self._server.host}",
            f"authorization: Bearer {key}",
            f"content-length: {len(body)}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        began = perf_counter()
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        answer = await self._reader.readexactly(int(fields.get("content-length", 0)))
        return Answer(int(head[0].split(" ")[1]), answer, (perf_counter() - began) * 1000)
