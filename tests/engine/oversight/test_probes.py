"""Known-wrong proposals among requests for approval: answered like any other, and never carried out."""

from typing import Any

import pytest

from tests.kit.counter import ANA, call
from tests.kit.harbour import BOT, DAY, MINUTE, OLGA, OTTO, proposal
from tests.kit.lookout import approval_rule, lookout, lookout_files
from tests.kit.world import World
from xop.assembly import compiled
from xop.kernel import facts as f
from xop.kernel.commands import Approval
from xop.kernel.oversight.commands import SeedProbe
from xop.lab.oversight import Measures, month_of, report

RULES = lookout(rule=approval_rule("issue_credit"))


async def seeded(world, number=1, by=OTTO):
    customer = await call(world)
    answer = await world.tell(SeedProbe(f"probe:{number}", by, "gift"), customer)
    assert answer.refusal is None, answer.refusal
    return customer, answer.decision.invocation


ANSWERS: dict[str, tuple[dict[str, Any], bool]] = {
    "approved": ({"approved": True}, False),
    "refused": ({"approved": False}, True),
    "changed": ({"approved": True, "arguments": {"cents": 1}}, True),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_whatever_is_answered_to_a_probe_nothing_is_done_and_it_is_noted_who_caught_it(case):
    given, caught = ANSWERS[case]
    async with World(rules=RULES) as world:
        customer, one = await seeded(world)
        assert (await world.customer(ANA)).view.invocations[one].until == "approval"
        answer = await world.tell(Approval("approval:1", OLGA, one, **given), customer)
        assert answer.refusal is None
        await world.settle(DAY)
        (noted,) = await world.facts(f.ProbeAnswered)
        assert (noted.probe, noted.by, noted.caught) == ("gift", "operator:olga", caught)
        assert await world.facts(f.InvocationQueued, f.InvocationStarted) == []
        assert (await world.customer(ANA)).view.invocations == {}


async def test_a_probe_that_the_rules_would_let_go_by_then_is_not_carried_out():
    async with World(rules=RULES) as world:
        await seeded(world)
        world.publish(lookout())
        await world.settle(30 * DAY)
        assert await world.facts(f.InvocationQueued, f.InvocationStarted) == []
        assert len(await world.facts(f.InvocationCancelled)) == 1


async def test_whoever_put_a_probe_there_does_not_answer_it():
    async with World(rules=RULES) as world:
        customer, one = await seeded(world, by=OLGA)
        answer = await world.tell(Approval("approval:1", OLGA, one, approved=False), customer)
        assert answer.refusal.code == "approval-own"


async def test_a_probe_that_waits_for_nobody_or_is_put_by_an_agent_is_refused():
    async with World(rules=lookout()) as world:
        customer = await call(world)
        for command, code in (
            (SeedProbe("p1", OLGA, "gift"), ""),
            (SeedProbe("p2", OLGA, "no_gift"), "probe-unknown"),
            (SeedProbe("p3", BOT, "gift"), "probe-person"),
        ):
            answer = await world.tell(command, customer)
            assert (answer.refusal.code if answer.refusal else "") == code
    quiet = lookout_without_rule()
    async with World(rules=quiet) as world:
        customer = await call(world)
        assert (await world.tell(SeedProbe("p4", OLGA, "gift"), customer)).refusal.code == "probe-not-held"


def lookout_without_rule():
    files = lookout_files()
    return compiled(files | {"systems.yaml": files["systems.yaml"].replace(b"40000", b"40")})


async def test_probes_are_in_the_report_by_person_and_in_no_other_figure():
    async with World(rules=RULES) as world:
        for number, approved in enumerate((True, False)):
            customer, one = await seeded(world, number)
            await world.tell(Approval(f"approval:{number}", OLGA, one, approved=approved), customer)
        asked = await world.ask(proposal(9, "issue_credit", BOT, cents=10), ANA)
        await world.settle(MINUTE)
        await world.tell(Approval("approval:9", OLGA, asked.decision.invocation, approved=True), customer)
        await world.settle(MINUTE)
        measures = Measures(RULES, *month_of("2026-09"))
        measures.take(stored.entry for stored in await world.entries())
        found = report("2026-09", RULES, measures, [], world.now)
    (person,) = found.people
    assert (person.probes, person.caught, person.catch_rate, person.answers.asked) == (2, 1, 0.5, 1)
    assert found.total.asked == 1
    assert [each.held for each in found.agents] == [1]
