"""What was approved late, failed or was sent again."""

import json

from msgspec.structs import replace

from tests.engine.arbiter.test_approvals import answer, yes
from tests.engine.arbiter.test_rights import CHATS, ENGAGED, credited
from tests.kit.agents import approval_rule, harbour_of
from tests.kit.dock import Dock, described
from tests.kit.harbour import BOT, DAY, FOLDER, HOUR, MINUTE, OLGA, OTTO, proposal, signal
from tests.kit.world import World
from xop.assembly import workspace_files
from xop.kernel import facts as f
from xop.kernel.commands import Approval, Halt, Merge, Reconciliation, Resume, Unmerge
from xop.kernel.identity.model import Identifier
from xop.kernel.steps.approval import present_binding

LOOKING = """
name: read_bill
version: 2
description: Looks.
kind: read
purpose: service
input: {type: object, properties: {cents: {type: integer}}, additionalProperties: false}
tells: [{signal: bill.seen, data: {cents: "{{arguments.cents}}"}}]
binding: {connection: desk, request: {}}
"""


async def met(world, who="account:a"):
    await world.tell(signal(f"met {who}", "page.viewed", who, path="/"))


ANA = Identifier("account", "a")


async def test_a_call_sent_again_by_a_person_leaves_a_dead_letter_when_it_fails_again():
    async with World(connection={"outcomes": ["uncertain", "failed"]}) as world:
        await met(world)
        call = replace(proposal(1, "issue_credit", BOT, cents=500), at_once=True)
        await world.engine.perform(call, ANA, 5)
        (lost,) = (await world.customer("account:a")).view.invocations.values()
        await world.ask(Reconciliation("reconciliation:1", OLGA, lost.id, "resend"), "account:a")
        await world.settle(HOUR)
        assert len(await world.facts(f.InvocationFailed)) == 1
        assert [each.status for each in (await world.customer("account:a")).view.invocations.values()] == ["failed"]


async def test_what_a_person_approves_after_the_conversation_is_carried_out():
    rules = harbour_of(ENGAGED, rule=approval_rule(), **{"signals/chats": CHATS})
    async with World(rules=rules) as world:
        await world.tell(signal(1, "chat.opened", "account:a", id="c1"))
        assert (await credited(world, 1, cents=5000, conversation="c1")).verdict == "hold"
        (one,) = (await world.customer("account:a")).view.invocations.values()
        await world.tell(signal(2, "chat.closed", "account:a", id="c1"))
        after = await answer(world, yes(1, OLGA, one))
        assert after.decision.verdict == "permit"


async def test_everything_together_comes_out_the_same():
    terms = ('@reminder("1h")', '@escalate_to("head_of_care")', '@escalate_after("2h")', '@people("2")')
    budget = {"budgets": [{"within": "1d", "most": 50}], "breaker": {"rate": 90}}
    async with World(rules=harbour_of(budget, rule=approval_rule(*terms), **{"signals/chats": CHATS})) as world:
        await world.tell(signal(1, "chat.opened", "account:a", id="c1"))
        await world.tell(signal(2, "chat.opened", "account:b", id="c2"))
        a, b = (await world.customer("account:a")).id, (await world.customer("account:b")).id
        for number in range(70):
            who = "account:a" if number % 3 else "account:b"
            asked = replace(
                proposal(number, "issue_credit", BOT, cents=5 + 700 * (number % 5)), at_once=number % 2 == 0
            )
            await world.ask(asked, who)
            if number == 20:
                await world.tell(Merge("merge:1", OLGA, b), a)
            if number == 30:
                await world.tell(Halt("halt:1", OLGA, "agent:helper_bot"))
            if number == 40:
                await world.tell(Resume("resume:1", OTTO, "agent:helper_bot"))
            if number == 60:
                await world.tell(Unmerge("unmerge:1", OLGA, b), a)
            await world.settle(MINUTE)
        for who in ("account:a", "account:b"):
            for count, one in enumerate(list((await world.customer(who)).view.invocations.values())):
                if one.until == "approval":
                    await world.ask(yes(f"{who}{count}", OLGA, one), who)
                    more = {"arguments": {"cents": 3}} if count % 2 else {}
                    await world.ask(yes(f"2{who}{count}", OTTO, one, **more), who)
        await world.settle(4 * HOUR)


