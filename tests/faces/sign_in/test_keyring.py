"""Keys are fetched when there is reason to, in bounded time, and by one request at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from joserfc.jwk import RSAKey

from tests.faces.http.authority import open_authority
from xop.faces.sign_in import keyring
from xop.faces.sign_in.keyring import FRESH, PAUSE, STALE, Keyring
from xop.faces.sign_in.refusal import KeysUnavailable, TokenRefused


class Time:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def authority():
    async with open_authority() as opened:
        yield opened


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def ring(authority, time) -> Keyring:
    return Keyring(f"{authority.url}/keys", clock=time)


async def test_many_who_ask_at_once_share_one_fetch(ring, authority):
    await asyncio.gather(*(ring.find("one", "RS256") for _ in range(20)))
    assert authority.asked == 1


async def test_keys_are_fetched_anew_once_they_are_old(ring, authority, time):
    await ring.find("one", "RS256")
    time.now += FRESH - 1
    await ring.find("one", "RS256")
    assert authority.asked == 1
    time.now += 2
    await ring.find("one", "RS256")
    assert authority.asked == 2


async def test_a_key_that_is_not_known_is_looked_for_once_in_a_while(ring, authority, time):
    await ring.find("one", "RS256")
    for expected in (2, 2):
        with pytest.raises(TokenRefused):
            await ring.find("two", "RS256")
        assert authority.asked == expected
    authority.keys.append(RSAKey.generate_key(2048, {"kid": "two"}))
    time.now += PAUSE + 1
    await ring.find("two", "RS256")
    assert authority.asked == 3


async def test_known_keys_count_while_the_issuer_is_away_but_not_for_ever(ring, authority, time):
    await ring.find("one", "RS256")
    authority.status = 500
    time.now += FRESH + 1
    await ring.find("one", "RS256")
    time.now += STALE
    with pytest.raises(KeysUnavailable):
        await ring.find("one", "RS256")
    authority.status = 200
    time.now += PAUSE + 1
    await ring.find("one", "RS256")


async def test_a_withdrawn_key_counts_no_longer_once_the_keys_are_fetched_anew(ring, authority, time):
    await ring.find("one", "RS256")
    version = ring.version
    authority.keys = [RSAKey.generate_key(2048, {"kid": "two"})]
    time.now += FRESH + 1
    with pytest.raises(TokenRefused):
        await ring.find("one", "RS256")
    assert ring.version > version


async def test_without_an_id_only_an_only_key_will_do(ring, authority, time):
    await ring.find(None, "RS256")
    authority.keys.append(RSAKey.generate_key(2048, {"kid": "two"}))
    time.now += FRESH + 1
    with pytest.raises(TokenRefused):
        await ring.find(None, "RS256")


@asynccontextmanager
async def trickling() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Serve an answer that begins and never ends; the event tells that somebody waits for it."""
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        asked.set()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}/keys", asked
    finally:
        server.close()


async def test_an_issuer_that_never_finishes_is_given_up(monkeypatch):
    monkeypatch.setattr(keyring, "DEADLINE", 0.05)
    async with trickling() as (uri, _):
        ring = Keyring(uri)
        with pytest.raises(KeysUnavailable):
            await ring.find("one", "RS256")


async def test_nobody_waits_for_a_slow_issuer_while_what_is_known_will_do(authority, time):
    ring = Keyring(f"{authority.url}/keys", clock=time)
    await ring.find("one", "RS256")
    time.now += FRESH + 1
    async with trickling() as (uri, asked):
        ring._uri = uri
        slow = asyncio.create_task(ring.find("one", "RS256"))
        async with asyncio.timeout(10):
            await asked.wait()
        await ring.find("one", "RS256")
        assert not slow.done()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
