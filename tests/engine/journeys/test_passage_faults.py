"""Runs in awkward company: many at once, sides of a merged customer, reviews that meet, and others' authority."""

import asyncio
from dataclasses import replace

import pytest

from tests.engine.journeys.test_merges import ANA, BEA, STEPS, both
from tests.engine.journeys.test_steps import ends, view
from tests.kit.choosing import NOTICE, ChoosingWorld, choice, decision_set
from tests.kit.choosing import files_with as choosing_files
from tests.kit.ferries import JOINING, files_with, notice, release_with
from tests.kit.harbour import DAY, HOUR, NOON, OLGA, SHY_BOT, WEB, ids, signal
from tests.kit.world import World
from xop.assembly import compiled
from xop.faces.http.cloudevents import command
from xop.kernel.base.ids import derive
from xop.kernel.commands import Approval, Enter, Merge, Signal, Transfer, Unmerge
from xop.kernel.facts import (
    EntryDeclined,
    InvocationDone,
    InvocationHeld,
    RunEnded,
    RunEntered,
    RunParked,
    SegmentEntered,
)

GOLD = "customer.profile.contract.plan == 'gold'"

CREDIT = {
    "credit": {
        "propose": {
            "action": "issue_credit",
            "arguments": {"cents": "{{run.vars.cents}}"},
            "denied": "skip",
            "held": "wait",
        }
    }
}
BY_REQUEST = {"entries": [{"api": True, "set": {"cents": "{{signal.data.cents}}"}}], "steps": CREDIT}

BY_NAME = {
    "entries": [
        {
            "signal": "page.viewed",
            "when": "signal.data.path.startsWith('/join')",
            "set": {"who": "{{signal.data.path}}"},
        }
    ],
    "exits": {"kept": {"signal": "promise.kept", "when": "signal.data.id == run.vars.who"}},
}
"""A journey that each of two customers leaves by a signal of their own."""


def joining(steps, **more):
    """Return the journey `ferry` with steps, which whoever looks at the page `/join` enters."""
    return {"ferry": {"entries": JOINING, "steps": steps, **more}}


async def sides(world, path="/x"):
    """Have two customers be one of whom the first looked at the page `/join`; return both."""
    one = await world.tell(signal(1, "page.viewed", ANA, path="/join"))
    other = await world.tell(signal(2, "page.viewed", BEA, path=path))
    await world.tell(Merge("merge:1", OLGA, other.customer), one.customer)
    await world.settle(HOUR)
    return one.customer, other.customer


async def test_all_of_a_customers_many_runs_go_on_by_one_signal():
    signals = [{"signal": "profile.changed"}]
    hear = {"wait_for": {"signals": signals, "within": "9d", "late": "end"}}
    steps = {"hear": hear, "note": {"set": {"heard": True}}, "rest": {"wait": {"for": "1d"}}}
    journey = {"entries": [{"signal": "promise.made", "key": "{{signal.data.id}}"}], "steps": steps}
    async with World(rules=release_with({"ferry": journey})) as world:
        for number in range(120):
            await world.tell(signal(number, "promise.made", ANA, id=f"p{number}"))
        await world.tell(signal("x", "profile.changed", ANA, time=world.now, plan="gold"))
        assert not await world.facts(RunEnded)
        runs = (await world.customer(ANA)).view.runs.values()
        assert [token.step for run in runs for token in run.tokens] == ["rest"] * 120


async def test_a_customer_who_is_always_busy_is_reviewed_as_often_as_a_segment_says():
    segments = {
        "at_a": {"when": "customer.profile.web.last_path == '/a'", "review": "1d"},
        "late": {"when": "customer.id != '' && now > timestamp('2026-09-29T18:00:00Z')", "review": "1d"},
    }
    async with World(rules=release_with({}, segments)) as world:
        for number in range(8):
            await view(world, number, f"/{number}")
            await world.settle(12 * HOUR)
        assert [fact.segment for fact in await world.facts(SegmentEntered)] == ["late"]


async def test_the_names_of_reviews_do_not_grow():
    segments = {"odd": {"when": "customer.id != '' && now.getHours() % 2 == 1", "review": "1h"}}
    async with World(rules=release_with({}, segments)) as world:
        await view(world, 1, "/a")
        lengths = set()
        for _ in range(5):
            (timer,) = await world.runtime.timers.due(NOON + 9 * DAY, 9)
            lengths.add(len(timer.command.id))
            await world.settle(HOUR)
        assert len(lengths) == 1


