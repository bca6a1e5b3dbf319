"""Lists that are longer than a page: what is not shown is counted, and there is a way to it."""

import asyncio
import re
from html import unescape

import pytest

from tests.kit.counter import accept, hand_over
from tests.kit.harbour import BOT, OLGA, proposal, signal
from tests.kit.lobby import open_lobby
from tests.kit.stewardship import steward_files
from tests.kit.supervision import files
from xop.faces.console.work.inbox import MOST
from xop.kernel.base.actor import Actor
from xop.kernel.erasure.commands import Erase

ANN = "email:ann@harbour.test"


@pytest.fixture
async def lobby(tmp_path):
    """A console of the workspace with work for people."""
    async with open_lobby(tmp_path, files()) as opened:
        yield opened


async def known(lobby) -> str:
    """Make a customer known and return their id."""
    found: str = (await lobby.platform.engine.submit(signal(1, "page.viewed", ANN, path="/berths"))).customer
    return found


def rows(text: str) -> list[str]:
    """Return the invocations of the rows of an inbox."""
    return re.findall(r'id="row-approval--([^"]+)"', text)


async def test_every_request_of_a_long_inbox_is_reached_the_oldest_deadline_first(lobby):
    customer, more = await known(lobby), 5
    for number in range(MOST + more):
        answer = await lobby.platform.engine.submit(proposal(number, "send_gift", BOT, what="a cake"), customer)
        assert answer.decision.verdict == "hold"
        lobby.clock.ahead += 1000
    olga = await lobby.guest()
    first = await olga.look("/console/approvals")
    assert re.search(r'href="/console/approvals\?from=200" rel="next">5 more</a>', first)
    second = await olga.look("/console/approvals?from=200")
    assert 'href="/console/approvals?from=0" rel="prev"' in second
    assert (len(rows(first)), len(rows(second))) == (MOST, more)
    waiting = (await lobby.platform.engine.customer(customer)).view.invocations
    due = [waiting[name].answer_by for name in [*rows(first), *rows(second)]]
    assert due == sorted(due)
    assert len(set(rows(first)) | set(rows(second))) == MOST + more
    # Whoever opens a request further down has the list around it.
    opened = await olga.look(f"/console/approvals/{rows(second)[-1]}")
    assert rows(opened) == rows(second)
    assert rows(await olga.look("/console/approvals?from=99999999")) == rows(second)
    assert rows(await olga.look("/console/approvals?from=-7")) == rows(first)


async def test_erasures_go_on_after_those_under_way(tmp_path):
    async with open_lobby(tmp_path, steward_files()) as lobby:
        dora = await lobby.guest("dora")
        for number in range(101):
            who = f"email:n{number}@harbour.test"
            known = (await lobby.platform.engine.submit(signal(number, "page.viewed", who, path="/"))).customer
            erase = Erase(f"erasure:{number}", Actor("operator", "dora"), "request", 86_400_000)
            await lobby.platform.engine.submit(erase, known)
        first = await dora.look("/console/erasures")
        assert first.count("<code>era_") == 100
        assert "Those that are done come after those under way" in first
        [found] = re.findall(r'href="(/console/erasures\?after=era_[^"]+)" rel="next"', first)
        second = await dora.look(found)
        assert second.count("<code>era_") == 1
        assert 'href="/console/erasures">Back to the first' in second
        last = await dora.look("/console/erasures?after=0")
        assert ("None of these is under way" in last, "There are no more" in last) == (True, True)
        # The overview counts all of them, whatever one page has.
        assert re.search(r"Erasures under way.{0,200}>101<", await dora.look("/console/compliance"), re.DOTALL)


async def test_whoever_has_many_conversations_sees_the_rest_on_another_page(lobby):
    engine = lobby.platform.engine
    for number in range(51):
        who = f"email:h{number}@harbour.test"
        known = (await engine.submit(signal(f"call-{number}", "call.started", who, call=f"c-{number}"))).customer
        passed = await engine.submit(hand_over(number, conversation=f"c-{number}"), known)
        [name] = (await engine.customer(known)).view.handovers
        assert passed.position
        await engine.submit(accept(number, name, OLGA), known)
    olga = await lobby.guest()
    first = await olga.look("/console/handovers")
    assert first.count('id="mine-') == 50
    [further] = re.findall(r'href="([^"]+mine=[^"]+)" rel="next">More are with you', first)
    second = await olga.look(unescape(further))
    assert second.count('id="mine-') == 1
    assert ">Back to the first<" in second


async def test_a_conversation_far_back_is_found_from_the_search_page(lobby):
    engine = lobby.platform.engine
    customer = (await engine.submit(signal("call", "call.started", ANN, call="c-9"))).customer
    others = (signal(number, "page.viewed", ANN, path="/") for number in range(4_000))
    await asyncio.gather(*map(engine.submit, others))
    olga = await lobby.guest()
    text = await olga.look("/console/search?q=c-9")
    assert "older ones were not looked through" in text
    [further] = re.findall(r'href="(/console/search\?q=c-9&amp;before=\d+)"', text)
    # The timeline of one kind says so too, rather than that there was none.
    told = await olga.look(f"/console/customers/{customer}?kind=conversations")
    assert "What was looked through up to here has none of these." in told
    [older] = re.findall(r'href="([^"]+)" rel="next"', told)
    assert "call started" in (await olga.look(unescape(older))).replace("call.started", "call started")
    found = await olga.get(unescape(further))
    assert found.headers["location"] == f"/console/customers/{customer}?conversation=c-9"
