"""Publications at awkward moments: one after another, undone, and while customers are merged or runs call others."""

import asyncio

import pytest

from tests.kit.dock import NEW, Dock, described, ferry
from tests.kit.ferries import JOINING, files_with, notice
from tests.kit.harbour import DAY, HOUR, OLGA, signal
from xop.assembly import PublicationOutdated
from xop.engine.publication import JourneyChoice
from xop.kernel.commands import Reply
from xop.kernel.facts import (
    InvocationDone,
    InvocationHeld,
    RunEnded,
    RunParked,
    SegmentEntered,
    SegmentLeft,
)

MIGRATING = JourneyChoice("migrate", {"welcome": "stay", "pause": "stay"})

CREDIT = {"propose": {"action": "issue_credit", "arguments": {"cents": 6000}, "denied": "skip", "held": "wait"}}
"""A step that a supervisor must approve."""

ALIKE = {"rest": {"wait": {"for": "1d"}}, "welcome": notice(), "again": {"wait": {"for": "1d"}}}

JOINED = {"joined": {"when": "customer.profile.web.last_path == '/join'"}}


def side_by_side(quick, days):
    """Return steps of which one path is a step that goes to `join`, and the other waits."""
    return {
        "fork": {"parallel": {"paths": ["quick", "slow"]}, "next": "end"},
        "quick": quick,
        "slow": {"wait": {"for": days}, "next": "join"},
    }


def calling(last):
    """Return a workspace whose journey calls another and then waits."""
    steps = {"call": {"call": {"journey": "boat"}}, "rest": {"wait": {"for": last}}}
    boat = {"steps": {"rest": {"wait": {"for": "1d"}}, "welcome": notice()}}
    return files_with({"ferry": {"entries": JOINING, "steps": steps}, "boat": boat})


async def merged(dock):
    """Have two customers enter an hour apart and be one."""
    await dock.enter(1)
    await dock.settle(HOUR)
    await dock.enter(1, 1)
    await dock.merge(0, 1)


async def test_whom_a_publication_has_not_moved_yet_the_next_one_moves():
    async with Dock() as dock:
        await dock.enter(600)
        await dock.platform.publish(ferry(NEW), "test", {"ferry": MIGRATING})
        await dock.settle(1)
        moved = [(each.step, each.tokens) for each in await dock.runtime.runs.counts()]
        assert len(moved) == 2, "the first publication is to be under way"
        await dock.put(described(ferry(NEW), b"Another small"))
        assert await dock.standing() == {("new", "rest", False): 600}


async def test_whom_a_publication_has_not_reviewed_yet_the_next_one_reviews():
    files = files_with({}, JOINED)
    async with Dock() as dock:
        await dock.enter(600)
        await dock.platform.publish(files, "test")
        await dock.settle(1)
        assert len(await dock.facts(SegmentEntered)) < 600
        await dock.put(described(files, b"Another small"))
        assert len(await dock.facts(SegmentEntered)) == 600


@pytest.mark.parametrize("turns", range(4))
async def test_an_undoing_waits_for_the_moves_that_are_on_their_way(turns):
    async with Dock() as dock:
        await dock.enter(100)
        old = dock.platform.engine.release
        await dock.platform.publish(ferry(NEW), "test", {"ferry": MIGRATING})
        await dock.settle(HOUR)
        undoing = await dock.platform.prepare_undoing()
        await dock.undo()
        again = await dock.platform.prepare(ferry(NEW), {"ferry": MIGRATING})
        busy = [asyncio.ensure_future(dock.view(0, f"/{number}")) for number in range(1000)]
        dock.releases = {"old": old, "new": await dock.platform.carry_out(again, "test")}
        for _ in range(turns):
            await asyncio.sleep(0)
        await dock.platform.carry_out(undoing, "test")
        await asyncio.gather(*busy)
        await dock.settle(HOUR)
        assert await dock.standing() == {("old", "rest", False): 100}


async def test_a_publication_prepared_before_another_is_not_carried_out():
    async with Dock() as dock:
        prepared = await dock.platform.prepare(ferry({"rest": {"wait": {"for": "7d"}}}))
        await dock.publish(NEW)
        await dock.enter(3)
        with pytest.raises(PublicationOutdated, match="prepare this publication again"):
            await dock.platform.carry_out(prepared, "test")
        await dock.settle(30 * DAY)
        assert [fact.reason for fact in await dock.facts(RunEnded)] == ["end"] * 3


