"""A witness that goes on answering without ever coming to an end holds up nobody for long."""

import asyncio
from contextlib import suppress

import pytest

from xop.ports.witness import WitnessUnreachable
from xop.runtimes import witnesses
from xop.runtimes.witnesses import HttpWitness


async def _never_done(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()


@pytest.mark.timeout(20)
async def test_a_witness_that_never_comes_to_an_end_is_given_up(monkeypatch):
    monkeypatch.setattr(witnesses, "_WHOLE", 0.2)
    server = await asyncio.start_server(_never_done, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HttpWitness(f"http://127.0.0.1:{port}")
    with pytest.raises(WitnessUnreachable, match="TimeoutError"):
        await client.latest("harbour.example/decisions")
    await client.close()
    server.close()
