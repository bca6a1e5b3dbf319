"""Carrying out: within each connection's limits, past trouble, and across the end of a process."""

import pytest

from tests.kit.harbour import HOUR, MINUTE, NOON, consent, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Execution
from xop.runtimes.simulated import SimulatedRuntime

SECOND = 1000


async def credits_for(world: World, count: int) -> None:
    await world.tell(signal("open", "page.viewed", "account:a", path="/"))
    for number in range(count):
        await world.ask(proposal(number, "issue_credit", cents=100), "account:a")


async def done(world: World) -> int:
    return len(await world.facts(f.InvocationDone))


async def test_a_rate_limit_spreads_requests_over_time():
    async with World(connection={"limits": {"rate": 2}}) as world:
        await credits_for(world, 10)
        await world.settle()
        assert await done(world) <= 2
        await world.settle(2 * SECOND)
        assert 4 <= await done(world) <= 6
        await world.settle(10 * SECOND)
        assert await done(world) == 10


async def test_no_more_requests_are_on_their_way_than_the_connection_takes():
    async with World(connection={"limits": {"concurrency": 3}, "latency_ms": SECOND}) as world:
        await credits_for(world, 7)
        await world.settle()
        assert len(await world.facts(f.InvocationStarted)) == 3
        # The simulated system answers after a second of real time, not of the world's own.
        while await done(world) < 7:
            await world.engine.grown()
            started = len(await world.facts(f.InvocationStarted))
            assert started - await done(world) <= 3


async def test_after_failures_in_a_row_nothing_is_sent_for_a_while_and_then_one_at_a_time():
    limits = {"breaker_failures": 3, "breaker_pause": "1h", "concurrency": 1}
    outcomes = [*["retry"] * 3, *["done"] * 9]
    async with World(connection={"limits": limits, "outcomes": outcomes}) as world:
        await credits_for(world, 3)
        await world.settle()
        assert len(await world.facts(f.InvocationStarted)) == 3
        assert world.engine.gates["desk"] == "open"
        await world.settle(30 * MINUTE)
        assert len(await world.facts(f.InvocationStarted)) == 3
        await world.settle(HOUR)
        assert world.engine.gates["desk"] == "closed"
        assert await done(world) == 3


async def test_a_request_that_keeps_failing_becomes_a_dead_letter():
    async with World(connection={"outcomes": ["retry"], "limits": {"breaker_failures": 1000}}) as world:
        await credits_for(world, 1)
        await world.settle(24 * HOUR)
        assert [fact.attempt for fact in await world.facts(f.InvocationStarted)] == [1, 2, 3, 4, 5, 6]
        assert len(await world.facts(f.InvocationFailed)) == 1


@pytest.mark.parametrize(("idempotent", "state", "sent"), [(True, "done", 2), (False, "uncertain", 1)])
async def test_what_was_being_sent_when_the_process_ended_is_sent_again_only_where_its_key_is_known(
    idempotent, state, sent
):
    connection = {"idempotent": idempotent}
    async with World(connection=connection) as world:
        await world.tell(consent(1, "granted", "marketing", "email", "email:ana@harbour.test"))
        answer = await world.ask(proposal(1, "send_offer"), "email:ana@harbour.test")
        invocation, part = answer.decision.invocation, answer.entry.origin
        # The process ends after the start is durable and before the request has left.
        await world.tell(Execution("execution:by hand", invocation, 1), part)
    memory = world.runtime.memory
    await world.runtime.close()
    async with World(connection=connection, runtime=SimulatedRuntime(NOON + MINUTE, 8, memory)) as again:
        await again.settle(HOUR)
        assert (await again.request(invocation)).state == state
        assert len(await again.facts(f.InvocationStarted)) == sent


async def test_what_fell_due_while_nobody_was_there_happens_on_return():
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", "email:ana@harbour.test"))
        await world.ask(proposal(1, "send_offer"), "email:ana@harbour.test")
        await world.tell(signal(2, "promise.made", "email:ana@harbour.test", id="p1"))
    memory = world.runtime.memory
    await world.runtime.close()
    async with World(runtime=SimulatedRuntime(NOON + 3 * 24 * HOUR - HOUR, 8, memory)) as again:
        await again.settle()
        assert await done(again) == 1
        assert len(await again.facts(f.PromiseBroken)) == 1
