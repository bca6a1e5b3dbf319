"""What operations see is counted once, as it happens and again from the ledger, and comes out the same."""

from typing import Any

import pytest

from tests.kit.counter import ANA, accept, hand_back, open_one, release_with
from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, NOON, OLGA, proposal, signal
from tests.kit.world import World
from xop.engine.insight import Insight
from xop.kernel.commands import Approval
from xop.ports.insight import HOUR as HOURS
from xop.ports.insight import Figure, Wanted

TALKS = {
    "chat.opened": {
        "schema": {"type": "object", "properties": {"chat": {"type": "string"}}, "required": ["chat"]},
        "conversation": "{{signal.data.chat}}",
        "changes": [{"conversation": {"change": "open", "id": "{{signal.data.chat}}", "channel": "web"}}],
    },
    "chat.closed": {
        "schema": {"type": "object", "properties": {"chat": {"type": "string"}}, "required": ["chat"]},
        "changes": [{"conversation": {"change": "close", "id": "{{signal.data.chat}}"}}],
    },
    "wish.heard": {
        "schema": {"type": "object", "properties": {"chat": {"type": "string"}}, "required": ["chat"]},
        "conversation": "{{signal.data.chat}}",
        "changes": [{"intent": {"change": "open", "name": "refund"}}],
    },
    "wish.done": {"changes": [{"intent": {"change": "resolve", "name": "refund"}}]},
    "oath.made": {
        "changes": [{"promise": {"change": "make", "id": "p1", "what": "We call you back.", "due_in": "1h"}}]
    },
}

LATER = 60 * DAY


async def totals(world: World, insight: Insight | None = None) -> dict[str, dict[str, int]]:
    counting = insight or world.engine.insight
    await counting.settled()
    found = await counting.totals(HOURS, NOON - DAY, NOON + LATER)
    found.pop("latency", None)
    return found


def another(world: World) -> Insight:
    """Return what another process would count with, on the same store."""
    return Insight(world.runtime, lambda: world.engine.release, world.engine.customer)


async def again(world: World) -> dict[str, dict[str, int]]:
    """Count everything once more from the ledger."""
    await world.settle(MINUTE)
    await world.runtime.figures.clear()
    return await totals(world, another(world))


class Talking(World):
    """A customer who talks, hour after hour."""

    number = 0

    async def hear(self, kind: str, *, after: int = 0, **data: Any) -> None:
        await self.settle(after)
        self.number += 1
        answer = await self.tell(signal(f"t{self.number}", kind, ANA, time=self.now, **data))
        assert answer.refusal is None


@pytest.fixture
def rules():
    return release_with(signals=TALKS)


async def test_demand_is_counted_by_intent_and_comes_back_when_it_was_not_done(rules):
    async with Talking(rules=rules) as world:
        await world.hear("wish.heard", chat="a")
        await world.hear("wish.done")
        await world.hear("wish.heard", chat="b", after=HOUR)
        found = await totals(world)
    assert found["demand"] == {"refund": 1}
    assert found["resolved"] == {"refund": 1}
    assert found["returned"] == {"refund": 1}


async def test_a_second_conversation_within_a_week_is_a_repeat_even_when_the_first_was_closed(rules):
    async with Talking(rules=rules) as world:
        await world.hear("chat.opened", chat="a")
        await world.hear("chat.closed", chat="a")
        await world.hear("chat.opened", chat="b", after=6 * DAY)
        await world.hear("chat.opened", chat="c", after=8 * DAY)
        found = await totals(world)
        assert await again(world) == found
    assert found["contacts"] == {"web": 3}
    assert found["repeats"] == {"web": 1}
    assert "chases" not in found
    assert "shifts" not in found


async def test_a_repeat_on_another_channel_within_a_day_is_a_shift(rules):
    async with Talking(rules=rules) as world:
        await world.hear("chat.opened", chat="a")
        await world.hear("call.started", call="c", after=2 * HOUR)
        await world.hear("chat.opened", chat="b", after=2 * DAY)
        found = await totals(world)
    assert found["shifts"] == {"web to voice": 1}
    assert found["repeats"] == {"voice": 1, "web": 1}


async def test_who_comes_back_while_something_is_not_done_chases_it(rules):
    async with Talking(rules=rules) as world:
        await world.hear("chat.opened", chat="a")
        await world.hear("wish.heard", chat="a")
        await world.hear("chat.opened", chat="b", after=DAY)
        await world.hear("wish.done", after=HOUR)
        await world.hear("chat.opened", chat="c", after=HOUR)
        found = await totals(world)
        assert await again(world) == found
    assert found["chases"] == {"web": 1}
    assert found["repeats"] == {"web": 2}


