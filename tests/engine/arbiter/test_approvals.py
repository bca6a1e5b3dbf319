"""Approvals: bound to what was shown, in time, by the right people, once."""

from msgspec.structs import replace

from tests.kit.agents import approval_rule, harbour_of
from tests.kit.harbour import BOT, DAY, HOUR, OLGA, OTTO, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Approval, Withdrawal

FAY = Actor("operator", "fay")


async def held(world, number=1, cents=5000):
    await world.tell(signal(number, "page.viewed", "account:a", path="/"))
    answer = await world.ask(proposal(number, "issue_credit", BOT, cents=cents), "account:a")
    assert (answer.decision.verdict, answer.decision.until) == ("hold", "approval")
    customer = await world.customer("account:a")
    return customer.view.invocations[answer.decision.invocation]


def yes(number, by, invocation, **more):
    return Approval(f"approval:{number}", by, invocation.id, approved=True, **more)


async def answer(world, command):
    return await world.ask(command, "account:a")


async def test_an_approval_of_what_was_shown_carries_it_out_once():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        one = await held(world)
        assert one.binding
        assert (await answer(world, yes(1, OLGA, one, binding=one.binding))).decision.verdict == "permit"
        again = await answer(world, yes(2, OTTO, one, binding=one.binding))
        assert again.refusal.code == "approval-not-open"
        await world.settle(DAY)
        assert len(await world.facts(f.InvocationStarted)) == 1


async def test_an_approval_of_something_else_is_refused():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        one = await held(world)
        refused = await answer(world, yes(1, OLGA, one, binding="0" * 32))
        assert refused.refusal.code == "approval-outdated"
        await world.settle(HOUR)
        assert await world.facts(f.InvocationStarted) == []


async def test_after_a_publication_an_approval_needs_a_fresh_look():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        one = await held(world)
        before = world.engine.release
        world.engine.adopt(harbour_of(rule=approval_rule(limit=900)))
        refused = await answer(world, yes(1, OLGA, one))
        assert refused.refusal.code == "approval-outdated"
        world.engine.adopt(before)


async def test_two_people_are_needed_where_a_rule_asks_for_two():
    async with World(rules=harbour_of(rule=approval_rule('@people("2")'))) as world:
        one = await held(world)
        first = await answer(world, yes(1, OLGA, one))
        assert (first.decision.verdict, first.decision.people) == ("hold", 2)
        assert (await answer(world, yes(2, OLGA, one))).refusal.code == "approval-twice"
        assert (await answer(world, yes(3, OTTO, one))).decision.verdict == "permit"


async def test_nobody_approves_their_own_proposal():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        own = await world.ask(proposal(1, "issue_credit", OLGA, cents=5000), "account:a")
        (invocation,) = (await world.customer("account:a")).view.invocations.values()
        assert own.decision.until == "approval"
        assert (await answer(world, yes(1, OLGA, invocation))).refusal.code == "approval-own"
        assert (await answer(world, yes(2, OTTO, invocation))).decision.verdict == "permit"


async def test_an_unanswered_request_is_refused_at_its_deadline():
    async with World(rules=harbour_of(rule=approval_rule('@deadline("4h")'))) as world:
        one = await held(world)
        await world.settle(4 * HOUR)
        (cancelled,) = await world.facts(f.InvocationCancelled)
        assert cancelled.code == "xop.approval_expired"
        assert (await answer(world, yes(1, OLGA, one))).refusal.code == "approval-not-open"


async def test_a_first_of_two_approvals_does_not_move_the_deadline():
    async with World(rules=harbour_of(rule=approval_rule('@people("2")', '@deadline("4h")'))) as world:
        one = await held(world)
        await world.settle(3 * HOUR)
        await answer(world, yes(1, OLGA, one))
        await world.settle(HOUR)
        assert [fact.code for fact in await world.facts(f.InvocationCancelled)] == ["xop.approval_expired"]


async def test_those_who_may_answer_are_reminded_and_another_role_takes_over():
    terms = ('@reminder("1h")', '@escalate_to("head_of_care")', '@escalate_after("2h")')
    async with World(rules=harbour_of(rule=approval_rule(*terms))) as world:
        one = await held(world)
        assert (await answer(world, yes(1, FAY, one))).refusal.code == "approval-role"
        await world.settle(HOUR)
        assert len(await world.facts(f.ApprovalReminded)) == 1
        await world.settle(HOUR)
        assert [fact.role for fact in await world.facts(f.ApprovalEscalated)] == ["head_of_care"]
        assert (await answer(world, yes(2, FAY, one))).decision.verdict == "permit"


async def test_an_answered_request_reminds_nobody():
    terms = ('@reminder("1h")', '@escalate_to("head_of_care")', '@escalate_after("2h")')
    async with World(rules=harbour_of(rule=approval_rule(*terms))) as world:
        one = await held(world)
        await answer(world, yes(1, OLGA, one))
        await world.settle(3 * HOUR)
        assert await world.facts(f.ApprovalReminded, f.ApprovalEscalated) == []
        timers = await world.runtime.timers.due(world.now + 30 * DAY, 100)
        assert [timer.key for timer in timers if one.id in timer.key] == []


async def test_a_request_opened_is_told_as_a_signal_that_triggers_hear():
    telling = """
signals:
  xop.approval.requested:
    changes:
      - propose: {action: send_notice, arguments: {}}
"""
    rule = approval_rule()
    async with World(rules=harbour_of(rule=rule, **{"signals/telling": telling})) as world:
        await held(world)
        await world.settle()
        triggered = [each.entry.command for each in await world.entries() if "send_notice" in str(each.entry.command)]
        assert triggered


async def test_something_else_may_be_approved_instead_as_a_proposal_of_the_persons_own():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        one = await held(world)
        unfit = await answer(world, yes(1, OLGA, one, arguments={"cents": "many"}))
        assert unfit.refusal.code == "arguments-unfit"
        edited = await answer(world, yes(2, OLGA, one, binding=one.binding, arguments={"cents": 700}))
        assert edited.refusal is None
        await world.settle()
        (cancelled,) = await world.facts(f.InvocationCancelled)
        (queued,) = await world.facts(f.InvocationQueued)
        assert (cancelled.invocation, cancelled.code) == (one.id, "xop.edited_by_person")
        assert cancelled.successor == queued.invocation.id
        assert (queued.invocation.actor, queued.invocation.arguments) == (OLGA, {"cents": 700})


async def test_a_refusal_ends_it_and_whoever_asked_can_take_it_back_before():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        one = await held(world)
        await answer(world, replace(yes(1, OLGA, one), approved=False, note="not this month"))
        two = await held(world, 2)
        assert (await answer(world, Withdrawal("w:1", OTTO, two.id))).refusal.code == "invocation-not-own"
        assert (await answer(world, Withdrawal("w:2", BOT, two.id))).refusal is None
        codes = [fact.code for fact in await world.facts(f.InvocationCancelled)]
        assert codes == ["xop.refused_by_person", "xop.withdrawn"]


async def test_it_is_judged_again_when_it_leaves_even_when_approved():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        one = await held(world)
        world.engine.adopt(harbour_of({"actions": ["read_bill"]}, rule=approval_rule()))
        refused = await answer(world, yes(1, OLGA, one))
        assert refused.refusal.code == "approval-outdated"
        await world.settle(HOUR)
        assert await world.facts(f.InvocationStarted) == []
        world.engine.adopt(harbour_of(rule=approval_rule()))
