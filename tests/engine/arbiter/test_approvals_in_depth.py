"""Approvals of several holds, by people whose rights change, of what changes while it waits."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.engine.arbiter.test_approvals import FAY, answer, held, yes
from tests.engine.arbiter.test_rights import credited
from tests.kit.agents import BOT_RIGHTS, PEOPLE, approval_rule, harbour_of
from tests.kit.ferries import JOINING
from tests.kit.harbour import BOT, HOUR, MINUTE, OLGA, OTTO, SHY_BOT, proposal, signal
from tests.kit.world import World
from xop.assembly import WorkspaceRefused
from xop.kernel import facts as f
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Completion, Halt, Reply, Resume
from xop.kernel.steps.approval import present_binding, present_request

ESCALATION = ('@escalate_to("head_of_care")', '@escalate_after("2h")')
FIN = Actor("operator", "fin")


def people(**changed: Any) -> dict[str, Any]:
    """Return an agents.yaml with other operators, and a second agent that has a person's roles."""
    agents = {"helper_bot": BOT_RIGHTS, "shy_bot": BOT_RIGHTS | {"roles": ["supervisor", "care"]}}
    return {"agents": json.dumps({"sources": {"web": {}}, "agents": agents, "operators": PEOPLE | changed})}


FINANCE = people(fin={"actions": ["*"], "roles": ["finance"]})


def second_hold(condition: str, *annotations: str) -> str:
    """Return a rule by which credits wait for the finance department."""
    return "\n".join(
        (
            '\n@id("desk.finance")',
            '@message("Finance looks at it.")',
            '@outcome("hold")',
            '@until("approval")',
            '@approver("finance")',
            *annotations,
            'forbid (principal, action == Action::"issue_credit", resource)',
            f"when {{ {condition} }} unless {{ context.approved }};",
        )
    )


BIG = second_hold("context.arguments has cents && context.arguments.cents > 2000")


async def bound(world, one):
    customer = await world.customer("account:a")
    return present_binding(world.engine.release, customer, one, customer.id, world.now)


async def open_request(world, one):
    customer = await world.customer("account:a")
    return present_request(world.engine.release, customer, customer.view.invocations[one.id], customer.id, world.now)


async def test_a_role_that_takes_over_one_request_does_not_stand_in_for_another_rules_role():
    async with World(rules=harbour_of(rule=approval_rule(*ESCALATION) + BIG, **FINANCE)) as world:
        one = await held(world)
        await world.settle(2 * HOUR)
        assert (await answer(world, yes(1, FAY, one))).decision.verdict == "hold"
        assert (await answer(world, yes(2, FIN, one))).decision.verdict == "permit"


def fifth_hour(role):
    """Return a hold by the finance department in whose place another role may answer after five hours."""
    condition = "context.arguments has cents && context.arguments.cents > 2000"
    return second_hold(condition, f'@escalate_to("{role}")', '@escalate_after("5h")')


CHIEF = people(fin={"actions": ["*"], "roles": ["finance"]}, cleo={"actions": ["*"], "roles": ["chief"]})
CLEO = Actor("operator", "cleo")


async def test_every_hold_goes_to_its_own_other_role_when_its_own_time_comes():
    async with World(rules=harbour_of(rule=approval_rule(*ESCALATION) + fifth_hour("chief"), **CHIEF)) as world:
        one = await held(world)
        await world.settle(2 * HOUR)
        assert [fact.role for fact in await world.facts(f.ApprovalEscalated)] == ["head_of_care"]
        assert (await answer(world, yes(1, CLEO, one))).refusal.code == "approval-role"
        await world.settle(3 * HOUR)
        assert [fact.role for fact in await world.facts(f.ApprovalEscalated)] == ["head_of_care", "chief"]
        assert (await answer(world, yes(2, FAY, one))).decision.verdict == "hold"
        assert (await open_request(world, one)).approvers == ("supervisor", "head_of_care", "finance", "chief")
        assert (await answer(world, yes(3, CLEO, one))).decision.verdict == "permit"


