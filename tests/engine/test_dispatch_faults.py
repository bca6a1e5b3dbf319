"""Carrying out when something fails that nobody expects to: it is logged, and no invocation is lost."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.kit.airline import ANSWERS, Airport, Archive
from tests.kit.harbour import BOT, MINUTE, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Halt
from xop.kernel.identity.model import Identifier
from xop.ports.errors import StorageError

ANA = Identifier("account", "a")
AT_ONCE = 8
"""Requests that a connection takes at one time."""


class Torn(Archive):
    """An archive that breaks after it has taken in a request."""

    async def send(self, sending):
        """Take the request in, and break."""
        await super().send(sending)
        raise ZeroDivisionError


def call(action, **arguments):
    return replace(proposal("call", action, BOT, **arguments), at_once=True)


def faults(caplog):
    """Return what the dispatcher logged, with where it came from."""
    return [each.getMessage() for each in caplog.records if each.name == "xop.dispatch" and each.exc_info]


async def forget(world, who):
    """Have what is known of somebody fall out of memory, and the store break once as soon as it is read again."""
    part = (await world.customer(who)).id
    commit, load = world.runtime.ledger.commit, world.runtime.directory.load

    async def refusing(_batch):
        world.runtime.ledger.commit = commit
        raise StorageError("the disk is full")

    async def broken(identifiers, parts):
        if part in parts:
            world.runtime.directory.load = load
            raise ZeroDivisionError
        return await load(identifiers, parts)

    world.runtime.ledger.commit = refusing
    with pytest.raises(StorageError):
        await world.tell(signal("lost", "page.viewed", "account:lost", path="/"))
    world.runtime.directory.load = broken


async def test_a_call_whose_connection_breaks_over_it_is_uncertain_and_its_caller_told(caplog):
    async with Airport(Torn(ANSWERS)) as world:
        await world.tell(signal("met", "page.viewed", "account:a", path="/"))
        performed = await world.engine.perform(call("issue_credit", cents=500), ANA, 5)
        assert isinstance(performed.ending, f.InvocationUncertain)
        assert "ZeroDivisionError" in performed.ending.detail
        assert len(faults(caplog)) == 1


async def test_a_request_whose_connection_breaks_over_it_is_uncertain_and_sent_once(caplog):
    archive = Torn(ANSWERS)
    async with Airport(archive) as world:
        await world.tell(signal("met", "page.viewed", "account:a", path="/"))
        await world.ask(proposal(1, "greet", OLGA), "account:a")
        await world.settle(5 * MINUTE)
        assert len(await world.facts(f.InvocationUncertain)) == len(archive.asked) == 1
        assert len(faults(caplog)) == 1


async def test_a_call_that_a_broken_store_cannot_say_is_not_halted_is_not_sent_and_its_caller_told(caplog):
    archive = Archive(ANSWERS | {"greet": {}})
    archive.closed["greet"] = asyncio.Event()
    async with Airport(archive) as world:
        for who in "ab":
            await world.tell(signal(who, "page.viewed", f"account:{who}", path="/"))
        await world.tell(Halt("halt:1", OLGA, "agent:shy_bot"))
        for number in range(AT_ONCE):
            await world.ask(proposal(number, "greet", OLGA), "account:b")
        async with asyncio.timeout(10):
            await archive.received(AT_ONCE)
        called = asyncio.create_task(world.engine.perform(call("read_bill"), ANA, 60))
        while len(await world.facts(f.InvocationStarted)) <= AT_ONCE:
            await world.engine.grown()
        await forget(world, "account:a")
        archive.closed["greet"].set()
        async with asyncio.timeout(10):
            performed = await called
        assert isinstance(performed.ending, f.InvocationFailed)
        assert "unknown: ZeroDivisionError" in performed.ending.detail
        assert archive.asked == ["greet"] * AT_ONCE
        assert any("may still leave is unknown" in each for each in faults(caplog))


async def test_a_request_that_a_broken_store_keeps_from_leaving_leaves_a_moment_later(caplog):
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", "email:ana@harbour.test"))
        await world.ask(proposal(1, "send_offer"), "email:ana@harbour.test")
        await world.settle()
        await forget(world, "email:ana@harbour.test")
        await world.settle(11 * MINUTE)
        assert len(await world.facts(f.InvocationDone)) == 1
        assert any("was not carried further" in each for each in faults(caplog))