async def test_a_version_that_the_present_release_lacks_is_found_in_those_before():
    async with Dock() as dock:
        await dock.enter(3)
        await dock.restart(ferry(NEW))
        await dock.publish(
            {"rest": {"wait": {"for": "7d"}}}, runs="migrate", steps={"welcome": "stay", "pause": "stay"}
        )
        assert await dock.standing() == {("new", "rest", False): 3}


async def test_an_undoing_brings_each_run_back_to_the_version_it_came_from():
    def rests(days):
        return ferry({"rest": {"wait": {"for": days}}, "pause": {"wait": {"for": "50d"}}})

    async with Dock(rests("2d")) as dock:
        names = {dock.platform.engine.release.routes.journeys["ferry"].version: "2d"}
        await dock.enter(5)
        await dock.put(rests("3d"))
        names[dock.platform.engine.release.routes.journeys["ferry"].version] = "3d"
        await dock.enter(4, 10)
        await dock.put(rests("4d"), runs="migrate")
        await dock.settle(5 * DAY)
        await dock.undo()
        assert {names[each.version]: each.tokens for each in await dock.runtime.runs.counts()} == {"2d": 5, "3d": 4}


async def test_a_step_begun_before_it_became_another_kind_is_not_begun_again_by_the_undoing():
    def first(step):
        return {"first": step, "rest": {"wait": {"for": "9d"}}}

    async with Dock(ferry(first(CREDIT))) as dock:
        await dock.enter(1)
        await dock.publish(first({"wait": {"for": "30d"}}), runs="migrate")
        await dock.undo()
        assert len(await dock.facts(InvocationHeld)) == 1


async def test_a_path_that_ended_since_is_not_brought_back_by_the_undoing():
    question = {"role": "supervisor", "question": "Now?", "options": {"yes": "join"}, "within": "2d", "late": "join"}
    ask = {"ask": question}
    async with Dock(ferry(side_by_side(ask, "5d"))) as dock:
        await dock.enter(1)
        await dock.publish(side_by_side(ask, "6d"), runs="migrate")
        (asked,) = [each for each in await dock.places() if each.waits == "person"]
        await dock.platform.engine.submit(Reply("reply:1", OLGA, asked.run, asked.token, "yes"), asked.part)
        await dock.settle(HOUR)
        before = [(each.step, each.waits) for each in await dock.places()]
        await dock.undo()
        assert [(each.step, each.waits) for each in await dock.places()] == before


async def test_a_run_whose_proposal_was_carried_out_since_ends_after_the_undoing():
    quick = {**CREDIT, "next": "join"}
    async with Dock(ferry(side_by_side(quick, "5d"))) as dock:
        await dock.enter(1)
        await dock.publish(side_by_side(quick, "6d"), runs="migrate")
        (held,) = await dock.facts(InvocationHeld)
        await dock.approve(held.invocation)
        await dock.settle(HOUR)
        assert len(await dock.facts(InvocationDone)) == 1
        await dock.undo()
        await dock.settle(30 * DAY)
        assert [fact.reason for fact in await dock.facts(RunEnded)] == ["end"]


async def test_an_answer_that_came_while_a_run_was_set_aside_is_kept_by_any_name():
    question = {"role": "supervisor", "question": "Now?", "options": {"again": "yes"}, "within": "9d", "late": "end"}
    steps = {"ask": {"ask": question}, "yes": {"end": {"outcome": "yes"}}}
    async with Dock(ferry(steps)) as dock:
        await dock.enter(1)
        await dock.publish({**steps, "yes": {"end": {"outcome": "no"}}}, runs="leave")
        (asked,) = await dock.places()
        answer = Reply("reply:1", OLGA, asked.run, asked.token, "again")
        assert (await dock.platform.engine.submit(answer, asked.part)).refusal is None
        await dock.undo()
        assert [fact.outcome for fact in await dock.facts(RunEnded)] == ["yes"]