async def test_a_review_at_once_is_not_put_off_by_one_that_is_to_come():
    segments = {"leaving": {"when": "customer.counters.cancel_visits >= 5"}}
    journey = {**BY_NAME, "steps": STEPS}
    async with World(rules=release_with({"ferry": journey}, segments)) as world:
        await view(world, 1, "/join/a")
        await world.settle(HOUR)
        await view(world, 2, "/join/b", BEA)
        one, other = (await world.customer(ANA)).id, (await world.customer(BEA)).id
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.settle(DAY + HOUR)
        assert len(await world.facts(RunParked)) == 1
        gone = signal(3, "promise.kept", ANA, time=world.now, id="/join/a")
        await asyncio.gather(world.tell(gone), view(world, 4, "/cancel", BEA))
        await world.settle(HOUR)
        assert len(await world.facts(InvocationDone)) == 2


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"goal": {"when": GOLD}}, ("ferry", "goal", "goal")),
        ({"exits": {"gone": {"when": GOLD}}}, ("ferry", "gone", "exit")),
    ],
)
async def test_what_is_learnt_on_another_side_ends_a_run(how, expected):
    async with World(rules=release_with(joining(STEPS, **how))) as world:
        await sides(world)
        await world.tell(signal(3, "profile.changed", BEA, time=world.now, plan="gold"))
        await world.settle()
        assert await ends(world) == [expected]


async def test_a_called_run_gives_way_with_the_one_that_called_it():
    boat = {"steps": {"rest": {"wait": {"for": "1d"}}, "welcome": notice()}}
    ferry = joining({"call": {"call": {"journey": "boat"}}}, reentry="once")
    async with World(rules=release_with({**ferry, "boat": boat})) as world:
        one, other = await both(world)
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.settle(9 * DAY)
        assert len(await world.facts(InvocationDone)) == 1
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        await world.settle(9 * DAY)
        assert len(await world.facts(InvocationDone)) == 2


async def test_a_merged_customer_enters_by_a_schedule_once():
    segments = {"joined": {"when": "customer.profile.web.last_path == '/join'"}}
    entries = [{"schedule": {"segment": "joined", "at": "18:00"}}]
    journey = {"entries": entries, "reentry": "always", "steps": {"welcome": notice()}}
    async with World(rules=release_with({"ferry": journey}, segments)) as world:
        await sides(world, "/join")
        await world.settle(DAY)
        assert len(await world.facts(RunEntered)) == 1


async def test_a_run_that_stands_still_for_good_takes_nobodys_place():
    other = {"entries": [{"signal": "page.viewed", "when": "signal.data.path == '/other'"}], "steps": STEPS}
    journeys = {**joining(STEPS, reentry="once"), "other": other}
    async with World(rules=release_with(journeys, limit=1)) as world:
        one, two = await both(world)
        await world.tell(Merge("merge:1", OLGA, two), one)
        await world.settle(20 * DAY)
        await view(world, 9, "/other")
        assert not await world.facts(EntryDeclined)
        assert [fact.journey for fact in await world.facts(RunEntered)] == ["ferry", "ferry", "other"]


async def test_a_signal_of_one_side_is_not_heard_by_another_that_was_unmerged_meanwhile():
    signals = [{"signal": "promise.kept"}]
    steps = {"hear": {"wait_for": {"signals": signals, "within": "9d", "late": "end"}}, "good": {"end": {}}}
    async with World(rules=release_with(joining(steps))) as world:
        one, other = await sides(world)
        kept = signal(3, "promise.kept", BEA, time=world.now, id="p")
        await asyncio.gather(world.tell(kept), world.tell(Unmerge("unmerge:1", OLGA, other), one))
        await world.settle(HOUR)
        assert await ends(world) == []


async def test_nobody_approves_what_they_had_a_journey_propose():
    async with World(rules=release_with({"ferry": BY_REQUEST})) as world:
        ana = (await world.tell(signal(1, "page.viewed", ANA, path="/x"))).customer
        await world.tell(Enter("enter:1", OLGA, "ferry", data={"cents": 6000}), ana)
        await world.settle()
        (held,) = await world.facts(InvocationHeld)
        answer = await world.tell(Approval("approval:1", OLGA, held.invocation.id, True), ana)
        assert answer.refusal.code == "approval-own"
        await world.settle(HOUR)
        assert not await world.facts(InvocationDone)


