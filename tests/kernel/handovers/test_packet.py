"""The packet says what people must know: what was tried, promised, may not be done, and what might be done next."""

from typing import Any

import pytest

from tests.kit.choosing import decision_set
from tests.kit.counter import ANA, CALL, QUEUES, accept, call, hand_over, handover_of, release_with
from tests.kit.harbour import BOT, NOON, OLGA, OTTO, consent, proposal, signal
from tests.kit.world import World
from xop.engine import desk
from xop.kernel.base.json import canonical
from xop.kernel.commands import Approval, Merge
from xop.kernel.conversations.model import MOST_TRIED, Tried
from xop.kernel.facts import ActionChosen
from xop.kernel.handovers.model import Suggestion
from xop.kernel.handovers.packet import Packet
from xop.kernel.handovers.queue import PARTS
from xop.kernel.handovers.sufficiency import completeness, lacks

RULES = release_with()


async def packed(world: World, **changes: Any) -> Packet:
    """Hand the call over and return what people receive."""
    customer = (await world.customer(ANA)).id
    opened = await desk.hand_over(world.engine, hand_over("packet", **changes), customer)
    assert opened.packet is not None, opened.answer.refusal
    return opened.packet


async def test_what_was_tried_is_told_with_its_last_outcome_the_latest_first():
    async with World(rules=RULES) as world:
        await call(world)
        for number, (action, arguments) in enumerate(
            [("read_bill", {}), ("issue_credit", {"cents": 9000}), ("reset_pin", {}), ("issue_credit", {"cents": 100})]
        ):
            await world.ask(proposal(number, action, BOT, conversation=CALL, **arguments), ANA)
            await world.settle(1000)
        told = await packed(world, tried=(Tried("restart the modem", "failed"),))
        assert [(each.what, each.outcome, each.detail) for each in told.tried] == [
            ("issue_credit", "done", ""),
            ("reset_pin", "denied", "xop.nobody_permits"),
            ("issue_credit", "held", "approval"),
            ("read_bill", "done", ""),
            ("restart the modem", "failed", ""),
        ]
        held = next(each.invocation for each in told.tried if each.outcome == "held")
        await world.tell(Approval("approval:1", OLGA, held, approved=False), (await world.customer(ANA)).id)
        known = desk.packet_of(world.engine, await found(world))
        assert ("issue_credit", "cancelled") in [(each.what, each.outcome) for each in known.tried]
        assert len(known.tried) == 5


async def found(world: World) -> desk.Found:
    known = await desk.find(world.engine, (await handover_of(world)).id)
    assert known is not None
    return known


async def test_a_long_conversation_remembers_the_latest_of_what_was_tried():
    async with World(rules=RULES) as world:
        await call(world)
        for number in range(MOST_TRIED + 5):
            await world.ask(proposal(number, "read_bill", BOT, conversation=CALL), ANA)
        await world.settle(1000)
        conversation = (await world.customer(ANA)).view.conversations[CALL]
        assert len(conversation.tried) == MOST_TRIED


async def test_promises_identity_consents_and_circumstances_are_told():
    async with World(rules=RULES) as world:
        await call(world)
        await world.tell(signal("p1", "promise.made", ANA, id="kept"))
        await world.tell(signal("p2", "promise.made", ANA, id="open"))
        await world.tell(signal("p3", "promise.kept", ANA, id="kept"))
        await world.tell(signal("v", "identity.verified", ANA, call=CALL, level=2))
        await world.tell(consent("g", "granted", "marketing", "email", ANA))
        await world.tell(consent("w", "withdrawn", "marketing", "sms", ANA))
        told = await packed(world)
        assert [(each.id, each.status) for each in told.promises] == [("open", "open"), ("kept", "kept")]
        assert (told.identity.known, told.identity.level, told.identity.method) == (True, 2, "pin")
        assert told.identifiers == (ANA,)
        assert told.circumstances == ("support",)
        consents = {(each.purpose, each.channel): (each.permitted, each.code) for each in told.consents}
        assert consents == {
            ("marketing", "email"): (True, "granted"),
            ("marketing", "sms"): (False, "withdrawn"),
            ("service", "email"): (True, "not_needed"),
        }
        assert (told.conversation.channel, told.intent.name, told.intent.status) == ("voice", "refund", "open")