async def test_who_comes_back_after_a_promise_is_overdue_chases_it(rules):
    async with Talking(rules=rules) as world:
        await world.hear("chat.opened", chat="a")
        await world.hear("oath.made")
        await world.hear("chat.opened", chat="b", after=MINUTE)
        await world.hear("chat.opened", chat="c", after=DAY)
        found = await totals(world)
    assert found["chases"] == {"web": 1}


async def test_handovers_are_counted_by_queue(rules):
    async with World(rules=rules) as world:
        handover = await open_one(world)
        await world.ask(accept(1, handover.id), ANA)
        await world.ask(hand_back(1, handover.id), ANA)
        found = await totals(world)
        assert await again(world) == found
    assert found["transfers"] == {"care": 1}
    assert found["accepted"] == {"care": 1}
    assert found["handed_back"] == {"care": 1}


async def test_verdicts_are_counted_with_what_decided_and_found_again_by_it(rules):
    async with World(rules=rules) as world:
        await world.tell(signal(1, "page.viewed", ANA, path="/a"))
        permitted = await world.ask(proposal(1, "read_bill"), ANA)
        assert permitted.decision is not None, permitted.refusal
        denied = await world.ask(proposal(2, "raise_limit"), ANA)
        found = await totals(world)
        ruled = await world.engine.insight.ruled(
            Wanted(verdict=denied.decision.verdict, code=denied.decision.code), None, 9
        )
        everything = await world.engine.insight.ruled(Wanted(since=NOON), None, 9)
    assert found["decisions"]["deny"] == 1
    assert found["codes"][denied.decision.code] == 1
    assert found["actions"] == {"read_bill": 1, "raise_limit": 1}
    assert list(ruled) == [denied.position]
    assert everything == sorted(everything, reverse=True)
    assert {denied.position, permitted.position} <= set(everything)


async def test_requests_for_approval_wait_until_they_are_answered_or_given_up(rules):
    async with World(rules=rules) as world:
        await world.tell(signal(1, "page.viewed", ANA, path="/a"))
        held = await world.ask(proposal(1, "issue_credit", BOT, cents=8000), ANA)
        assert held.decision is not None, held.refusal
        assert held.decision.verdict == "hold"
        until, (count, since) = next(iter((await world.engine.insight.waiting()).items()))
        answer = await world.ask(Approval("approval:1", OLGA, held.decision.invocation, approved=False), ANA)
        assert answer.refusal is None
        await world.engine.insight.settled()
        after = await world.engine.insight.waiting()
        found = await totals(world)
    assert (until, count, since) == ("approval", 1, NOON)
    assert after == {}
    assert found["approvals"] == {"refused": 1}


async def test_a_store_that_knows_more_than_the_ledger_is_counted_again(rules):
    async with World(rules=rules) as world:
        await world.tell(signal(1, "page.viewed", ANA, path="/a"))
        await world.ask(proposal(1, "read_bill"), ANA)
        await world.settle(MINUTE)
        before = await totals(world)
        await world.runtime.figures.add(10_000, [Figure(NOON, "decisions", "permit", 5)], [])
        assert await totals(world, another(world)) == before


async def test_what_is_counted_is_kept_after_a_moment_and_not_twice(rules):
    async with World(rules=rules) as world:
        await world.tell(signal(1, "page.viewed", ANA, path="/a"))
        await world.ask(proposal(1, "read_bill"), ANA)
        await world.settle(1_000)
        assert await world.runtime.figures.position() == await world.runtime.ledger.last()
        stored = await world.runtime.figures.totals(HOURS, NOON - DAY, NOON + DAY)
        stored.pop("latency", None)
        assert await totals(world) == stored


async def test_names_from_outside_cannot_fill_the_store(rules, monkeypatch):
    monkeypatch.setattr("xop.engine.insight._LABELS", 2)
    wishes = {f"wish.{name}": {"changes": [{"intent": {"change": "open", "name": name}}]} for name in "abcd"}
    async with Talking(rules=release_with(signals=wishes)) as world:
        for name in "abcd":
            await world.hear(f"wish.{name}")
        found = await totals(world)
    assert found["demand"] == {"a": 1, "b": 1, "(other)": 2}


async def test_how_long_commands_took_is_counted(rules):
    async with World(rules=rules) as world:
        for number in range(5):
            await world.tell(signal(number, "page.viewed", ANA, path="/a"))
        assert sum(world.engine.insight.recent_latency(60).values()) == 5
        await world.settle(1_000)
        found = await world.engine.insight.totals(HOURS, NOON - DAY, NOON + DAY)
    assert sum(found["latency"].values()) == 5