async def test_an_agent_that_may_only_suggest_has_a_journey_only_suggest():
    files = files_with({"ferry": BY_REQUEST})
    files["agents.yaml"] = files["agents.yaml"].replace(b"shy_bot:\n", b"shy_bot:\n    journeys: [ferry]\n")
    async with World(rules=compiled(files)) as world:
        ana = (await world.tell(signal(1, "page.viewed", ANA, path="/x"))).customer
        assert (await world.tell(Enter("enter:1", SHY_BOT, "ferry", data={"cents": 500}), ana)).refusal is None
        await world.settle(HOUR)
        assert len(await world.facts(InvocationHeld)) == 1
        assert not await world.facts(InvocationDone)


async def test_an_agent_that_may_only_suggest_has_a_decision_set_only_suggest():
    files = choosing_files(decision_set(candidates=[NOTICE]))
    files["agents.yaml"] = files["agents.yaml"].replace(b"shy_bot:\n", b"shy_bot:\n    decisions: [next]\n")
    async with ChoosingWorld(rules=compiled(files)) as world:
        await world.meet()
        assert (await world.ask(choice(1, actor=SHY_BOT), "account:k1")).refusal is None
        await world.settle(HOUR)
        assert not await world.facts(InvocationDone)
        await world.ask(choice(2), "account:k1")
        await world.settle(HOUR)
        assert len(await world.facts(InvocationDone)) == 1


async def test_a_source_cannot_take_the_name_of_a_segments_signal():
    segments = {"leaving": {"when": "customer.counters.cancel_visits >= 1"}}
    journey = {"entries": [{"segment": "leaving"}], "steps": {"rest": {"wait": {"for": "30d"}}}}
    async with World(rules=release_with({"ferry": journey}, segments)) as world:
        name = command("xop:xop.segment.entered:leaving:signal:test", "5")
        await world.tell(Signal(name, "page.viewed", "test", NOON, WEB, ids(ANA), {"path": "/x"}))
        await view(world, 5, "/cancel")
        assert len(await world.facts(RunEntered)) == 1


async def test_a_wait_longer_than_any_calendar_is_begun():
    steps = {"rest": {"wait": {"for": "999999999w", "until": "09:00"}}}
    async with World(rules=release_with(joining(steps))) as world:
        await view(world)
        (run,) = (await world.customer(ANA)).view.runs.values()
        assert [token.step for token in run.tokens] == ["rest"]


async def test_a_clock_time_in_a_zone_nobody_knows_is_that_of_the_workspace():
    rules = replace(release_with(joining({"rest": {"wait": {"until": "18:00"}}})), zone="America/New_York")
    async with World(rules=rules) as world:
        await world.tell(signal(1, "profile.changed", ANA, zone="Nowhere/Land"))
        await view(world, 2)
        (timer,) = await world.runtime.timers.due(NOON + 9 * DAY, 9)
        assert timer.due == NOON + 10 * HOUR


async def test_a_run_that_left_in_the_same_moment_calls_nobody_and_goes_on_when_it_is_back():
    boat = {"steps": {"rest": {"wait": {"for": "1d"}}, "welcome": notice()}}
    ferry = joining({"call": {"call": {"journey": "boat"}}})
    async with World(rules=release_with({**ferry, "boat": boat})) as world:
        ana = (await world.tell(signal(1, "page.viewed", ANA, path="/x"))).customer
        run = derive("run", "signal:test|2", "ferry", "", "0", ana)
        entering = world.tell(signal(2, "page.viewed", ANA, path="/join"))
        await asyncio.gather(entering, world.tell(Transfer("transfer:1", run, "rel_x", "leave"), ana))
        await world.settle(2 * DAY)
        assert [fact.journey for fact in await world.facts(RunEntered)] == ["ferry"]
        await world.tell(Transfer("transfer:2", run, "rel_x", "restore"), ana)
        assert await ends(world) == [("ferry", "done", "end")]


async def test_a_run_that_left_as_it_began_to_propose_proposes_nothing_and_goes_on_when_it_is_back():
    async with World(rules=release_with(joining({"welcome": notice()}))) as world:
        ana = (await world.tell(signal(1, "page.viewed", ANA, path="/x"))).customer
        run = derive("run", "signal:test|2", "ferry", "", "0", ana)
        entering = world.tell(signal(2, "page.viewed", ANA, path="/join"))
        await asyncio.gather(entering, world.tell(Transfer("transfer:1", run, "rel_x", "leave"), ana))
        await world.settle(2 * DAY)
        assert not await world.facts(InvocationDone)
        await world.tell(Transfer("transfer:2", run, "rel_x", "restore"), ana)
        assert await ends(world) == [("ferry", "done", "end")]
