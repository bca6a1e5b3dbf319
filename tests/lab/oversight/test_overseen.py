"""Months are counted on from where they were, and come out as if they were counted at once."""

import pytest

from tests.kit.counter import ANA, call
from tests.kit.harbour import BOT, DAY, MINUTE, proposal
from tests.kit.lookout import lookout
from tests.kit.world import World
from xop.lab.oversight import Measures, Overseen, month_of
from xop.lab.oversight.overseen import position_at

MONTH = "2026-09"


async def at_once(world: World) -> Measures:
    measures = Measures(world.engine.release, *month_of(MONTH))
    measures.take(stored.entry for stored in await world.entries())
    return measures


async def test_a_month_goes_on_where_it_was_and_counts_nothing_twice():
    overseen = Overseen()
    async with World(rules=lookout()) as world:
        await call(world)
        for number in range(3):
            await world.ask(proposal(number, "issue_credit", BOT, cents=100), ANA)
            found = await overseen.measures(world.runtime.ledger, world.engine.release, MONTH)
            assert found == await at_once(world)
            await world.settle(MINUTE)
        assert sum(found.verdicts.values()) == 3


async def test_another_release_is_counted_anew():
    overseen = Overseen()
    async with World(rules=lookout()) as world:
        await call(world)
        await world.ask(proposal(1, "issue_credit", BOT, cents=100), ANA)
        first = await overseen.measures(world.runtime.ledger, world.engine.release, MONTH)
        other = await overseen.measures(world.runtime.ledger, lookout(training={"olga": None}), MONTH)
    assert other is not first
    assert other.verdicts == first.verdicts


async def test_what_is_no_month_is_refused():
    async with World(rules=lookout()) as world:
        with pytest.raises(ValueError, match="does not match"):
            await Overseen().measures(world.runtime.ledger, world.engine.release, "last month")


async def test_entries_are_found_by_their_time():
    async with World(rules=lookout()) as world:
        for name in ("first", "second", "third"):
            await call(world, name=name)
        await world.settle(DAY)
        middle = world.now
        await call(world, name="later")
        stored = await world.entries()
        found = await position_at(world.runtime.ledger, middle)
        assert await position_at(world.runtime.ledger, 0) == 0
        assert await position_at(world.runtime.ledger, middle + DAY) == stored[-1].position
    assert [each.position > found for each in stored] == [each.entry.moment.at >= middle for each in stored]
