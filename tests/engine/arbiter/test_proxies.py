"""What agents have others do: journeys, triggers, people; their own limits hold for it."""

import asyncio
import json

from tests.engine.arbiter.test_approvals import answer, yes
from tests.engine.arbiter.test_rights import CHATS, ENGAGED, credited
from tests.kit.agents import BOT_RIGHTS, PEOPLE, approval_rule, harbour_of
from tests.kit.ferries import JOINING
from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, OLGA, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Enter, Halt, HandOver, Merge
from xop.kernel.identity.model import Identifier


def agents_of(bot, people=PEOPLE, **agents):
    return json.dumps(
        {"sources": {"web": {}}, "agents": {"helper_bot": BOT_RIGHTS | bot} | agents, "operators": people}
    )


def journey(name, **more):
    return json.dumps({"name": name, "description": "A journey.", **more})


JOURNEY_API = {
    "entries": [{"api": True}],
    "reentry": "always",
    "steps": {"offer": {"propose": {"action": "send_offer", "arguments": {}, "denied": "skip", "held": "wait"}}},
}


def with_journey(bot, one=JOURNEY_API, **files):
    return harbour_of(
        **{"agents": agents_of({"journeys": ["*"]} | bot), "journeys/ferry": journey("ferry", **one)}, **files
    )


async def met(world, who="account:a"):
    await world.tell(signal(f"met {who}", "page.viewed", who, path="/"))


async def test_a_halted_agent_enters_nobody_into_a_journey():
    async with World(rules=with_journey({})) as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, "agent:helper_bot"))
        await world.ask(Enter("enter:1", BOT, "ferry"), "account:a")
        await world.settle()
        assert await world.facts(f.RunEntered) == []


async def test_an_agent_in_shadow_enters_nobody_into_a_journey():
    async with World(rules=with_journey({"shadow": True})) as world:
        await met(world)
        await world.ask(Enter("enter:1", BOT, "ferry"), "account:a")
        await world.settle()
        assert await world.facts(f.RunEntered) == []


async def test_a_run_that_an_agent_in_shadow_asked_for_does_not_wait_for_ever():
    async with World(rules=with_journey({"shadow": True})) as world:
        await met(world)
        await world.ask(Enter("enter:1", BOT, "ferry"), "account:a")
        await world.settle(30 * DAY)
        assert (await world.customer("account:a")).view.runs == {}


NOTICE = {
    "entries": [{"api": True}],
    "steps": {
        "credit": {"propose": {"action": "issue_credit", "arguments": {"cents": 5}, "denied": "skip", "held": "wait"}}
    },
}


async def test_a_journey_an_engaged_agent_enters_from_its_conversation_acts_for_it():
    carry = """
name: read_bill
version: 2
description: Has a journey make good.
kind: write
purpose: service
binding: {journey: ferry}
"""
    files = {"signals/chats": CHATS, "actions/read_bill": carry}
    rules = with_journey(ENGAGED, NOTICE | {"entries": [{"api": True}]}, **files)
    async with World(rules=rules) as world:
        await world.tell(signal(1, "chat.opened", "account:a", id="c1"))
        asked = await world.ask(proposal(1, "read_bill", BOT, conversation="c1"), "account:a")
        assert asked.decision.verdict == "permit"
        await world.settle(MINUTE)
        assert await world.facts(f.RunEntered) != []
        assert [fact.code for fact in await world.facts(f.ProposalDenied)] == []


async def test_a_run_waits_for_what_a_person_approved_instead():
    one = {
        "entries": JOINING,
        "steps": {
            "credit": {
                "propose": {"action": "issue_credit", "arguments": {"cents": 5000}, "held": "wait", "denied": "refused"}
            },
            "thanks": {"end": {"outcome": "made_good"}},
            "refused": {"end": {"outcome": "refused"}},
        },
    }
    files = {"agents": agents_of({}), "journeys/ferry": journey("ferry", **one)}
    async with World(rules=harbour_of(rule=approval_rule(), **files)) as world:
        await world.tell(signal("join", "page.viewed", "account:a", path="/join"))
        await world.settle()
        (invocation,) = (await world.customer("account:a")).view.invocations.values()
        edited = await answer(world, yes(1, OLGA, invocation, arguments={"cents": 700}))
        assert edited.refusal is None
        await world.settle(HOUR)
        assert len(await world.facts(f.InvocationDone)) == 1
        (ended,) = await world.facts(f.RunEnded)
        assert ended.outcome == "made_good"


