"""Whoever a serious incident concerns is kept until it is closed, whatever erasure asks and whenever the process ends."""

from copy import deepcopy

import pytest

from tests.kit.counter import ANA, call
from tests.kit.harbour import BOT, DAY, MINUTE, OLGA, proposal, signal
from tests.kit.lookout import lookout
from tests.kit.world import World
from xop.engine.incidents import incidents_of
from xop.kernel import facts as f
from xop.kernel.base.actor import SYSTEM
from xop.kernel.commands import Merge, Unmerge
from xop.kernel.erasure.commands import Erase, LiftLegalHold
from xop.kernel.oversight.commands import ClassifyIncident, CloseIncident, OpenIncident, ReportIncident
from xop.runtimes.simulated import SimulatedRuntime

RULES = lookout()


async def decided(world, number=1):
    """Let something be decided about Ana, and return the decision's id."""
    await call(world)
    return (await world.ask(proposal(number, "offer_help", BOT), ANA)).decision.id


async def opened(world, category="serious", **more):
    """Open an incident, and return its id."""
    await world.tell(OpenIncident("incident:test:1", OLGA, category, **more))
    return (await incidents_of(world.engine))[0].id


async def closed(world, incident):
    await world.tell(ReportIncident("report:test:1", OLGA, incident, "the authority"))
    await world.tell(CloseIncident("close:test:1", OLGA, incident))


async def holds(world, who=ANA):
    """Return the legal holds on a customer as (name, ground, who imposed it)."""
    customer = await world.customer(who)
    found = [each for part in customer.parts for each in part.legal_holds.values()]
    return [(each.name, each.ground, each.by) for each in found]


def killed(world):
    """Return what a process finds that starts after this one was killed now."""
    memory = deepcopy(world.runtime.memory)
    memory.held = False
    return SimulatedRuntime(world.now, 8, memory=memory)


@pytest.mark.parametrize("category", ["serious", "widespread", "death"])
async def test_a_serious_incident_keeps_the_customers_of_its_decisions(category):
    """A9."""
    async with World(rules=RULES) as world:
        incident = await opened(world, category, decisions=(await decided(world), "dec_of_nobody"))
        await world.settle(MINUTE)
        assert await holds(world) == [(f"incident:{incident}", "incident", str(SYSTEM))]
        refused = (await world.ask(Erase("erase:1", OLGA), ANA)).entry.facts[0]
        assert isinstance(refused, f.ErasureRefused)
        assert (refused.holds, refused.grounds) == ((f"incident:{incident}",), ("incident",))


async def test_an_incident_that_names_only_an_invocation_keeps_its_customer():
    async with World(rules=RULES) as world:
        await call(world)
        asked = await world.ask(proposal(1, "issue_credit", OLGA, cents=100), ANA)
        incident = await opened(world, invocation=asked.decision.invocation)
        await world.settle(MINUTE)
        assert [name for name, _, _ in await holds(world)] == [f"incident:{incident}"]


async def test_what_is_not_serious_keeps_nobody_until_a_person_says_that_it_is():
    async with World(rules=RULES) as world:
        incident = await opened(world, "other", decisions=(await decided(world),))
        await world.settle(MINUTE)
        assert await holds(world) == []
        await world.tell(ClassifyIncident("classify:1", OLGA, incident, "serious"))
        await world.settle(MINUTE)
        assert [name for name, _, _ in await holds(world)] == [f"incident:{incident}"]
        await world.tell(ClassifyIncident("classify:2", OLGA, incident, "other"))
        await world.settle(MINUTE)
        assert len(await holds(world)) == 1, "it is kept until the incident is closed"


async def test_a_closed_incident_keeps_nobody():
    async with World(rules=RULES) as world:
        incident = await opened(world, decisions=(await decided(world),))
        await world.settle(MINUTE)
        await closed(world, incident)
        await world.settle(MINUTE)
        assert await holds(world) == []
        (lifted,) = await world.facts(f.LegalHoldLifted)
        assert (lifted.name, lifted.by) == (f"incident:{incident}", str(SYSTEM))
        await world.ask(Erase("erase:1", OLGA), ANA)
        await world.settle(DAY)
        assert await world.found(ANA) is None


async def test_a_hold_that_was_not_set_when_the_process_was_killed_is_set_at_the_next_start():
    """A9."""
    async with World(rules=RULES) as world:
        incident = await opened(world, decisions=(await decided(world),))
        after = killed(world)
    assert not any(b"LegalHoldImposed" in each for each in after.memory.entries), "the kill came before the hold"
    async with World(rules=RULES, runtime=after) as again:
        await again.settle(MINUTE)
        assert [name for name, _, _ in await holds(again)] == [f"incident:{incident}"]


async def test_a_hold_that_was_not_lifted_when_the_process_was_killed_is_lifted_at_the_next_start():
    async with World(rules=RULES) as world:
        incident = await opened(world, decisions=(await decided(world),))
        await world.settle(MINUTE)
        await closed(world, incident)
        after = killed(world)
    assert not any(b"LegalHoldLifted" in each for each in after.memory.entries), "the kill came before"
    async with World(rules=RULES, runtime=after) as again:
        await again.settle(MINUTE)
        assert await holds(again) == []


async def test_starting_again_sets_nothing_twice_and_nothing_that_a_person_lifted():
    async with World(rules=RULES) as world:
        incident = await opened(world, decisions=(await decided(world),))
        await world.settle(MINUTE)
        same = killed(world)
        await world.ask(LiftLegalHold("lift:by:olga", OLGA, f"incident:{incident}"), ANA)
        after = killed(world)
    async with World(rules=RULES, runtime=same) as again:
        await again.settle(MINUTE)
        assert len(await again.facts(f.LegalHoldImposed)) == 1
        await again.settle(MINUTE)
    async with World(rules=RULES, runtime=after) as again:
        await again.settle(MINUTE)
        assert await holds(again) == []
        refused = (await again.ask(Erase("erase:1", OLGA), ANA)).entry.facts[0]
        assert refused.grounds == ("incident",), "the open incident forbids it all the same"


async def test_a_merge_takes_the_hold_along_and_undoing_it_leaves_it_where_it_was():
    async with World(rules=RULES) as world:
        await opened(world, decisions=(await decided(world),))
        await world.settle(MINUTE)
        await world.tell(signal(9, "page.viewed", "account:b", path="/"))
        other = await world.part("account:b")
        await world.ask(Merge("merge:1", OLGA, other, "the same person"), ANA)
        assert len(await holds(world, "account:b")) == 1
        await world.ask(Unmerge("unmerge:1", OLGA, other), ANA)
        assert await holds(world, "account:b") == []
        assert len(await holds(world)) == 1