async def test_one_role_takes_over_each_hold_when_its_own_time_comes_with_the_answer_given_before():
    rule = approval_rule(*ESCALATION) + fifth_hour("head_of_care")
    async with World(rules=harbour_of(rule=rule, **FINANCE)) as world:
        one = await held(world)
        await world.settle(2 * HOUR)
        assert (await answer(world, yes(1, FAY, one))).decision.verdict == "hold"
        await world.settle(3 * HOUR - MINUTE)
        assert await world.facts(f.InvocationQueued) == []
        await world.settle(MINUTE)
        assert len(await world.facts(f.ApprovalEscalated)) == 2
        assert len(await world.facts(f.InvocationQueued)) == 1


async def test_two_roles_take_over_at_the_same_time():
    rule = approval_rule(*ESCALATION) + fifth_hour("chief").replace("5h", "120m")
    async with World(rules=harbour_of(rule=rule, **CHIEF)) as world:
        one = await held(world)
        await world.settle(2 * HOUR + 1)
        assert {fact.role for fact in await world.facts(f.ApprovalEscalated)} == {"head_of_care", "chief"}
        await answer(world, yes(1, FAY, one))
        assert (await answer(world, yes(2, CLEO, one))).decision.verdict == "permit"


async def test_an_answered_request_goes_to_no_further_role():
    async with World(rules=harbour_of(rule=approval_rule(*ESCALATION) + fifth_hour("chief"), **CHIEF)) as world:
        one = await held(world)
        await world.settle(2 * HOUR)
        await answer(world, replace(yes(1, FAY, one), approved=False))
        await world.settle(4 * HOUR)
        assert len(await world.facts(f.ApprovalEscalated)) == 1
        assert await world.runtime.timers.find(f"escalate:{one.id}") == []


async def test_a_role_that_took_over_lifts_no_hold_that_came_up_afterwards():
    rule = approval_rule(*ESCALATION) + second_hold("context.care.support")
    async with World(rules=harbour_of(rule=rule, **FINANCE)) as world:
        one = await held(world)
        await world.settle(2 * HOUR)
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        assert (await answer(world, yes(1, FAY, one))).decision.until == "resume"
        await world.tell(signal(7, "call.started", "account:a", call="c1"))
        await world.tell(Resume("resume:1", OTTO, "connection:desk"))
        await world.settle(5 * MINUTE)
        assert await world.facts(f.InvocationStarted) == []
        assert (await answer(world, yes(2, FIN, one))).decision.verdict == "permit"


async def test_a_hold_that_a_forbid_outranks_is_not_lifted_by_the_approval_of_another():
    forbid = """
@id("desk.support")
@message("Not without approval while support is needed.")
forbid (principal, action == Action::"issue_credit", resource)
when { context.care.support } unless { context.approved };
"""
    rule = approval_rule() + second_hold("context.care.support") + forbid
    async with World(rules=harbour_of(rule=rule, **FINANCE)) as world:
        one = await held(world)
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        assert (await answer(world, yes(1, OLGA, one))).decision.until == "resume"
        await world.tell(signal(7, "call.started", "account:a", call="c1"))
        await world.tell(Resume("resume:1", OTTO, "connection:desk"))
        await world.settle(5 * MINUTE)
        assert [fact.code for fact in await world.facts(f.InvocationCancelled)] == ["desk.support"]


async def test_people_are_counted_for_each_role():
    rule = approval_rule('@people("2")') + BIG
    async with World(rules=harbour_of(rule=rule, **FINANCE)) as world:
        one = await held(world)
        await answer(world, yes(1, OLGA, one))
        assert (await answer(world, yes(2, FIN, one))).decision.verdict == "hold"
        assert (await answer(world, yes(3, OTTO, one))).decision.verdict == "permit"


async def test_whoever_takes_over_is_one_of_the_people_asked_for():
    async with World(rules=harbour_of(rule=approval_rule('@people("2")', *ESCALATION))) as world:
        one = await held(world)
        await world.settle(2 * HOUR)
        assert (await answer(world, yes(1, FAY, one))).decision.verdict == "hold"
        assert (await answer(world, yes(2, OLGA, one))).decision.verdict == "permit"


