"""Known-wrong proposals among requests for approval: answered like any other, and never carried out."""

import json
from typing import Any

import pytest

from tests.kit.counter import ANA, call, hand_over
from tests.kit.harbour import BOT, DAY, MINUTE, OLGA, OTTO, proposal, signal
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


LIMIT = {"agent": "helper_bot", "action": "raise_limit", "arguments": {}, "wrong": "Nobody asked for it."}

UNPROVEN = """
@id("lookout.unproven")
@message("A supervisor looks at whose score is no more than good.")
@outcome("hold")
@until("approval")
@approver("supervisor")
forbid(principal is Agent, action == Action::"raise_limit", resource)
when { context.facts.credit_score < 700 }
unless { context.approved };
"""


def probing(probe=LIMIT, rule=UNPROVEN, engaged=False):
    """Return a release with one probe, `gift`, about an action whose rules read a fact."""
    files = lookout_files(rule=rule)
    register = json.loads(files["systems.yaml"])
    register["probes"] = {"gift": probe}
    score = b'  request: {customer: "{{customer.id}}", output: {score: 640}}\n'
    files["actions/look_up_score.yaml"] = files["actions/look_up_score.yaml"].partition(b"  request:")[0] + score
    if engaged:
        agents = files["agents.yaml"]
        assert agents.count(b"customers: all\n    autonomy: act") == 1
        agents = agents.replace(b"customers: all\n    autonomy: act", b"customers: engaged\n    autonomy: act")
        files["agents.yaml"] = agents
    return compiled(files | {"systems.yaml": json.dumps(register).encode()})


async def test_a_probe_is_judged_by_the_facts_that_a_proposal_of_its_kind_is_judged_by():
    async with World(rules=probing()) as world:
        customer, one = await seeded(world)
        (held,) = await world.facts(f.InvocationHeld)
        real = await world.ask(proposal(1, "raise_limit", BOT), ANA)
        decisions = (held.invocation.decision, real.decision.id)
        judged = [await world.runtime.evidence.get(name) for name in decisions]
        assert [each and each.values["facts.credit_score"] for each in judged] == [640, 640]
        answer = await world.tell(Approval("approval:1", OLGA, one, approved=True), customer)
        assert answer.refusal is None
        await world.settle(DAY)
        assert await world.facts(f.InvocationQueued, f.InvocationStarted) == []


async def test_a_probe_of_an_agent_that_must_be_engaged_is_made_in_the_conversation_it_is_in():
    async with World(rules=probing(engaged=True)) as world:
        customer = await call(world, name="c1")
        await world.settle(MINUTE)
        await call(world, name="c2")
        held = await world.tell(SeedProbe("probe:1", OTTO, "gift"), customer)
        assert (held.decision.verdict, held.decision.until) == ("hold", "approval")
        assert (await world.customer(ANA)).view.invocations[held.decision.invocation].conversation == "c2"


async def test_a_probe_names_the_conversation_that_its_definition_does():
    async with World(rules=probing(LIMIT | {"conversation": "c1"}, engaged=True)) as world:
        customer = await call(world, name="c1")
        await world.settle(MINUTE)
        await call(world, name="c2")
        held = await world.tell(SeedProbe("probe:1", OTTO, "gift"), customer)
        assert (await world.customer(ANA)).view.invocations[held.decision.invocation].conversation == "c1"


@pytest.mark.parametrize(
    ("parting", "rule"),
    [(signal("over", "call.ended", ANA, call="c1"), "xop.not_engaged"), (hand_over(1), "xop.with_people")],
    ids=["over", "with people"],
)
async def test_a_probe_about_somebody_its_agent_is_not_speaking_with_is_refused_with_what_to_do(parting, rule):
    async with World(rules=probing(engaged=True)) as world:
        customer = await call(world)
        assert (await world.tell(parting, customer)).refusal is None
        refusal = (await world.tell(SeedProbe("probe:1", OTTO, "gift"), customer)).refusal
        assert (refusal.code, rule in refusal.cause) == ("probe-not-held", True)
        assert "in a conversation with agent:helper_bot" in refusal.remedy


@pytest.mark.parametrize("case", ANSWERS)
async def test_what_a_probe_seemed_to_try_was_never_tried_once_it_is_answered(case):
    async with World(rules=RULES) as world:
        customer, one = await seeded(world)
        (waits,) = (await world.customer(ANA)).view.conversations["c1"].tried
        assert (waits.invocation, waits.outcome) == (one, "held")
        await world.tell(Approval("approval:1", OLGA, one, **ANSWERS[case][0]), customer)
        assert (await world.customer(ANA)).view.conversations["c1"].tried == ()


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
