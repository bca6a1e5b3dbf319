"""What an agent may do, for whom and how often."""

from tests.kit.agents import harbour_of
from tests.kit.harbour import BOT, DAY, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f

CHATS = """
signals:
  chat.opened:
    schema: {type: object, required: [id], properties: {id: {type: string}, agent: {type: string}}}
    changes:
      - conversation:
          change: open
          id: "{{signal.data.id}}"
          channel: web
          held_by: "{{has(signal.data.agent) ? signal.data.agent : ''}}"
  chat.closed:
    schema: {type: object, required: [id], properties: {id: {type: string}}, additionalProperties: false}
    changes:
      - conversation: {change: close, id: "{{signal.data.id}}"}
"""

ENGAGED = {"customers": "engaged"}


async def credited(world, number, *, cents=500, conversation=None):
    asked = proposal(number, "issue_credit", BOT, conversation=conversation, cents=cents)
    return (await world.ask(asked, "account:a")).decision


async def test_an_agent_touches_only_customers_it_is_in_a_conversation_with():
    async with World(rules=harbour_of(ENGAGED, **{"signals/chats": CHATS})) as world:
        await world.tell(signal(1, "chat.opened", "account:a", id="c1"))
        assert (await credited(world, 1)).code == "xop.not_engaged"
        assert (await credited(world, 2, conversation="c2")).code == "xop.not_engaged"
        assert (await credited(world, 3, conversation="c1")).verdict == "permit"
        await world.tell(signal(2, "chat.closed", "account:a", id="c1"))
        assert (await credited(world, 4, conversation="c1")).code == "xop.not_engaged"


async def test_a_conversation_that_another_agent_holds_is_closed_to_it():
    async with World(rules=harbour_of(ENGAGED, **{"signals/chats": CHATS})) as world:
        await world.tell(signal(1, "chat.opened", "account:a", id="c1", agent="shy_bot"))
        await world.tell(signal(2, "chat.opened", "account:a", id="c2", agent="helper_bot"))
        assert (await credited(world, 1, conversation="c1")).code == "xop.not_engaged"
        assert (await credited(world, 2, conversation="c2")).verdict == "permit"


async def test_a_conversation_with_somebody_else_is_none():
    async with World(rules=harbour_of(ENGAGED, **{"signals/chats": CHATS})) as world:
        await world.tell(signal(1, "chat.opened", "account:b", id="c1"))
        await world.tell(signal(2, "page.viewed", "account:a", path="/"))
        assert (await credited(world, 1, conversation="c1")).code == "xop.not_engaged"


async def test_a_budget_of_acts_is_spent_and_comes_back_in_time():
    budget = {"budgets": [{"within": "1d", "most": 2}]}
    async with World(rules=harbour_of(budget)) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        verdicts = [(await credited(world, number)).code for number in range(3)]
        assert verdicts[2] == "xop.budget_spent"
        assert verdicts[:2] == ["xop.granted", "xop.granted"]
        read = await world.ask(proposal(9, "read_bill", BOT), "account:a")
        assert read.decision.verdict == "permit"
        await world.settle(DAY)
        assert (await credited(world, 10)).verdict == "permit"


async def test_a_budget_of_money_counts_what_each_act_spends():
    budget = {"budgets": [{"within": "1d", "cost": "12.00 EUR", "actions": ["issue_credit"]}]}
    credit = """
name: issue_credit
version: 2
description: Credit an amount.
kind: write
purpose: service
spends: {argument: cents, currency: EUR}
input:
  type: object
  properties: {cents: {type: integer, minimum: 1}}
  required: [cents]
  additionalProperties: false
binding: {connection: desk, request: {cents: "{{arguments.cents}}"}}
"""
    async with World(rules=harbour_of(budget, **{"actions/issue_credit": credit})) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        assert (await credited(world, 1, cents=700)).verdict == "permit"
        assert (await credited(world, 2, cents=600)).code == "xop.budget_spent"
        assert (await credited(world, 3, cents=500)).verdict == "permit"


