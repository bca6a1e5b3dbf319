"""What cannot be recorded is not done: as long as neither ledger nor log can be written, nothing leaves."""

import pytest
from msgspec.structs import replace

from tests.kit.airline import ANSWERS, Airport, Archive
from tests.kit.harbour import BOT, MINUTE, OLGA, proposal, signal
from xop.kernel import facts as f
from xop.kernel.identity.model import Identifier
from xop.ports.errors import StorageError

ACCOUNT = "account:a"
ANA = Identifier("account", "a")


def break_store(world):
    """Have nothing become durable any more, and return what mends that."""
    commit = world.runtime.ledger.commit

    async def failing(_batch):
        raise StorageError("the disk is full")

    def mend():
        world.runtime.ledger.commit = commit

    world.runtime.ledger.commit = failing
    return mend


async def test_a_call_that_cannot_be_recorded_never_leaves():
    """A1."""
    archive = Archive(ANSWERS | {"issue_credit": {}})
    async with Airport(archive) as world:
        await world.tell(signal(1, "page.viewed", ACCOUNT, path="/"))
        mend = break_store(world)
        call = replace(proposal(1, "issue_credit", BOT, cents=500), at_once=True)
        with pytest.raises(StorageError):
            await world.engine.perform(call, ANA, 5)
        await world.settle(MINUTE)
        assert archive.asked == []
        leaves = await world.runtime.leaves.count()
        mend()
        await world.engine.perform(call, ANA, 5)
        assert len(archive.asked) == 1
        assert await world.runtime.leaves.count() > leaves


async def test_what_was_queued_waits_until_its_start_can_be_recorded_and_leaves_once():
    """A1."""
    archive = Archive(ANSWERS)
    async with Airport(archive) as world:
        await world.tell(signal(1, "page.viewed", ACCOUNT, path="/"))
        await world.ask(proposal(1, "greet", OLGA), ACCOUNT)
        mend = break_store(world)
        await world.settle(5 * MINUTE)
        assert archive.asked == []
        mend()
        await world.settle(5 * MINUTE)
        assert len(archive.asked) == len(await world.facts(f.InvocationStarted)) == 1
