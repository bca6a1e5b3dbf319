"""Waits until a server has nothing left to do, so that what it stored can be counted."""

import asyncio
import re
from time import monotonic

from benchmarks.star.connection import Connection
from benchmarks.star.server import Served

_BUSY = re.compile(r'^xop_(?:outbox_requests\{state="(?:pending|sending)"\}|commands_waiting) ([0-9.]+)$', re.MULTILINE)
_POSITION = re.compile(r"^xop_ledger_position ([0-9.e+]+)$", re.MULTILINE)


async def settled(server: Served, patience: float = 120) -> None:
    """Return when all requests are answered and the ledger has stopped growing; raises TimeoutError after some seconds."""
    until, last = monotonic() + patience, ""
    async with Connection(server) as connection:
        while monotonic() < until:
            answer = await connection.get("/metrics", server.operator)
            text = answer.body.decode()
            position = ";".join(_POSITION.findall(text))
            if answer.status == 200 and position == last and not any(float(count) for count in _BUSY.findall(text)):
                return
            last = position
            await asyncio.sleep(0.3)
    raise TimeoutError("the server still has something to do")
