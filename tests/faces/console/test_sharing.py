"""Nobody is sent what was rendered for somebody else who may see more by now."""

import asyncio
from contextlib import AsyncExitStack, ExitStack, aclosing

import pytest

from tests.kit.harbour import signal
from tests.kit.lobby import Lobby, lobby_files, open_lobby
from xop.faces.console.asking import Elsewhere
from xop.faces.console.live import MOST, Reader, Shows
from xop.faces.http.problems import ProblemError

ANA = "email:ana@harbour.test"


def files(more: str) -> dict[str, bytes]:
    """Return a workspace whose operators `abe` and `fran` may see figures, and `abe` what else is given."""
    return lobby_files(operators=f"  abe: {{scopes: [metrics:read{more}]}}\n  fran: {{scopes: [metrics:read]}}\n")


@pytest.fixture
async def lobby(tmp_path):
    """A console in front of which two people may see the same."""
    async with open_lobby(tmp_path, files("")) as opened:
        yield opened


async def happen(lobby: Lobby, number: int) -> None:
    """Have the ledger grow."""
    now = lobby.clock.now()
    answer = await lobby.platform.engine.submit(signal(f"s{number}", "page.viewed", ANA, time=now, path="/a"))
    assert answer.refusal is None


async def test_who_gains_rights_does_not_show_them_to_those_who_looked_along(lobby):
    abe, fran = await lobby.guest("abe"), await lobby.guest("fran")
    async with asyncio.timeout(30):
        first = asyncio.create_task(abe.get("/console/live?live", accept="text/event-stream"))
        await begun()
        second = asyncio.create_task(fran.get("/console/live?live", accept="text/event-stream"))
        await begun()
        await lobby.publish(files(", decisions:read"))
        await happen(lobby, 1)
        # Whose rights have changed is let go, and asks again with those they have now.
        assert (await first).status_code == 200
        hidden = await fran.hidden("/console/account", "/console/sign-out")
        await fran.post("/console/sign-out", **hidden)
        told = (await second).text
    assert 'class="figure"' in told
    assert "/console/decisions" not in told


async def test_who_is_not_signed_in_any_more_is_not_sent_the_page_for_signing_in_as_news(lobby):
    answer = await lobby.browser().get("/console/live?live", accept="text/event-stream")
    assert (answer.status_code, answer.text) == (401, "")


async def begun() -> None:
    """Let a request that was just made come to where it waits."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_session_follows_no_more_pages_than_anybody_has_windows(lobby):
    shows = Shows(lobby.platform.engine, asyncio.Event())
    with ExitStack() as seats:
        for _ in range(MOST):
            seats.enter_context(shows.seat("one"))
        with pytest.raises(ProblemError, match="followed in this session"), shows.seat("one"):
            pass
        with shows.seat("another"):
            pass
    with shows.seat("one"):
        pass


async def test_the_open_page_of_a_customer_who_was_merged_is_no_fault(lobby, caplog):
    shows = Shows(lobby.platform.engine, asyncio.Event())
    asked = asyncio.Event()

    async def render():
        if asked.is_set():
            raise Elsewhere("cus_other")
        return {"open": b"as it was"}

    async def check() -> None:
        return

    async with asyncio.timeout(20), aclosing(shows.follow("page", Reader(render, check))) as stream:
        assert await anext(stream) == b"data: as it was\n\n"
        asked.set()
        await happen(lobby, 1)
        closed = asyncio.create_task(anext(stream))
        await asyncio.wait({closed}, timeout=1.5)
        closed.cancel()
        await asyncio.gather(closed, return_exceptions=True)
    assert "could not be rendered" not in caplog.text


async def test_pages_are_rendered_one_after_the_other_so_that_decisions_come_between(lobby):
    shows, under_way, most = Shows(lobby.platform.engine, asyncio.Event()), 0, 0

    async def render():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return {"part": b"here"}

    async def check() -> None:
        return

    async with asyncio.timeout(20):
        streams = [shows.follow(f"page {number}", Reader(render, check)) for number in range(10)]
        told = await asyncio.gather(*(anext(stream) for stream in streams))
        for stream in streams:
            await stream.aclose()
    assert set(told) == {b"data: here\n\n"}
    assert most == 1


async def test_one_slow_rendering_among_many_pages_does_not_make_a_page_stand_still(lobby):
    shows, rendered = Shows(lobby.platform.engine, asyncio.Event()), 0

    async def render():
        nonlocal rendered
        rendered += 1
        await asyncio.sleep(0.4 if rendered == 2 else 0)
        return {"part": str(rendered).encode()}

    async def still():
        return {"part": b"still"}

    async def check() -> None:
        return

    async with asyncio.timeout(20), AsyncExitStack() as stack:
        for number in range(60):
            other = await stack.enter_async_context(aclosing(shows.follow(number, Reader(still, check))))
            await anext(other)
        page = await stack.enter_async_context(aclosing(shows.follow("page", Reader(render, check))))
        while await anext(page) != b"data: 4\n\n":
            pass
