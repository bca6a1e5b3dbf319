"""Nothing is read for what is halted, and nothing leaves that had only been waiting for its connection."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.kit.airline import ANSWERS, Airport, Archive
from tests.kit.harbour import BOT, DAY, MINUTE, OLGA, OTTO, proposal, signal
from xop.kernel import facts as f
from xop.kernel.commands import Halt, Resume
from xop.kernel.erasure.commands import Erase
from xop.kernel.identity.model import Identifier

ANA = Identifier("account", "a")
AT_ONCE = 8
"""Requests that a connection takes at one time."""


async def met(world):
    await world.tell(signal("met", "page.viewed", "account:a", path="/"))


def slow():
    """Return an archive that answers no greeting yet."""
    archive = Archive(ANSWERS | {"greet": {}, "cancel": {}})
    archive.closed["greet"] = asyncio.Event()
    return archive


async def busy(world, archive):
    """Have the connection take no more until greetings are answered."""
    await met(world)
    for number in range(AT_ONCE):
        await world.ask(proposal(f"busy{number}", "greet", OLGA), "account:a")
    async with asyncio.timeout(10):
        await archive.received(AT_ONCE)


async def waiting_call(world):
    """Have an agent's call wait for the connection; return what will come of it."""
    call = replace(proposal(1, "read_bill", BOT), at_once=True)
    called = asyncio.create_task(world.engine.perform(call, ANA, 60))
    while len(await world.facts(f.InvocationStarted)) <= AT_ONCE:
        await world.engine.grown()
    return called


@pytest.mark.parametrize(
    ("scope", "actor"),
    [
        ("connection:desk", OTTO),
        ("action:cancel", OTTO),
        ("action:get_booking", OTTO),
        ("all", OTTO),
        ("agent:helper_bot", BOT),
    ],
)
async def test_what_is_halted_has_nothing_read(scope, actor):
    archive = Archive(ANSWERS)
    async with Airport(archive) as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, scope, "it leaks"))
        assert (await world.ask(proposal(1, "cancel", actor, booking="b1"), "account:a")).decision.verdict == "deny"
        assert archive.asked == []


async def test_what_somebody_else_is_halted_for_is_read_for_the_others():
    archive = Archive(ANSWERS)
    async with Airport(archive) as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, "agent:helper_bot"))
        assert (await world.ask(proposal(1, "cancel", OTTO, booking="b1"), "account:a")).decision.verdict == "permit"


async def test_arguments_that_do_not_fit_the_contract_are_told_to_nobody():
    archive = Archive(ANSWERS)
    async with Airport(archive) as world:
        await met(world)
        refused = await world.ask(proposal(1, "cancel", OTTO, booking="b1", junk="x"), "account:a")
        assert refused.refusal.code == "arguments-unfit"
        assert archive.asked == []


async def test_what_is_denied_for_a_halt_says_so_whatever_it_would_have_read():
    async with Airport(Archive(ANSWERS)) as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        denied = (await world.ask(proposal(1, "cancel", OTTO, booking="b1"), "account:a")).decision
        assert (denied.code, [reason.rule for reason in denied.reasons]) == ("xop.halted", ["xop.halted"])


async def test_what_was_permitted_waits_for_the_resumption_though_nothing_is_read_meanwhile():
    archive = slow()
    async with Airport(archive) as world:
        await busy(world, archive)
        assert (await world.ask(proposal(1, "cancel", OTTO, booking="b1"), "account:a")).decision.verdict == "permit"
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        asked = len(archive.asked)
        archive.closed["greet"].set()
        await world.settle(5 * MINUTE)
        assert len(archive.asked) == asked
        assert await world.facts(f.InvocationCancelled) == []
        await world.tell(Resume("resume:1", OTTO, "connection:desk"))
        await world.settle(5 * MINUTE)
        assert [each.action for each in await world.facts(f.InvocationDone)] == ["greet"] * AT_ONCE + ["cancel"]


@pytest.mark.parametrize("scope", ["connection:desk", "action:read_bill", "agent:helper_bot", "all"])
async def test_a_call_that_waits_for_its_connection_does_not_leave_after_a_halt(scope):
    archive = slow()
    async with Airport(archive) as world:
        await busy(world, archive)
        called = await waiting_call(world)
        await world.tell(Halt("halt:1", OLGA, scope))
        archive.closed["greet"].set()
        performed = await called
        assert archive.asked == ["greet"] * AT_ONCE
        assert isinstance(performed.ending, f.InvocationFailed)
        assert scope in performed.ending.detail


async def test_a_call_that_waits_for_its_connection_does_not_leave_once_its_customer_is_being_erased():
    archive = slow()
    async with Airport(archive) as world:
        await busy(world, archive)
        called = await waiting_call(world)
        await world.ask(Erase("erase:1", OLGA, within=DAY), "account:a")
        archive.closed["greet"].set()
        performed = await called
        assert archive.asked == ["greet"] * AT_ONCE
        assert isinstance(performed.ending, f.InvocationFailed)
        assert "the customer is being erased" in performed.ending.detail


async def test_a_call_that_waits_for_its_connection_leaves_when_something_else_is_halted():
    archive = slow()
    async with Airport(archive) as world:
        await busy(world, archive)
        called = await waiting_call(world)
        await world.tell(Halt("halt:1", OLGA, "agent:shy_bot"))
        archive.closed["greet"].set()
        await called
        assert len(archive.asked) == AT_ONCE + 1