ALL_HELD = """
@id("desk.notices")
@message("A supervisor looks at it.")
@outcome("hold")
@until("approval")
@approver("supervisor")
forbid (principal, action == Action::"send_notice", resource) unless { context.approved };
"""


ASKED = """
signals:
  xop.approval.requested:
    changes:
      - propose: {action: send_notice, arguments: {}}
"""


async def test_telling_of_an_open_request_opens_no_requests_without_end():
    async with World(rules=harbour_of(rule=ALL_HELD, **{"signals/asked": ASKED})) as world:
        await world.tell(signal(1, "page.viewed", "account:a", "email:a@harbour.test", path="/"))
        await world.ask(proposal(1, "send_notice", BOT), "account:a")
        for _ in range(300):
            await asyncio.sleep(0)
        opened = len(await world.facts(f.InvocationHeld))
        assert opened < 10


async def test_a_conversation_that_people_hold_on_one_side_of_a_merge_is_closed_to_agents():
    rules = harbour_of(ENGAGED, **{"signals/chats": CHATS})
    async with World(rules=rules) as world:
        await world.tell(signal(1, "chat.opened", "account:a", id="c1", agent="helper_bot"))
        await world.tell(signal(2, "chat.opened", "account:b", id="c1", agent="shy_bot"))
        a, b = (await world.customer("account:a")).id, (await world.customer("account:b")).id
        await world.tell(Merge("merge:1", OLGA, b), a)
        asked = await world.engine.submit(
            proposal(1, "issue_credit", BOT, conversation="c1", cents=5), Identifier("account", "b")
        )
        assert asked.decision is not None
        assert asked.decision.code in {"xop.not_engaged", "xop.with_people"}


async def test_a_high_risk_that_an_agent_takes_through_a_journey_needs_approval_too():
    one = {
        "entries": [{"api": True}],
        "steps": {"do": {"propose": {"action": "risky", "arguments": {}, "denied": "skip", "held": "wait"}}},
    }
    risky = """
name: risky
version: 1
description: Closes the account.
kind: write
purpose: service
risk: high
binding: {connection: desk, request: {}}
"""
    files = {
        "agents": agents_of({"journeys": ["*"], "actions": ["*"]}),
        "journeys/ferry": journey("ferry", **one),
        "actions/risky": risky,
    }
    async with World(rules=harbour_of(**files)) as world:
        await met(world)
        direct = await world.ask(proposal(1, "risky", BOT), "account:a")
        assert (direct.decision.verdict, direct.decision.code) == ("hold", "xop.high_risk_agent")
        await world.ask(Enter("enter:1", BOT, "ferry"), "account:a")
        await world.settle()
        assert await world.facts(f.InvocationDone) == []


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


SEEN = """
signals:
  bill.seen:
    schema: {type: object, properties: {cents: {type: integer}}}
    changes:
      - propose: {action: issue_credit, arguments: {cents: "{{signal.data.cents}}"}}
"""


async def test_what_an_agents_own_act_tells_lets_it_act_no_more_freely():
    files = {"actions/read_bill": LOOKING, "signals/seen": SEEN}
    rules = harbour_of({"autonomy": "suggest"}, **files)
    async with World(rules=rules) as world:
        await met(world)
        assert (await credited(world, 1)).verdict == "hold"
        await world.ask(proposal(2, "read_bill", BOT, cents=700), "account:a")
        await world.settle(MINUTE)
        assert [each.action for each in await world.facts(f.InvocationDone)] == ["read_bill"]


async def test_an_agent_in_shadow_hands_nobody_over():
    queues = json.dumps(
        {"queues": {"care": {"roles": ["care"], "deadline": "15m", "fallback": {"promise": "A call."}}}}
    )
    async with World(rules=harbour_of({"shadow": True}, queues=queues)) as world:
        await met(world)
        await world.tell(signal(2, "call.started", "account:a", call="c1"))
        await world.ask(HandOver("handover:1", BOT, "c1", "care", "refund", "Charged twice.", anyway=True), "account:a")
        assert await world.facts(f.HandoverOpened) == []