async def test_a_run_goes_on_whose_proposal_was_carried_out_while_it_was_set_aside():
    async with Dock(ferry({"credit": CREDIT})) as dock:
        await dock.enter(1)
        await dock.publish(NEW, runs="leave")
        (held,) = await dock.facts(InvocationHeld)
        await dock.approve(held.invocation)
        await dock.settle(DAY)
        assert len(await dock.facts(InvocationDone)) == 1
        await dock.undo()
        assert [fact.reason for fact in await dock.facts(RunEnded)] == ["end"]


async def test_a_goal_that_is_reached_already_ends_a_run_as_it_migrates():
    steps = {"rest": {"wait": {"for": "9d"}}, "welcome": notice()}
    gold = {"goal": {"when": "customer.profile.contract.plan == 'gold'"}}
    async with Dock(ferry(steps)) as dock:
        await dock.enter(1)
        told = signal("gold", "profile.changed", "email:c0@harbour.test", time=dock.runtime.clock.now(), plan="gold")
        await dock.platform.engine.submit(told)
        await dock.settle(HOUR)
        await dock.put(ferry(steps, **gold), runs="migrate")
        assert [fact.outcome for fact in await dock.facts(RunEnded)] == ["goal"]


async def test_a_run_that_leaves_takes_those_it_called_along_and_back():
    async with Dock(calling("1d")) as dock:
        await dock.enter(1)
        await dock.put(calling("2d"), runs="leave")
        await dock.settle(9 * DAY)
        assert not await dock.facts(InvocationDone)
        await dock.undo()
        assert len(await dock.facts(InvocationDone)) == 1
        await dock.settle(2 * DAY)
        assert [fact.journey for fact in await dock.facts(RunEnded)] == ["boat", "ferry"]


async def test_a_run_that_stands_still_finds_its_step_in_the_version_it_migrates_to():
    def steps(name):
        signals = [{"signal": "promise.kept"}]
        hear = {"wait_for": {"signals": signals, "within": "1d", "late": name}}
        return {"hear": hear, "far": {"wait": {"for": "1d"}}, name: {"wait": {"for": "5d"}}}

    async with Dock(ferry(steps("dusk"), reentry="once")) as dock:
        await merged(dock)
        await dock.settle(DAY + HOUR)
        assert len(await dock.facts(RunParked)) == 1
        await dock.put(ferry(steps("dawn"), reentry="once"), runs="migrate", steps={"dusk": "migrate:dawn"})
        await dock.unmerge(0, 1)
        await dock.settle(20 * DAY)
        assert [(fact.outcome, fact.cause) for fact in await dock.facts(RunEnded)] == [("done", "")] * 2


async def test_a_run_goes_on_that_gave_way_to_one_that_left():
    async with Dock(ferry(ALIKE)) as dock:
        await merged(dock)
        await dock.settle(DAY + HOUR)
        assert len(await dock.facts(RunParked)) == 1
        await dock.publish({**ALIKE, "again": {"wait": {"for": "2d"}}}, steps={"again": "leave"})
        await dock.settle(9 * DAY)
        assert [fact.reason for fact in await dock.facts(RunEnded)] == ["end"]


async def test_a_run_goes_on_that_gave_way_by_a_rule_that_is_gone():
    async with Dock(ferry(ALIKE, reentry="once")) as dock:
        await merged(dock)
        await dock.settle(9 * DAY)
        assert len(await dock.facts(RunEnded)) == 1
        await dock.put(ferry(ALIKE, reentry="always"), runs="stay")
        await dock.settle(9 * DAY)
        assert len(await dock.facts(RunEnded)) == 2


async def test_a_counter_with_another_window_has_segments_asked_again():
    def files(window):
        found = files_with({}, {"leaving": {"when": "customer.counters.cancel_visits >= 1"}})
        return {**found, "signals.yaml": found["signals.yaml"].replace(b"window: 24h", window)}

    async with Dock(files(b"window: 30d")) as dock:
        await dock.view(0, "/cancel")
        await dock.settle(2 * DAY)
        assert await dock.segments(0) == ["leaving"]
        await dock.put(files(b"window: 24h"))
        assert len(await dock.facts(SegmentLeft)) == 1


async def test_a_segment_is_left_that_was_the_last_of_the_workspace():
    async with Dock(files_with({}, JOINED)) as dock:
        await dock.enter(1)
        assert await dock.segments(0) == ["joined"]
        await dock.put(files_with({}))
        assert await dock.segments(0) == []
