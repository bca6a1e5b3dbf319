"""The server itself."""

import asyncio
import os
import signal

import pytest

from tests.faces.http.bakery import FOLDER, KEYS
from tests.kit.serving import BEGUN
from xop.assembly import open_platform
from xop.faces.http import listen, serve


async def test_a_request_under_way_is_answered_before_the_server_stops(server):
    await server.customer("email:ann@example.org")
    body = {"action": "give_refund", "customer": "email:ann@example.org", "arguments": {"cents": 7000}, "wait": 0.5}
    asked = asyncio.create_task(server.post("/v1/proposals", body))
    async with asyncio.timeout(10):
        await server.platform.engine.grown()
    server.stop.set()
    assert (await asked).json()["outcome"] == {"status": "pending"}


async def test_a_client_that_leaves_before_its_request_is_complete_changes_nothing(server):
    reader, writer = await asyncio.open_connection(server.client.base_url.host, server.client.base_url.port)
    head = f"POST /v1/proposals HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEYS['olga']}\r\nContent-Length: 99\r\n\r\n{{"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    async with asyncio.timeout(10):
        while 'status="499"' not in (await server.get("/metrics")).text:
            pass
    assert await server.platform.runtime.ledger.last() == BEGUN


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_of_the_system_ends_the_server_and_leaves_the_platform_to_be_stopped(tmp_path, number):
    platform = await open_platform(tmp_path, FOLDER)
    await platform.start()
    with listen() as listening:
        async with asyncio.timeout(10):
            await serve(platform, listening, lambda: os.kill(os.getpid(), number))
    assert platform.engine.running
    await platform.stop()


def test_an_address_that_is_taken_is_an_error():
    with listen() as taken, pytest.raises(OSError, match="in use"):
        listen(*taken.getsockname())


def test_the_default_address_is_reached_from_this_machine_only():
    with listen() as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
