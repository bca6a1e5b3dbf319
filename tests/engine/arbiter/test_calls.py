"""Calls: somebody waits for the outcome, so that what is permitted starts in the step that permits it."""

import asyncio

from msgspec.structs import replace

from tests.kit.harbour import BOT, MINUTE, NOON, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Evaluation
from xop.kernel.identity.model import Identifier
from xop.runtimes.simulated import SimulatedRuntime

ANA = Identifier("account", "a")


def call(number, action="issue_credit", **arguments):
    return replace(proposal(number, action, BOT, **arguments), at_once=True)


async def perform(world, *asked):
    return await world.engine.perform(*asked)


async def world_with_ana(world):
    await world.tell(signal(1, "page.viewed", "account:a", path="/"))
    return world


async def test_a_call_is_judged_once_and_its_outcome_comes_back():
    async with World() as world:
        await world_with_ana(world)
        done = await perform(world, call(1, cents=500), ANA, 5)
        assert isinstance(done.ending, f.InvocationDone)
        decisions = [each.entry.decision for each in await world.entries() if each.entry.decision]
        assert [each.stage for each in decisions] == ["proposal"]
        assert (await world.request(done.ending.invocation)).state == "done"


async def test_the_same_call_again_acts_once_and_gets_the_first_outcome():
    async with World() as world:
        await world_with_ana(world)
        first = await perform(world, call(1, cents=500), ANA, 5)
        again = await perform(world, call(1, cents=500), ANA, 5)
        assert again.answer.duplicate
        assert again.ending == first.ending
        assert len(await world.facts(f.InvocationStarted)) == 1


async def test_a_call_that_is_denied_starts_nothing():
    async with World() as world:
        await world_with_ana(world)
        refused = await perform(world, call(1, "send_offer"), ANA, 5)
        assert (refused.answer.decision.verdict, refused.ending) == ("deny", None)
        assert await world.facts(f.InvocationStarted) == []


async def test_a_failed_call_is_the_callers_and_leaves_no_dead_letter():
    for result in ("failed", "retry"):
        async with World(connection={"outcomes": [result]}) as world:
            await world_with_ana(world)
            failed = await perform(world, call(1, cents=500), ANA, 5)
            assert isinstance(failed.ending, f.InvocationFailed)
            await world.settle(60 * MINUTE)
            assert len(await world.facts(f.InvocationStarted)) == 1
            assert (await world.customer("account:a")).view.invocations == {}


async def test_an_uncertain_write_waits_for_a_person_and_an_uncertain_read_for_nobody():
    for action, arguments, kept in (("issue_credit", {"cents": 500}, 1), ("read_bill", {}, 0)):
        async with World(connection={"outcomes": ["uncertain"]}) as world:
            await world_with_ana(world)
            await perform(world, call(1, action, **arguments), ANA, 5)
            assert len((await world.customer("account:a")).view.invocations) == kept


async def test_a_call_over_a_resting_connection_is_not_sent_and_says_so():
    slow = {"limits": {"rate": 0.1}}
    async with World(connection=slow) as world:
        await world_with_ana(world)
        first = await perform(world, call(1, cents=500), ANA, 5)
        second = await perform(world, call(2, cents=500), ANA, 5)
        assert isinstance(first.ending, f.InvocationDone)
        assert isinstance(second.ending, f.InvocationFailed)
        assert "takes no more requests" in second.ending.detail


async def test_a_call_waits_a_moment_for_one_before_it():
    async with World(connection={"limits": {"concurrency": 1}, "latency_ms": 300}) as world:
        await world_with_ana(world)
        both = asyncio.gather(*(perform(world, call(number, cents=500), ANA, 60) for number in (1, 2)))
        await world.settle(1000)
        assert [type(each.ending) for each in await both] == [f.InvocationDone, f.InvocationDone]


async def test_a_call_that_is_held_goes_on_like_any_other_once_it_is_permitted():
    async with World() as world:
        await world_with_ana(world)
        held = await perform(world, call(1, cents=9000), ANA, 5)
        assert held.answer.decision.verdict == "hold"
        (invocation,) = (await world.customer("account:a")).view.invocations.values()
        assert not invocation.at_once


async def test_what_was_being_sent_when_the_process_ended_is_not_sent_twice():
    runtime = SimulatedRuntime(NOON, 7)
    first = World(runtime=runtime, connection={"latency_ms": 60_000})
    await first.engine.start()
    await world_with_ana(first)
    answer = await perform(first, call(1, cents=500), ANA, 0)
    assert answer.ending is None
    async with World(runtime=runtime, connection={"latency_ms": 60_000}) as world:
        assert len(await world.facts(f.InvocationUncertain)) == 1
        assert len(await world.facts(f.InvocationStarted)) == 1


async def test_an_evaluation_is_recorded_and_does_nothing():
    async with World() as world:
        await world_with_ana(world)
        for number, cents, verdict in ((1, 500, "permit"), (2, 9000, "hold")):
            asked = Evaluation(f"evaluation:{number}", BOT, "issue_credit", {"cents": cents})
            answer = await world.tell(asked, ANA)
            assert (answer.decision.verdict, answer.decision.stage) == (verdict, "evaluation")
        await world.settle(60 * MINUTE)
        assert await world.facts(f.InvocationQueued, f.InvocationHeld) == []
        assert (await world.customer("account:a")).view.invocations == {}