async def test_a_first_approval_is_not_one_of_what_was_published_after_it():
    rule = approval_rule('@people("2")')
    cash = """
name: issue_credit
version: 9
description: Gives the customer money in cash.
kind: write
purpose: service
risk: medium
input: {type: object, properties: {cents: {type: integer}}, required: [cents], additionalProperties: false}
binding: {connection: desk, request: {cash: "{{arguments.cents}}"}}
"""
    async with World(rules=harbour_of(rule=rule)) as world:
        one = await held(world)
        await answer(world, yes(1, OLGA, one))
        world.publish(harbour_of(rule=rule, **(people() | {"actions/issue_credit": cash})))
        assert (await open_request(world, one)).approved_by == ()
        again = await bound(world, one)
        assert (await answer(world, yes(2, OTTO, one, binding=again))).decision.verdict == "hold"
        assert (await open_request(world, one)).approved_by == ("operator:otto",)
        assert (await answer(world, yes(3, OLGA, one, binding=again))).decision.verdict == "permit"


async def test_what_waits_for_a_resumption_is_asked_for_again_after_a_publication():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        one = await held(world)
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        assert (await answer(world, yes(1, OLGA, one))).decision.until == "resume"
        world.publish(harbour_of(rule=approval_rule(limit=900)))
        await world.tell(Resume("resume:1", OTTO, "connection:desk"))
        await world.settle(5 * MINUTE)
        assert await world.facts(f.InvocationStarted) == []
        assert (await open_request(world, one)).until == "approval"


async def test_an_approver_who_has_lost_the_role_counts_no_more():
    rule = approval_rule('@people("2")')
    async with World(rules=harbour_of(rule=rule, **people())) as world:
        one = await held(world)
        await answer(world, yes(1, OLGA, one))
        changed = {"olga": {"actions": ["*"]}, "fay": {"actions": ["*"], "roles": ["supervisor"]}}
        world.publish(harbour_of(rule=rule, **people(**changed)))
        again = await bound(world, one)
        assert (await answer(world, yes(2, OTTO, one, binding=again))).decision.verdict == "hold"
        assert (await answer(world, yes(3, OLGA, one, binding=again))).refusal.code == "approval-role"
        assert (await answer(world, yes(4, FAY, one, binding=again))).decision.verdict == "permit"


async def test_whoever_a_publication_lets_answer_can_answer_what_is_open():
    rule = approval_rule()
    async with World(rules=harbour_of(rule=rule)) as world:
        one = await held(world)
        world.publish(harbour_of(rule=rule.replace('approver("supervisor")', 'approver("head_of_care")')))
        assert (await open_request(world, one)).approvers == ("head_of_care",)
        again = await bound(world, one)
        assert (await answer(world, yes(1, OLGA, one, binding=again))).refusal.code == "approval-role"
        assert (await answer(world, yes(2, FAY, one, binding=again))).decision.verdict == "permit"


TELLING = """
signals:
  xop.approval.requested:
    changes:
      - propose: {action: send_notice, arguments: {}}
"""


async def requested(world):
    """Return the roles that were asked, each time that some were."""
    told = [each.entry.command for each in await world.entries()]
    return [each.data["roles"] for each in told if getattr(each, "type", "") == "xop.approval.requested"]


async def test_a_role_that_a_publication_lets_answer_is_asked_once():
    rule, files = approval_rule(), FINANCE | {"signals/telling": TELLING}
    async with World(rules=harbour_of(rule=rule, **files)) as world:
        one = await held(world)
        await world.settle(HOUR)
        for description in ("One more rule.", "Another word."):
            more = rule + BIG.replace("Finance looks at it.", description)
            world.publish(harbour_of(rule=more, **files))
            await world.settle(HOUR)
        assert await requested(world) == [["supervisor"], ["finance"]]
        assert (await open_request(world, one)).approvers == ("supervisor", "finance")
        again = await bound(world, one)
        await answer(world, yes(1, OLGA, one, binding=again))
        assert (await answer(world, yes(2, FIN, one, binding=again))).decision.verdict == "permit"


async def test_a_publication_that_lets_nobody_new_answer_asks_nobody_and_decides_nothing():
    files = FINANCE | {"signals/telling": TELLING}
    async with World(rules=harbour_of(rule=approval_rule() + BIG, **files)) as world:
        await held(world)
        await world.settle(HOUR)
        decided = [each for each in await world.entries() if each.entry.decision]
        world.publish(harbour_of(rule=approval_rule(), **files))
        world.publish(harbour_of(rule=approval_rule(limit=9000), **files))
        await world.settle(HOUR)
        assert await requested(world) == [["supervisor", "finance"]]
        assert [each for each in await world.entries() if each.entry.decision] == decided


