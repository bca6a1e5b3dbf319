"""Whoever is being erased takes nobody with them: they are merged with nobody meanwhile."""

from tests.kit.harbour import DAY, OLGA, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Merge
from xop.kernel.erasure.commands import Erase, ImposeLegalHold

GOING, STAYING = "account:a", "account:b"


async def both(world):
    await world.tell(signal(1, "page.viewed", GOING, path="/"))
    await world.tell(signal(2, "page.viewed", STAYING, path="/"))
    await world.ask(ImposeLegalHold("hold:1", OLGA, "dispute", "legal_claims"), STAYING)
    await world.ask(Erase("erase:1", OLGA, within=DAY), GOING)


async def found(world, identifier):
    return await world.found(identifier)


async def test_nobody_with_a_legal_hold_goes_by_a_merge_with_whoever_is_being_erased():
    async with World() as world:
        await both(world)
        part = await world.part(STAYING)
        answer = await world.ask(Merge("merge:1", OLGA, part, "the same person"), GOING)
        assert answer.refusal.code == "merge-declined"
        assert "ask for the other's erasure" in answer.refusal.remedy
        await world.settle(DAY)
        assert await found(world, GOING) is None
        assert (await found(world, STAYING)).parts[0].legal_holds


async def test_whoever_is_being_erased_is_merged_into_nobody_either():
    async with World() as world:
        await both(world)
        part = await world.part(GOING)
        assert (await world.ask(Merge("merge:1", OLGA, part, "the same person"), STAYING)).refusal is not None
        await world.settle(DAY)
        assert await found(world, GOING) is None
        assert await found(world, STAYING) is not None


async def test_a_rule_merges_nobody_who_is_being_erased_and_says_why():
    async with World() as world:
        await both(world)
        answer = await world.tell(signal(3, "page.viewed", GOING, STAYING, path="/"))
        part = await world.part(GOING)
        declined = [
            fact
            for stored in await world.runtime.ledger.read([part, answer.customer])
            for fact in stored.entry.facts
            if isinstance(fact, f.MergeDeclined)
        ]
        assert [each.code for each in declined] == ["erasure-under-way"]
        await world.settle(DAY)
        assert await found(world, GOING) is None
        assert await found(world, STAYING) is not None
