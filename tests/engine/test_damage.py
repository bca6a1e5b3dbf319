"""Damage: what is kept of one customer cannot be read, and everybody else is served as ever."""

import asyncio
from typing import Any, cast

import pytest

from tests.engine.test_retention import rules
from tests.kit.harbour import HOUR, MINUTE, OLGA, proposal, signal
from tests.kit.world import World
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.kernel.retention.commands import Retain
from xop.ports.errors import DamagedError
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.simulated import SimulatedClock

BEN = "account:b"


class Damaged(World):
    """A world in a data folder in which what is kept of the first customer is damaged."""

    async def _comes_out_the_same(self):
        """Nothing can: not all of it can be read."""


async def opened(folder, rules=None):
    runtime = await EmbeddedRuntime.open(folder, clock=SimulatedClock(1_800_000_000_000))
    return Damaged(runtime=cast("Any", runtime), rules=rules)


async def met(world, *actions):
    for name in "ab":
        await world.tell(signal(name, "page.viewed", f"account:{name}", path="/"))
        for action in actions:
            await world.ask(proposal(f"{name}{action}", action, OLGA, cents=5), f"account:{name}")
    await world.settle()


def damage(world, table, column="body"):
    """Damage all rows of the first customer in a table, and forget what is in memory."""
    store = world.runtime._store
    (number,) = store.rows("SELECT part FROM links ORDER BY part LIMIT 1")[0]
    store.rows(f"UPDATE {table} SET {column} = x'01ff' WHERE part = {number}")  # noqa: S608 - own names
    world.engine._writer.customers.clear()


@pytest.fixture
async def world(tmp_path):
    world = await opened(tmp_path, rules((), evidence="1h"))
    async with world:
        yield world
    await world.runtime.close()


async def test_commands_of_others_in_the_same_group_are_taken(world):
    await met(world)
    damage(world, "ledger")
    names = ("a", "b", "c")
    tell = (world.tell(signal(f"again{name}", "page.viewed", f"account:{name}", path="/")) for name in names)
    answers: list[Any] = await asyncio.gather(*tell, return_exceptions=True)
    lost, *others = answers
    assert isinstance(lost, DamagedError)
    assert "was changed" in str(lost)
    assert [each.refusal for each in others] == [None, None]


async def test_a_secret_that_is_damaged_fails_its_own_customer_alone(world):
    await met(world)
    slots = world.runtime._custody.seals.vault
    (number,) = world.runtime._store.rows("SELECT part FROM links ORDER BY part LIMIT 1")[0]
    slots.recent.clear()
    with slots._path.open("r+b") as file:
        file.seek(number * 64 + 20)
        file.write(bytes(8))
    world.engine._writer.customers.clear()
    tell = (world.tell(signal(f"again{name}", "page.viewed", f"account:{name}", path="/")) for name in "ab")
    answers: list[Any] = await asyncio.gather(*tell, return_exceptions=True)
    assert (type(answers[0]), answers[1].refusal) == (DamagedError, None)


async def test_the_engine_starts_and_requests_of_others_leave(tmp_path):
    world = await opened(tmp_path)
    async with world:
        await met(world, "issue_credit")
    store = world.runtime._store
    store.rows("UPDATE outbox SET state = 'sending', request = x'01ff' WHERE part = (SELECT min(part) FROM links)")
    await world.runtime.close()
    again = await opened(tmp_path)
    async with again:
        await again.ask(proposal("more", "issue_credit", OLGA, cents=5), BEN)
        await again.settle(MINUTE)
        assert len(await again.runtime.outbox.page(["done"], None, 9)) == 2
    await again.runtime.close()


async def test_a_new_release_comes_to_everybody_else(world):
    await met(world)
    damage(world, "ledger")
    world.publish(rules(evidence="2h"))
    world.engine.sweep.start(world.engine.release, reviewing=True)
    await world.settle(2 * MINUTE)
    assert world.engine.sweep.left == ""


async def test_retention_keeps_what_nobody_can_read_and_lets_go_of_the_rest(world):
    await met(world, "issue_credit")
    await world.settle(2 * HOUR)
    assert len(await world.runtime.evidence.page(0, 99)) == 4
    damage(world, "ledger")
    await world.tell(Retain("retain:1", OLGA), PLATFORM)
    await world.settle(MINUTE)
    standing = await world.engine.keeper.standing()
    assert standing.over_at
    assert (standing.held, standing.counts) == ({"evidence": 2}, {"evidence": 2})
    assert len(await world.runtime.evidence.page(0, 99)) == 2


async def test_legal_holds_of_others_are_listed_and_who_cannot_be_read_is_named(world):
    await met(world)
    part = await world.part("account:a")
    damage(world, "ledger")
    page = await world.engine.legal_holds.page("", 10)
    assert (page.held, page.unread, page.next) == ([], [part], None)
    with pytest.raises(DamagedError):
        await world.engine.customer(Identifier("account", "a"))
