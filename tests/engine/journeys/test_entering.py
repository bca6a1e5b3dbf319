"""Who enters a journey, how often, and which journey gives way."""

import asyncio

import pytest

from tests.engine.journeys.test_steps import ANA, BY_VIEW, ends, ferry, view
from tests.kit.ferries import notice, release_with
from tests.kit.harbour import DAY, HOUR, NOON, signal
from tests.kit.world import World
from xop.kernel.facts import EntryDeclined, InvocationDone, RunEntered, SegmentEntered, SegmentLeft, StepReached

REST = {"steps": {"rest": {"wait": {"for": "2d"}}}}


async def entered(world):
    return [fact.journey for fact in await world.facts(RunEntered)]


@pytest.mark.parametrize(("reentry", "expected"), [("once", 1), ("after_end", 2), ("always", 4), ("1d", 2), ("4d", 1)])
async def test_a_reentry_rule_says_how_often_a_customer_may_enter(reentry, expected):
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "reentry": reentry, **REST}})) as world:
        for number in range(4):
            await view(world, number)
            await world.settle(2 * DAY if number % 2 else 0)
        assert len(await entered(world)) == expected


async def test_a_once_journey_is_entered_once_however_many_signals_come_together():
    async with World(rules=release_with({"ferry": ferry(reentry="once")})) as world:
        signals = [
            signal(f"{who}.{number}", "page.viewed", f"email:c{who}@harbour.test", path="/join")
            for number in range(8)
            for who in range(50)
        ]
        await asyncio.gather(*(world.tell(each) for each in signals))
        await world.settle()
        origins = [
            stored.entry.origin
            for stored in await world.entries()
            for fact in stored.entry.facts
            if isinstance(fact, RunEntered)
        ]
        assert len(origins) == len(set(origins)) == 50


async def test_a_run_for_each_key():
    entries = [{"signal": "promise.made", "key": "{{signal.data.id}}"}]
    async with World(rules=release_with({"ferry": {"entries": entries, "reentry": "once", **REST}})) as world:
        for number, name in enumerate(["a", "b", "a"]):
            await world.tell(signal(number, "promise.made", ANA, id=name))
        runs = (await world.customer(ANA)).view.runs.values()
        assert sorted(run.key for run in runs) == ["a", "b"]


async def test_a_journey_of_higher_priority_takes_the_place_of_the_lowest():
    def journey(path, priority, **changes):
        return {
            "entries": [{"signal": "page.viewed", "when": f"signal.data.path == '/{path}'"}],
            "priority": priority,
            **REST,
            **changes,
        }

    journeys = {
        "low": journey("a", 10),
        "middle": journey("b", 50),
        "high": journey("c", 90),
        "lower": journey("d", 5),
        "service": journey("e", 1, counted=False),
    }
    async with World(rules=release_with(journeys, limit=2)) as world:
        for number, path in enumerate("abcde"):
            await view(world, number, path=f"/{path}")
        assert await entered(world) == ["low", "middle", "high", "service"]
        assert await ends(world) == [("low", "outranked", "outranked")]
        assert [(fact.journey, fact.code) for fact in await world.facts(EntryDeclined)] == [("lower", "limit")]


async def test_a_segment_is_entered_and_left_as_its_condition_and_its_windows_say():
    segments = {"leaving": {"when": "customer.counters.cancel_visits >= 2"}}
    journey = {
        "entries": [{"segment": "leaving"}],
        "exits": {"stays": {"signal": "xop.segment.left"}},
        "steps": {"rest": {"wait": {"for": "30d"}}},
    }
    async with World(rules=release_with({"ferry": journey}, segments)) as world:
        await view(world, 1, path="/cancel")
        assert not await world.facts(SegmentEntered)
        await world.settle(HOUR)
        await view(world, 2, path="/cancel")
        assert [fact.segment for fact in await world.facts(SegmentEntered)] == ["leaving"]
        assert await entered(world) == ["ferry"]
        await world.settle(23 * HOUR - 1)
        assert not await world.facts(SegmentLeft)
        await world.settle(1)
        assert [fact.segment for fact in await world.facts(SegmentLeft)] == ["leaving"]
        assert await ends(world) == [("ferry", "stays", "exit")]


async def test_a_schedule_enters_the_members_of_a_segment_at_their_local_time():
    segments = {"gold": {"when": "customer.profile.contract.plan == 'gold'"}}
    journey = {
        "entries": [{"schedule": {"segment": "gold", "at": "09:00", "days": ["wed", "fri"]}}],
        "steps": {"welcome": notice()},
    }
    async with World(start=NOON, rules=release_with({"ferry": journey}, segments)) as world:
        await world.tell(signal(0, "profile.changed", ANA, zone="Asia/Tokyo", plan="gold"))
        await world.settle(7 * DAY)
        moments = [
            stored.entry.moment.at
            for stored in await world.entries()
            for fact in stored.entry.facts
            if isinstance(fact, StepReached)
        ]
        days = {(moment // DAY + 4) % 7 for moment in moments}
        assert len(moments) == 2
        assert {moment % DAY for moment in moments} == {0}
        assert days == {3, 5}
        await world.tell(signal(1, "profile.changed", ANA, time=world.now, plan="silver"))
        await world.settle(7 * DAY)
        assert len(await world.facts(InvocationDone)) == 2


async def test_nobody_but_the_platform_tells_that_a_segment_was_entered():
    segments = {"leaving": {"when": "customer.counters.cancel_visits >= 2"}}
    journey = {"entries": [{"segment": "leaving"}], **REST}
    async with World(rules=release_with({"ferry": journey}, segments)) as world:
        answer = await world.tell(signal(1, "xop.segment.entered", ANA, segment="leaving"))
        assert answer.refusal.code == "signal-reserved"
        assert not await entered(world)


async def test_a_circle_that_waits_for_a_clock_time_goes_round_once_a_day():
    steps = {"morning": {"wait": {"until": "09:00"}}, "note": {"set": {"seen": True}, "next": "morning"}}
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        await world.settle(3 * DAY)
        steps_taken = [fact.step for fact in await world.facts(StepReached)]
        assert steps_taken == ["morning", *["note", "morning"] * 3]