async def test_a_cost_in_another_currency_is_over_budget():
    budget = {"budgets": [{"within": "1d", "cost": "100.00 USD"}]}
    credit = """
name: issue_credit
version: 2
description: Credit an amount.
kind: write
purpose: service
cost: 0.10 EUR
input: {type: object, properties: {cents: {type: integer}}, additionalProperties: false}
binding: {connection: desk, request: {cents: "{{arguments.cents}}"}}
"""
    async with World(rules=harbour_of(budget, **{"actions/issue_credit": credit})) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        assert (await credited(world, 1)).code == "xop.budget_spent"


async def test_autonomy_by_action_and_group_takes_the_strictest_group():
    levels = {"autonomy": {"write": "act_with_approval", "medium_risk": "act", "read_bill": "act", "*": "observe"}}
    async with World(rules=harbour_of(levels)) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        assert (await credited(world, 1)).until == "approval"
        read = await world.ask(proposal(2, "read_bill", BOT), "account:a")
        notice = await world.ask(proposal(3, "send_notice", BOT), "account:a")
        assert read.decision.verdict == "permit"
        assert "xop.observer" in {reason.rule for reason in notice.decision.reasons}


async def test_an_agent_in_shadow_gets_its_verdict_and_nothing_happens():
    async with World(rules=harbour_of({"shadow": True})) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        decision = await credited(world, 1)
        assert (decision.verdict, decision.shadow) == ("permit", True)
        await world.settle(DAY)
        assert await world.facts(f.InvocationQueued) == []


async def test_a_rule_in_shadow_decides_nothing_and_its_difference_is_recorded():
    rule = """
@id("desk.new_rule")
@message("Nobody credits above 1.")
@shadow("true")
forbid (principal, action == Action::"issue_credit", resource)
when { context.arguments has cents && context.arguments.cents > 100 };
"""
    async with World(rules=harbour_of(rule=rule)) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        decision = await credited(world, 1)
        assert (decision.verdict, decision.would) == ("permit", "deny")
        assert "desk.new_rule" in {reason.rule for reason in decision.reasons if reason.lost}
        assert (await credited(world, 2, cents=50)).would is None


TELLING = """
name: read_bill
version: 2
description: Finds the customer.
kind: read
purpose: service
input: {type: object, properties: {output: {}}, additionalProperties: false}
tells:
  - signal: customer.found
    when: output.found
    data: {user: "{{output.user}}", conversation: "{{invocation.conversation}}"}
binding: {connection: desk, request: {output: "{{arguments.output}}"}}
"""
FOUND = """
signals:
  customer.found:
    schema:
      type: object
      required: [user]
      properties: {user: {type: string}, conversation: {type: string}}
      additionalProperties: false
    conversation: "{{signal.data.conversation}}"
    changes:
      - set: {user: "{{signal.data.user}}"}
        verify: {result: verified, method: lookup, level: 2}
"""


async def test_what_an_action_tells_is_true_in_the_step_that_concludes_it():
    files = {"actions/read_bill": TELLING, "signals/found": FOUND}
    async with World(rules=harbour_of(**files)) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        for number, found in enumerate((False, True)):
            output = {"found": found, "user": "ana"}
            asked = proposal(number, "read_bill", BOT, conversation="c1", output=output)
            await world.ask(asked, "account:a")
            await world.settle()
            view = (await world.customer("account:a")).view
            assert ("user" in view.profile) is found
        assert (await world.customer("account:a")).parts[0].assurance["c1"].level == 2


async def test_what_is_told_without_fitting_its_signal_is_noted_and_spoils_nothing():
    files = {"actions/read_bill": TELLING, "signals/found": FOUND}
    async with World(rules=harbour_of(**files)) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        await world.ask(proposal(1, "read_bill", BOT, output={"found": True, "user": 7}), "account:a")
        await world.settle()
        (skipped,) = await world.facts(f.ChangeSkipped)
        assert skipped.change.startswith("read_bill/tells")
        assert len(await world.facts(f.InvocationDone)) == 1