async def test_somebody_who_approved_in_one_role_answers_a_later_hold_in_another():
    rule = approval_rule('@people("2")') + second_hold("context.care.support")
    both = people(olga={"actions": ["*"], "roles": ["supervisor", "finance"]})
    async with World(rules=harbour_of(rule=rule, **both)) as world:
        one = await held(world)
        await answer(world, yes(1, OLGA, one))
        assert (await answer(world, yes(2, OLGA, one))).refusal.code == "approval-twice"
        await world.tell(signal(7, "call.started", "account:a", call="c1"))
        assert (await answer(world, yes(3, OLGA, one))).decision.verdict == "hold"
        assert (await answer(world, yes(4, OTTO, one))).decision.verdict == "permit"


@pytest.mark.parametrize("approved", [True, False])
async def test_an_agent_with_a_role_is_no_person_who_answers_a_request(approved):
    async with World(rules=harbour_of(rule=approval_rule(), **people())) as world:
        one = await held(world)
        refusal = (await answer(world, replace(yes(1, SHY_BOT, one), approved=approved))).refusal
        assert refusal.code == "approval-role"
        assert "only a person answers" in refusal.cause


COUNTING = """
name: read_bill
version: 2
description: A person looks.
kind: write
purpose: service
binding: {task: {question: "Is it right?", role: care, within: 1h}}
"""


async def test_an_agent_with_a_role_is_no_person_who_carries_out_a_task():
    async with World(rules=harbour_of(**(people() | {"actions/read_bill": COUNTING}))) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        name = (await world.ask(proposal(1, "read_bill", BOT), "account:a")).decision.invocation
        await world.settle()
        assert (await answer(world, Completion("c:1", SHY_BOT, name, done=True))).refusal.code == "task-role"
        assert (await answer(world, Completion("c:2", OTTO, name, done=True))).refusal is None


ASKING = {
    "name": "ferry",
    "description": "Asks a person.",
    "entries": JOINING,
    "steps": {
        "ask": {
            "ask": {
                "role": "supervisor",
                "question": "Help?",
                "options": {"yes": "end", "no": "end"},
                "within": "1d",
                "late": "end",
            }
        }
    },
}


async def test_an_agent_with_a_role_is_no_person_whom_a_journey_asks():
    async with World(rules=harbour_of(**(people() | {"journeys/ferry": json.dumps(ASKING)}))) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/join"))
        (run,) = (await world.customer("account:a")).view.runs
        assert (await answer(world, Reply("r:1", SHY_BOT, run, 0, "yes"))).refusal.code == "question-role"
        assert (await answer(world, Reply("r:2", OLGA, run, 0, "yes"))).refusal is None


async def test_a_rule_in_shadow_that_cannot_be_judged_denies_nothing():
    rule = """
@id("desk.new_rule")
@message("Nobody credits that much.")
@shadow("true")
forbid (principal, action == Action::"issue_credit", resource)
when { context.arguments has cents && context.arguments.cents * 9000000000000000000 > 100 };
"""
    async with World(rules=harbour_of(rule=rule)) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        assert (await credited(world, 1)).verdict == "permit"


@pytest.mark.parametrize(
    ("annotations", "told"),
    [
        (('@people("3")',), "3 people must approve, and only 2 may"),
        (('@escalate_to("nobody")', '@escalate_after("2h")'), "nobody has the role"),
        (('@escalate_to("robots")', '@escalate_after("2h")'), "nobody has the role"),
    ],
)
def test_an_approval_that_nobody_could_give_is_refused_when_the_workspace_is_checked(annotations, told):
    agents = {"helper_bot": BOT_RIGHTS | {"roles": ["robots", "supervisor"]}}
    rights = json.dumps({"sources": {"web": {}}, "agents": agents, "operators": PEOPLE})
    with pytest.raises(WorkspaceRefused) as refused:
        harbour_of(rule=approval_rule(*annotations), agents=rights)
    (problem,) = refused.value.problems
    assert told in problem.cause
    assert problem.file == "policies/desk.cedar"


def test_as_many_people_as_have_the_role_may_be_asked_for():
    assert harbour_of(rule=approval_rule('@people("2")', *ESCALATION)) is not None
