"""Halts: whatever is halted does nothing more until a second person lets it go on."""

import pytest

from tests.kit.agents import harbour_of
from tests.kit.harbour import BOT, DAY, MINUTE, NOON, OLGA, OTTO, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.base.actor import SYSTEM
from xop.kernel.commands import Halt, Resume
from xop.runtimes.simulated import SimulatedRuntime


async def met(world):
    await world.tell(signal(1, "page.viewed", "account:a", path="/"))


@pytest.mark.parametrize("scope", ["all", "agent:helper_bot", "action:issue_credit", "connection:desk"])
async def test_what_is_halted_is_denied_and_goes_on_when_a_second_person_resumes_it(scope):
    async with World() as world:
        await met(world)
        assert (await world.tell(Halt("halt:1", OLGA, scope, "odd credits"))).refusal is None
        halted = await world.ask(proposal(1, "issue_credit", BOT, cents=500), "account:a")
        assert (halted.decision.verdict, halted.decision.code) == ("deny", "xop.halted")
        own = await world.tell(Resume("resume:1", OLGA, scope))
        assert own.refusal.code == "halt-own"
        assert (await world.tell(Resume("resume:2", OTTO, scope))).refusal is None
        free = await world.ask(proposal(2, "issue_credit", BOT, cents=500), "account:a")
        assert free.decision.verdict == "permit"


@pytest.mark.parametrize("scope", ["agent:shy_bot", "action:send_notice"])
async def test_a_halt_stops_nothing_else(scope):
    async with World() as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, scope))
        free = await world.ask(proposal(1, "issue_credit", BOT, cents=500), "account:a")
        assert free.decision.verdict == "permit"


async def test_a_halt_survives_a_restart():
    runtime = SimulatedRuntime(NOON, 7)
    async with World(runtime=runtime) as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, "agent:helper_bot"))
    async with World(runtime=runtime) as world:
        assert list(world.engine.halts) == ["agent:helper_bot"]
        halted = await world.ask(proposal(1, "issue_credit", BOT, cents=500), "account:a")
        assert halted.decision.code == "xop.halted"


async def test_what_was_permitted_before_waits_for_the_resumption_and_runs_once():
    async with World() as world:
        await met(world)
        await world.tell(
            signal(2, "xop.consent.granted", "email:a@harbour.test", "account:a", purpose="marketing", channel="email")
        )
        offered = await world.ask(proposal(1, "send_offer", OLGA), "account:a")
        assert offered.decision.verdict == "permit"
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        await world.settle(30 * MINUTE)
        assert await world.facts(f.InvocationStarted) == []
        await world.tell(Resume("resume:1", OTTO, "connection:desk"))
        await world.settle(30 * MINUTE)
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_nothing_of_that_name_cannot_be_halted_and_only_a_person_resumes():
    async with World() as world:
        assert (await world.tell(Halt("halt:1", OLGA, "agent:nobody"))).refusal.code == "halt-scope"
        assert (await world.tell(Halt("halt:2", OLGA, "harbour"))).refusal.code == "halt-scope"
        assert (await world.tell(Resume("resume:1", OTTO, "all"))).refusal.code == "halt-unknown"
        await world.tell(Halt("halt:3", OLGA, "all"))
        assert (await world.tell(Resume("resume:2", BOT, "all"))).refusal.code == "halt-person"


async def test_nobody_proposes_anything_about_the_platform_itself():
    async with World() as world:
        await world.tell(Halt("halt:1", OLGA, "all"))
        answer = await world.tell(proposal(1, "issue_credit", OLGA, cents=5), "xop")
        assert answer.refusal.code == "customer-unknown"


async def test_a_rule_can_halt_an_agent():
    rule = """
@id("desk.greedy")
@message("Nobody credits that much.")
@halts("agent")
forbid (principal is Agent, action == Action::"issue_credit", resource)
when { context.arguments has cents && context.arguments.cents > 100000 };
"""
    async with World(rules=harbour_of(rule=rule)) as world:
        await met(world)
        await world.ask(proposal(1, "issue_credit", BOT, cents=500_000), "account:a")
        await world.settle()
        (imposed,) = await world.facts(f.HaltImposed)
        assert (imposed.halted.scope, imposed.halted.by) == ("agent:helper_bot", str(SYSTEM))
        assert imposed.halted.reason == "desk.greedy"


@pytest.mark.parametrize(
    ("breaker", "action", "arguments"),
    [
        ({"rate": 5}, "issue_credit", {"cents": 1}),
        ({"denials": 0.5, "least": 5}, "send_offer", {}),
        ({"denials": 0.5, "least": 5}, "issue_credit", {"cents": -1}),
    ],
)
async def test_an_agent_that_floods_is_halted_by_its_breaker(breaker, action, arguments):
    async with World(rules=harbour_of({"breaker": breaker})) as world:
        await met(world)
        for number in range(8):
            await world.ask(proposal(number, action, BOT, **arguments), "account:a")
        await world.settle()
        (imposed,) = await world.facts(f.HaltImposed)
        assert imposed.halted.scope == "agent:helper_bot"
        last = await world.ask(proposal(99, "issue_credit", BOT, cents=1), "account:a")
        assert last.decision.code == "xop.halted"


async def test_an_agent_whose_acts_fail_is_halted():
    failing = harbour_of(
        {"breaker": {"errors": 0.5, "least": 3}},
        connections='connections: {desk: {adapter: simulated, settings: {outcomes: ["failed"]}}}',
    )
    async with World(rules=failing) as world:
        await met(world)
        for number in range(4):
            await world.ask(proposal(number, "issue_credit", BOT, cents=1), "account:a")
            await world.settle()
        assert len(await world.facts(f.HaltImposed)) == 1


async def test_a_slow_agent_is_never_halted():
    async with World(rules=harbour_of({"breaker": {"rate": 2, "within": "1m"}})) as world:
        await met(world)
        for number in range(8):
            await world.ask(proposal(number, "issue_credit", BOT, cents=1), "account:a")
            await world.settle(DAY // 24)
        assert await world.facts(f.HaltImposed) == []
