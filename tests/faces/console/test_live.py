"""The live page in the console over HTTP: its figures lead to what is behind them, and one rendering serves all who look."""

import asyncio
import json
import logging
import re
from contextlib import aclosing
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.kit.harbour import OLGA, proposal, signal
from xop.faces.console.live import Gone, Listener, Reader, Shows
from xop.kernel.identity.model import Identifier

ANA = "email:ana@harbour.test"

DRAWN = re.compile(r'data-series="([^"]+)"')


@pytest.fixture
async def decided(lobby):
    """A lobby in which one thing was denied."""
    now = lobby.clock.now()
    engine = lobby.platform.engine
    await engine.submit(signal("s1", "page.viewed", ANA, time=now, path="/plans"))
    answer = await engine.submit(proposal(1, "raise_limit", OLGA), Identifier.parse(ANA))
    assert answer.decision is not None, answer.refusal
    assert answer.decision.verdict == "deny"
    return answer.decision


def links(page: str, start: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="([^"]+)"', page) if each.startswith(start)]


async def test_what_was_denied_leads_to_the_decisions_behind_it(lobby, decided):
    guest = await lobby.guest()
    page = (await guest.get("/console/live")).text
    assert decided.code in page
    behind = [each for each in links(page, "/console/decisions?") if "code" in parse_qs(urlsplit(each).query)]
    assert len(behind) == 1
    assert decided.id in (await guest.get(behind[0])).text


async def test_the_chart_has_the_numbers_of_the_table(lobby, decided):
    guest = await lobby.guest()
    page = (await guest.get("/console/live?range=15m")).text
    drawn = json.loads(unescape(DRAWN.findall(page)[0]))
    assert [each["name"] for each in drawn["lines"]] == ["permitted", "held", "denied"]
    assert sum(drawn["lines"][2]["values"]) == 1
    assert len(drawn["lines"][0]["values"]) == len(drawn["lines"][2]["values"])
    table = page[page.index('id="numbers"') :]
    cells = [int(each) for each in re.findall(r'<td class="count">(\d+)</td>', table[: table.index("</table>")])]
    assert sum(cells[2::3]) == 1


async def test_an_unknown_range_is_an_hour(lobby):
    guest = await lobby.guest()
    page = (await guest.get("/console/live?range=%3Cscript%3E")).text
    assert 'href="/console/live?range=1h" aria-current="page"' in page


class Watching:
    """A reader who counts how often the page was rendered for them."""

    def __init__(self, text: str = "as it is") -> None:
        self.rendered = 0
        self.gone = False
        self.text = text
        self.reader = Reader(self._render, self._check)

    async def _render(self):
        await self._check()
        self.rendered += 1
        return {"now": self.text.encode()}

    async def _check(self) -> None:
        if self.gone:
            raise Gone


async def test_all_who_look_at_the_same_share_one_rendering(lobby):
    shows = Shows(lobby.platform.engine, asyncio.Event())
    crowd = [Watching() for _ in range(20)]
    async with asyncio.timeout(10):
        streams = [shows.follow("live", each.reader) for each in crowd]
        assert {await anext(stream) for stream in streams} == {b"data: as it is\n\n"}
        for stream in streams:
            await stream.aclose()
    assert sum(each.rendered for each in crowd) <= 2


async def test_who_looks_at_something_else_has_a_rendering_of_their_own(lobby):
    shows = Shows(lobby.platform.engine, asyncio.Event())
    async with asyncio.timeout(10):
        async with aclosing(shows.follow("one", Watching("one").reader)) as one:
            assert await anext(one) == b"data: one\n\n"
            async with aclosing(shows.follow("two", Watching("two").reader)) as two:
                assert await anext(two) == b"data: two\n\n"


async def test_when_the_first_who_looked_is_gone_the_others_look_on(lobby):
    shows = Shows(lobby.platform.engine, asyncio.Event())
    first, second = Watching(), Watching()
    async with asyncio.timeout(10):
        async with (
            aclosing(shows.follow("live", first.reader)) as one,
            aclosing(shows.follow("live", second.reader)) as two,
        ):
            await anext(one)
            await anext(two)
            first.gone, second.text = True, "otherwise"
            await lobby.platform.engine.submit(signal("s2", "page.viewed", ANA, time=lobby.clock.now(), path="/a"))
            assert await anext(two) == b"data: otherwise\n\n"
            # Nobody is told more than a second after they left.
            assert len([each async for each in one]) <= 1


async def test_only_what_came_out_otherwise_is_sent(lobby):
    shows = Shows(lobby.platform.engine, asyncio.Event())
    parts = {"calm": b"<p>calm</p>", "busy": b"<p>1</p>"}

    async def render():
        return dict(parts)

    async def check() -> None:
        return

    async with asyncio.timeout(10), aclosing(shows.follow("live", Reader(render, check))) as stream:
        assert await anext(stream) == b"data: <p>calm</p><p>1</p>\n\n"
        parts["busy"] = b"<p>2</p>"
        await lobby.platform.engine.submit(signal("s3", "page.viewed", ANA, time=lobby.clock.now(), path="/a"))
        assert await anext(stream) == b"data: <p>2</p>\n\n"


async def test_what_breaks_a_stream_off_is_in_the_log_and_the_reader_is_let_go(caplog):
    sent: list[str] = []

    async def send(message):
        sent.append(message["type"])

    async def receive():
        await asyncio.Event().wait()

    async def events():
        yield b"data: one\n\n"
        raise RuntimeError("the page fell to pieces")

    with caplog.at_level(logging.ERROR, logger="xop.console"):
        async with asyncio.timeout(10):
            await Listener(send, receive).follow(events())
    (told,) = caplog.records
    assert (told.getMessage(), str(told.exc_info[1])) == ("what a reader followed broke off", "the page fell to pieces")
    assert sent == ["http.response.start", "http.response.body"]


async def test_a_reader_who_leaves_is_no_fault(caplog):
    async def send(_message):
        return

    async def receive():
        return {"type": "http.disconnect"}

    async def events():
        yield b"data: one\n\n"
        await asyncio.Event().wait()

    with caplog.at_level(logging.DEBUG, logger="xop.console"):
        async with asyncio.timeout(10):
            await Listener(send, receive).follow(events())
    assert caplog.records == []