TASK = """
name: read_bill
version: 2
description: A person looks.
kind: write
purpose: service
binding: {task: {question: "Look?", role: care, within: 1h}}
"""


async def test_a_task_that_nobody_did_is_a_dead_letter_also_when_a_call_asked_for_it():
    async with World(rules=harbour_of(**{"actions/read_bill": TASK})) as world:
        await met(world)
        call = replace(proposal(1, "read_bill", BOT), at_once=True)
        performed = await world.engine.perform(call, ANA, 0)
        assert performed.ending is None
        await world.settle(2 * HOUR)
        assert len(await world.facts(f.InvocationFailed)) == 1
        assert [each.status for each in (await world.customer("account:a")).view.invocations.values()] == ["failed"]


SIMPLE = LOOKING.replace("kind: read", "kind: write").replace('{cents: "{{arguments.cents}}"}', "{}")


SEEN = "signals: {bill.seen: {changes: [{set: {seen: '1'}}]}}"


async def test_what_a_person_says_was_done_tells_what_its_being_done_tells():
    slow = json.dumps({"connections": {"desk": {"adapter": "simulated", "settings": {"outcomes": ["uncertain"]}}}})
    files = {"actions/read_bill": SIMPLE, "signals/seen": SEEN, "connections": slow}
    async with World(rules=harbour_of(**files)) as world:
        await met(world)
        asked = await world.ask(proposal(1, "read_bill", BOT), "account:a")
        await world.settle()
        await world.ask(Reconciliation("r:1", OLGA, asked.decision.invocation, "done"), "account:a")
        assert len(await world.facts(f.InvocationDone)) == 1
        assert "seen" in (await world.customer("account:a")).view.profile


async def test_a_publication_in_the_middle_comes_out_the_same():
    files = dict(workspace_files(FOLDER))
    async with Dock(files) as dock:
        await dock.view(1, "/x")
        who = await dock.part(1)
        engine = dock.platform.engine
        for number, cents in enumerate((300, 6000, 7000)):
            await engine.submit(replace(proposal(number, "issue_credit", BOT, cents=cents), at_once=True), who)
        await engine.submit(Halt("halt:1", OLGA, "agent:helper_bot"))
        await engine.submit(proposal(9, "issue_credit", BOT, cents=5), who)
        await dock.put(described(files, b"A middling"))
        customer = await engine.customer(who)
        assert customer is not None
        one = next(iter(customer.view.invocations.values()))
        bound = present_binding(engine.release, customer, one, who, dock.runtime.clock.now())
        await engine.submit(Approval("approval:1", OLGA, one.id, approved=True, binding=bound), who)
        await engine.submit(Resume("resume:1", OTTO, "agent:helper_bot"))
        await dock.settle(HOUR)
        await dock.undo()
        await dock.settle(DAY)


async def test_an_act_that_was_tried_and_failed_counts():
    rules = harbour_of(
        {"budgets": [{"within": "1d", "most": 2}]},
        connections='connections: {desk: {adapter: simulated, settings: {outcomes: ["failed"]}}}',
    )
    async with World(rules=rules) as world:
        await met(world)
        codes = []
        for number in range(5):
            asked = replace(proposal(number, "issue_credit", BOT, cents=5), at_once=True)
            decision = (await world.engine.perform(asked, ANA, 5)).answer.decision
            assert decision is not None
            codes.append(decision.code)
        assert codes[2:] == ["xop.budget_spent"] * 3