async def test_what_may_not_be_done_is_told_with_the_rule_that_says_so():
    async with World(rules=RULES) as world:
        await call(world)
        await world.tell(consent("o", "objected", "service", "*", ANA))
        told = await packed(world)
        barred = {each.action: each for each in told.barred}
        assert barred["send_notice"].verdict == "deny"
        assert barred["send_notice"].code == "xop.consent_objected"
        assert barred["send_notice"].reasons
        assert "read_bill" not in barred


async def test_suggested_steps_are_judged_for_whoever_has_the_handover():
    suggested = (
        Suggestion("pay it back", "issue_credit", {"cents": 9000}, "charged twice"),
        Suggestion("pay a little", "issue_credit", {"cents": 100}),
        Suggestion("wrong", "issue_credit", {"cents": "many"}),
        Suggestion("raise", "raise_limit"),
        Suggestion("fly", "fly_away"),
        Suggestion("Call the customer on Monday", reason="they asked for it"),
    )
    async with World(rules=RULES) as world:
        await call(world)
        told = await packed(world, suggested=suggested)
        assert [(each.title, each.verdict, each.code) for each in told.next] == [
            ("pay it back", "hold", "harbour.large_credit"),
            ("pay a little", "permit", "xop.granted"),
            ("wrong", "unknown", "arguments-unfit"),
            ("raise", "unknown", "xop.fact_unknown"),
            ("fly", "unknown", "action-unknown"),
            ("Call the customer on Monday", "", ""),
        ]
        assert (told.next[0].reason, told.next[0].until) == ("charged twice", "approval")
        assert all(each.by == "agent:helper_bot" for each in told.next)
        handover = await handover_of(world)
        await world.ask(accept(1, handover.id), ANA)
        again = desk.packet_of(world.engine, await found(world), OTTO)
        assert [each.verdict for each in again.next][:2] == ["hold", "permit"]


async def test_nothing_of_a_packet_is_kept_and_the_same_moment_gives_the_same_bytes():
    async with World(rules=RULES) as world:
        await call(world)
        await packed(world, suggested=(Suggestion("pay", "issue_credit", {"cents": 100}),))
        before = await world.entries()
        known = await found(world)
        assert canonical(desk.packet_of(world.engine, known)) == canonical(desk.packet_of(world.engine, known))
        assert await world.entries() == before


@pytest.mark.parametrize("part", [part for part in PARTS if part not in {"conversation", "identity"}])
async def test_the_sufficiency_check_names_what_a_packet_lacks(part):
    empty = {"summary": " ", "intent": "", "transcript": (), "tried": ()}[part]
    queues = {**QUEUES, "care": {**QUEUES["care"], "requires": list(PARTS)}}
    async with World(rules=release_with(queues)) as world:
        customer = await call(world)
        whole: dict[str, Any] = {"tried": (Tried("restart", "done", NOON),)}
        refused = await world.tell(hand_over(1, **{**whole, part: empty}), customer)
        assert refused.refusal.missing == (part,)
        told = await packed(world, anyway=True, **{**whole, part: empty})
        assert [each.part for each in lacks(told)] == [part] == list(told.missing)
        assert completeness(told) == pytest.approx(5 / 6)
        assert completeness(told, ()) == 1


async def test_a_packet_told_of_a_merged_customer_holds_what_both_sides_know():
    async with World(rules=RULES) as world:
        await call(world)
        other = await world.tell(signal("x", "promise.made", "phone:+442071838750", id="theirs"))
        await world.tell(Merge("merge:1", OLGA, other.customer), (await world.customer(ANA)).id)
        told = await packed(world)
        assert {each.id for each in told.promises} == {"theirs"}
        assert set(told.identifiers) == {ANA, "phone:+442071838750"}


async def test_the_decision_set_of_a_queue_suggests_what_it_ranks_highest_and_chooses_nothing():
    queues = {**QUEUES, "care": {**QUEUES["care"], "suggests": "next"}}
    async with World(rules=release_with(queues, decisions=[decision_set()])) as world:
        await call(world)
        told = await packed(world)
        assert [(each.by, each.title, each.action, each.verdict) for each in told.next] == [
            ("decision_set:next", "notice", "send_notice", "permit"),
            ("decision_set:next", "credit", "issue_credit", "permit"),
        ]
        assert told.next[0].reason == "number 1 by priority"
        assert await world.facts(ActionChosen) == []
