"""Runs of a merged customer: one of two alike has the right of way, and an unmerge gives both back."""

from tests.engine.journeys.test_steps import BY_VIEW, ends
from tests.kit.ferries import notice, release_with
from tests.kit.harbour import DAY, HOUR, OLGA, signal
from tests.kit.world import World
from xop.kernel.commands import Merge, Unmerge
from xop.kernel.facts import InvocationDone, RunEntered, RunParked

ANA, BEA = "email:ana@harbour.test", "email:bea@harbour.test"

STEPS = {"rest": {"wait": {"for": "1d"}}, "welcome": notice(), "again": {"wait": {"for": "1d"}}}


async def both(world):
    one = await world.tell(signal(1, "page.viewed", ANA, time=world.now, path="/join"))
    await world.settle(HOUR)
    other = await world.tell(signal(2, "page.viewed", BEA, time=world.now, path="/join"))
    await world.settle()
    return one.customer, other.customer


async def test_of_two_runs_alike_the_earlier_goes_on_while_the_customers_are_one():
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": STEPS}})) as world:
        one, other = await both(world)
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.settle(DAY + HOUR)
        assert len(await world.facts(InvocationDone)) == 1
        assert len(await world.facts(RunParked)) == 1
        await world.settle(DAY)
        assert len(await world.facts(InvocationDone)) == 2
        await world.settle(2 * DAY)
        assert len(await ends(world)) == 2


async def test_of_two_once_runs_the_later_stands_still_for_good():
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "reentry": "once", "steps": STEPS}})) as world:
        one, other = await both(world)
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.settle(9 * DAY)
        assert len(await world.facts(InvocationDone)) == 1
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        await world.settle(9 * DAY)
        assert len(await world.facts(InvocationDone)) == 2
        assert len(await ends(world)) == 2


async def test_a_merged_customer_does_not_enter_a_once_journey_again():
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "reentry": "once", "steps": STEPS}})) as world:
        one = await world.tell(signal(1, "page.viewed", ANA, path="/join"))
        other = await world.tell(signal(2, "page.viewed", BEA, path="/x"))
        await world.tell(Merge("merge:1", OLGA, other.customer), one.customer)
        await world.tell(signal(3, "page.viewed", BEA, time=world.now, path="/join"))
        assert len(await world.facts(RunEntered)) == 1


async def test_a_run_hears_a_signal_that_came_to_another_side():
    steps = {
        "listen": {"wait_for": {"signals": [{"signal": "promise.kept"}], "within": "9d", "late": "end"}},
        "good": {"end": {"outcome": "heard"}},
    }
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        one = await world.tell(signal(1, "page.viewed", ANA, path="/join"))
        other = await world.tell(signal(2, "page.viewed", BEA, path="/x"))
        await world.tell(Merge("merge:1", OLGA, other.customer), one.customer)
        await world.tell(signal(3, "promise.kept", BEA, time=world.now, id="p"))
        await world.settle()
        assert await ends(world) == [("ferry", "heard", "end")]


async def test_a_merge_and_its_unmerge_leave_runs_and_their_timers_as_they_were():
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": STEPS}})) as world:
        one, other = await both(world)
        before = [(await world.customer(name)).parts[0].runs for name in (one, other)]
        timers = sorted((each.part, each.key, each.due) for each in await world.runtime.timers.of([one, other]))
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.settle()
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        await world.settle()
        assert [(await world.customer(name)).parts[0].runs for name in (one, other)] == before
        after = sorted((each.part, each.key, each.due) for each in await world.runtime.timers.of([one, other]))
        assert after == timers
