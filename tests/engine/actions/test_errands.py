"""Actions that a journey carries out."""

from tests.kit.errands import GUIDED, WELCOME, rules
from tests.kit.harbour import BOT, DAY, HOUR, OLGA, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Proposal
from xop.kernel.journeys.facts import RunEnded, RunEntered

ANA = "account:ana"


async def asked(world, number=1, actor=OLGA):
    await world.tell(signal(number, "page.viewed", ANA, "email:ana@example.com", path="/"))
    answer = await world.ask(proposal(number, "welcome_guest", actor, pier="pier 4"), ANA)
    await world.settle()
    return answer.decision.invocation


async def test_the_run_has_the_arguments_and_the_invocation_waits_for_its_end():
    async with World(rules=rules(GUIDED)) as world:
        name = await asked(world)
        (run,) = (await world.customer(ANA)).view.runs.values()
        assert (run.vars, run.caller) == ({"pier": "pier 4"}, name)
        assert (await world.request(name)).state == "sending"
        assert await world.facts(f.InvocationDone) == []


async def test_when_the_run_ends_the_invocation_is_done_with_outcome_and_variables():
    async with World(rules=rules(GUIDED)) as world:
        name = await asked(world)
        await world.settle(2 * HOUR)
        done = {fact.invocation: fact.output for fact in await world.facts(f.InvocationDone)}
        assert done[name] == {"outcome": "welcomed", "variables": {"pier": "pier 4"}}
        assert (await world.request(name)).state == "done"


async def test_an_entry_that_is_refused_is_a_failure():
    async with World(rules=rules(GUIDED)) as world:
        await asked(world)
        second = await asked(world, 2)
        failed = {fact.invocation: fact.detail for fact in await world.facts(f.InvocationFailed)}
        assert "reentry" in failed[second]
        assert len(await world.facts(RunEntered)) == 1


async def test_a_run_that_takes_too_long_has_not_carried_it_out():
    journey = {**WELCOME, "longest": "1h"}
    async with World(rules=rules(GUIDED, journey=journey)) as world:
        name = await asked(world)
        await world.settle(DAY)
        failed = {fact.invocation: fact.detail for fact in await world.facts(f.InvocationFailed)}
        assert failed[name].endswith("expired")


async def test_whoever_asked_stands_behind_what_the_run_proposes():
    async with World(rules=rules(GUIDED)) as world:
        await asked(world)
        commands = [stored.entry.command for stored in await world.entries()]
        proposed = [each for each in commands if isinstance(each, Proposal) and each.actor.kind == "journey"]
        assert [(each.action, each.asked_by) for each in proposed] == [("send_notice", OLGA)]


async def test_an_agent_that_is_not_granted_the_action_enters_nobody():
    async with World(rules=rules(GUIDED)) as world:
        await asked(world, actor=BOT)
        assert await world.facts(RunEntered) == []


async def test_a_restart_in_between_changes_nothing():
    first = World(rules=rules(GUIDED))
    await first.engine.start()
    name = await asked(first)
    await first.engine.stop()
    again = World(runtime=first.runtime, rules=first.engine.release)
    assert await again.engine.start() == 0
    await again.settle(DAY)
    assert [fact.outcome for fact in await again.facts(RunEnded)] == ["welcomed"]
    assert name in {fact.invocation for fact in await again.facts(f.InvocationDone)}
    await again.__aexit__(None)
