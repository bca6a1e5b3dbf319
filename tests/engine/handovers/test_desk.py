"""A conversation handed over to people comes to an end that is good for the customer, whatever people do or do not do."""

from typing import Any

import pytest

from tests.kit.counter import (
    ANA,
    CALL,
    FAY,
    QUEUES,
    accept,
    call,
    decline,
    hand_back,
    hand_over,
    handover_of,
    open_one,
    queue_files,
    release_with,
)
from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, OLGA, OTTO, SHY_BOT, proposal, signal
from tests.kit.world import World
from xop.assembly import compiled
from xop.engine import desk
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Merge, Proposal
from xop.kernel.facts import (
    ChangeSkipped,
    HandoverAccepted,
    HandoverDeclined,
    HandoverEscalated,
    HandoverExpired,
    HandoverOpened,
    HandoverReturned,
    PromiseBroken,
    PromiseMade,
)
from xop.ports.desk import QueueTally

RULES = release_with()

CLOSED = [{"from": "18:00", "to": "20:00"}]
"""Hours in which it is not noon."""


def queues(**care: object) -> dict:
    """Return one queue, changed, with the supervisors beside it."""
    return {**QUEUES, "care": {**QUEUES["care"], **care}}


def codes(answers) -> list[str]:
    return [each.refusal.code if each.refusal is not None else "" for each in answers]


async def held_by(world: World) -> str:
    return (await world.customer(ANA)).view.conversations[CALL].held_by


async def test_one_person_takes_a_handover_and_its_return_says_who_goes_on_with_what_was_learned():
    async with World(rules=RULES) as world:
        handover = await open_one(world)
        assert (handover.queue, handover.status, handover.due) == ("care", "waiting", world.now + 15 * MINUTE)
        assert await held_by(world) == "queue:care"
        assert list(await world.runtime.desk.counts()) == [QueueTally("care", "waiting", 1)]
        await world.ask(accept(1, handover.id), ANA)
        assert await held_by(world) == "operator:otto"
        await world.settle(DAY)
        done = await world.ask(hand_back(1, handover.id, notes="paid back", facts={"contract.plan": "gold"}), ANA)
        assert done.refusal is None
        customer = await world.customer(ANA)
        assert await held_by(world) == "agent:helper_bot"
        assert customer.view.profile["contract.plan"].value == "gold"
        assert customer.view.intents["refund"].status == "resolved"
        assert (await handover_of(world)).notes == "paid back"
        again = [
            await world.ask(hand_back(number, handover.id, actor), ANA) for number, actor in ((2, OTTO), (3, OLGA))
        ]
        assert codes(again) == ["handover-over", "handover-over"]
        assert len(await world.facts(HandoverReturned)) == 1
        assert list(await world.runtime.desk.counts()) == []


async def test_of_two_who_take_it_one_wins_and_the_other_is_told():
    async with World(rules=RULES) as world:
        handover = await open_one(world)
        answers = [
            await world.ask(accept(number, handover.id, actor), ANA)
            for number, actor in enumerate((FAY, OTTO, OLGA, OTTO, BOT))
        ]
        assert codes(answers) == ["handover-role", "", "handover-taken", "", "handover-role"]
        assert answers[2].refusal.cause == "operator:otto has accepted it"
        assert [fact.by for fact in await world.facts(HandoverAccepted)] == ["operator:otto"]


async def test_an_agent_takes_no_handover_whatever_its_roles():
    files = queue_files()
    files["agents.yaml"] = files["agents.yaml"].replace(
        b"  helper_bot:\n", b"  helper_bot:\n    roles: [care, supervisor]\n"
    )
    rules = compiled(files)
    assert rules.principals[BOT].roles == ("care", "supervisor")
    async with World(rules=rules) as world:
        handover = await open_one(world)
        wishes = (accept(1, handover.id, BOT), decline(1, handover.id, BOT))
        assert codes([await world.ask(wish, ANA) for wish in wishes]) == ["handover-role", "handover-role"]
        await world.ask(accept(2, handover.id), ANA)
        assert codes([await world.ask(hand_back(1, handover.id, BOT), ANA)]) == ["handover-role"]
        assert await held_by(world) == "operator:otto"


async def test_what_is_declined_goes_on_to_the_next_queue_and_then_back_to_the_agent():
    async with World(rules=RULES) as world:
        handover = await open_one(world)
        await world.ask(decline(1, handover.id, reason="not ours"), ANA)
        moved = await handover_of(world)
        assert (moved.queue, moved.been, moved.due) == ("supervisors", ("care", "supervisors"), world.now + 30 * MINUTE)
        assert codes([await world.ask(accept(1, handover.id), ANA)]) == ["handover-role"]
        await world.ask(decline(2, handover.id, OLGA), ANA)
        assert [(fact.outcome, fact.reason) for fact in await world.facts(HandoverExpired)] == [("nobody", "declined")]
        assert [fact.by for fact in await world.facts(HandoverDeclined)] == ["operator:otto", "operator:olga"]
        assert await held_by(world) == ""


async def test_others_may_take_what_one_declined_until_enough_have():
    rules = release_with(queues(roles=["care", "finance"], declines=2))
    async with World(rules=rules) as world:
        handover = await open_one(world)
        await world.ask(decline(1, handover.id), ANA)
        await world.ask(decline(2, handover.id), ANA)
        assert (await handover_of(world)).queue == "care"
        await world.ask(accept(1, handover.id, FAY), ANA)
        assert (await handover_of(world)).accepted_by == "operator:fay"
        await world.ask(decline(3, handover.id, FAY), ANA)
        assert (await handover_of(world)).queue == "supervisors"


async def test_what_somebody_gives_back_waits_for_others_where_no_queue_follows():
    async with World(rules=RULES) as world:
        handover = await open_one(world, queue="supervisors")
        await world.ask(accept(1, handover.id, OLGA), ANA)
        await world.ask(decline(1, handover.id, OLGA), ANA)
        waiting = await handover_of(world)
        assert (waiting.queue, waiting.status, waiting.accepted_by) == ("supervisors", "waiting", "")
        assert await held_by(world) == "queue:supervisors"


async def test_what_nobody_takes_in_time_is_escalated_and_in_the_end_promised_back():
    rules = release_with(
        {**QUEUES, "supervisors": {**QUEUES["supervisors"], "fallback": {"promise": "We call you.", "within": "4h"}}}
    )
    async with World(rules=rules) as world:
        await open_one(world)
        await world.settle(15 * MINUTE - 1)
        assert (await handover_of(world)).queue == "care"
        await world.settle(1)
        assert [(fact.queue, fact.reason) for fact in await world.facts(HandoverEscalated)] == [("supervisors", "late")]
        await world.settle(30 * MINUTE)
        over = await handover_of(world)
        assert (over.status, over.outcome) == ("expired", "promised")
        (promise,) = await world.facts(PromiseMade)
        assert (promise.promise, promise.what, promise.due) == (
            f"callback:{CALL}",
            "We call you.",
            world.now + 4 * HOUR,
        )
        await world.settle(4 * HOUR)
        assert len(await world.facts(PromiseBroken)) == 1


async def test_what_somebody_keeps_too_long_goes_on_to_the_next_queue():
    async with World(rules=release_with(queues(handling="2h"))) as world:
        handover = await open_one(world)
        await world.settle(10 * MINUTE)
        await world.ask(accept(1, handover.id), ANA)
        await world.settle(2 * HOUR - 1)
        assert (await handover_of(world)).accepted_by == "operator:otto"
        await world.settle(1)
        moved = await handover_of(world)
        assert (moved.queue, moved.status, moved.accepted_by) == ("supervisors", "waiting", "")
        assert codes([await world.ask(hand_back(1, handover.id), ANA)]) == ["handover-role"]


@pytest.mark.parametrize(
    ("fallback", "outcome", "queue"),
    [
        ({}, "nobody", "care"),
        ({"promise": "We call you back.", "within": "4h"}, "promised", "care"),
        ({"queue": "supervisors"}, "", "supervisors"),
    ],
)
async def test_outside_its_hours_a_queue_does_at_once_what_it_does_when_nobody_is_there(fallback, outcome, queue):
    async with World(rules=release_with(queues(hours=CLOSED, fallback=fallback))) as world:
        handover = await open_one(world)
        assert (handover.outcome, handover.queue) == (outcome, queue)
        assert [fact.reason for fact in await world.facts(HandoverExpired)] == ["absent"][: bool(outcome)]
        assert await held_by(world) == ("" if outcome else "queue:supervisors")
        assert len(await world.facts(PromiseMade)) == (outcome == "promised")


async def test_within_its_hours_a_queue_takes_what_comes():
    async with World(rules=release_with(queues(hours=[{"from": "08:00", "to": "20:00"}]))) as world:
        assert (await open_one(world)).status == "waiting"


async def test_a_full_queue_counts_as_one_where_nobody_is():
    rules = release_with(queues(capacity=1, fallback={"queue": "supervisors"}))
    async with World(rules=rules) as world:
        await open_one(world)
        bea = await call(world, "email:bea@harbour.test", "c2")
        await world.tell(hand_over(2, conversation="c2"), bea)
        assert (await handover_of(world, "email:bea@harbour.test")).queue == "supervisors"
        await world.ask(accept(1, (await handover_of(world)).id), ANA)
        eve = await call(world, "email:eve@harbour.test", "c3")
        await world.tell(hand_over(3, conversation="c3"), eve)
        assert (await handover_of(world, "email:eve@harbour.test")).queue == "care"


async def test_people_are_not_bothered_with_half_a_packet_unless_it_is_urgent_or_asked_for_anyway():
    async with World(rules=RULES) as world:
        customer = await call(world)
        refused = await world.tell(hand_over(1, summary="", transcript=(), intent=""), customer)
        assert refused.refusal.code == "handover-incomplete"
        assert refused.refusal.missing == ("summary", "intent", "transcript")
        assert (await world.customer(ANA)).view.handovers == {}
        assert (await world.tell(hand_over(2, summary="", anyway=True), customer)).refusal is None
        assert (await handover_of(world)).missing == ("summary",)
        await world.ask(decline(1, (await handover_of(world)).id, OLGA), ANA)
        assert codes([await world.tell(hand_over(3), customer)]) == ["handover-open"]


async def test_an_urgent_one_goes_before_the_others_with_its_own_deadline_whatever_is_missing():
    async with World(rules=release_with(queues(urgent_deadline="2m"))) as world:
        await open_one(world)
        eve = await call(world, "email:eve@harbour.test", "c2")
        urgent = hand_over(2, conversation="c2", summary="", transcript=(), urgent=True)
        await world.tell(urgent, eve)
        known = await handover_of(world, "email:eve@harbour.test")
        assert (known.due, known.missing) == (world.now + 2 * MINUTE, ("summary", "transcript"))


async def test_identity_is_missing_when_nobody_knows_who_calls():
    async with World(rules=RULES) as world:
        customer = await call(world, "cookie:abc")
        refused = await world.tell(hand_over(1), customer)
        assert refused.refusal.missing == ("identity",)
        await world.tell(signal("v", "identity.verified", "cookie:abc", call=CALL, level=2))
        assert (await world.tell(hand_over(2), customer)).refusal is None


async def test_a_handover_finds_the_queue_that_fits_by_skill_then_language_then_who_is_there():
    here = {
        "french": {"roles": ["care"], "languages": ["fr"]},
        "closed": {"roles": ["care"], "languages": ["en"], "hours": CLOSED},
        "english": {"roles": ["care"], "languages": ["en"]},
        "billing": {"roles": ["care"], "skills": ["refund", "vip"], "languages": ["de"]},
    }
    wishes: list[tuple[dict[str, Any], str]] = [
        ({"language": "fr-CA", "intent": "move"}, "french"),
        ({"language": "en", "intent": "move"}, "english"),
        ({"language": "fr", "intent": "refund"}, "billing"),
        ({"skills": ("vip",), "intent": "move"}, "billing"),
        ({"intent": "move"}, "french"),
    ]
    async with World(rules=release_with(here)) as world:
        for number, (wish, expected) in enumerate(wishes):
            who, name = f"email:c{number}@harbour.test", f"c{number}"
            customer = await call(world, who, name)
            answer = await world.tell(hand_over(number, conversation=name, queue="", **wish), customer)
            assert answer.refusal is None
            assert (await handover_of(world, who)).queue == expected


async def test_only_who_holds_a_conversation_hands_it_over_and_only_once_at_a_time():
    async with World(rules=RULES) as world:
        customer = await call(world)
        wishes = [
            hand_over(1, conversation="c9"),
            hand_over(2, conversation=""),
            hand_over(3, queue="moon"),
            hand_over(4),
            hand_over(5),
            hand_over(6, SHY_BOT),
        ]
        answers = [await world.tell(each, customer) for each in wishes]
        expected = [
            "conversation-unknown",
            "conversation-missing",
            "queue-unknown",
            "",
            "handover-open",
            "handover-open",
        ]
        assert codes(answers) == expected
        handover = await handover_of(world)
        await world.ask(accept(1, handover.id), ANA)
        await world.ask(hand_back(1, handover.id), ANA)
        assert codes([await world.tell(hand_over(7, SHY_BOT), customer)]) == ["conversation-held"]


async def test_an_agent_changes_nothing_in_a_conversation_that_people_hold():
    async with World(rules=RULES) as world:
        handover = await open_one(world)
        credit: dict[str, Any] = {"conversation": CALL, "cents": 100}
        waiting = await world.ask(proposal(0, "issue_credit", BOT, **credit), ANA)
        await world.ask(accept(1, handover.id), ANA)
        held = await world.ask(proposal(1, "issue_credit", BOT, **credit), ANA)
        assert [each.decision.code for each in (waiting, held)] == ["xop.with_people"] * 2
        await world.ask(hand_back(1, handover.id), ANA)
        assert (await world.ask(proposal(2, "issue_credit", BOT, **credit), ANA)).decision.verdict == "permit"


async def test_passing_back_and_forth_ends_with_a_person():
    async with World(rules=release_with(most=2)) as world:
        customer = await call(world)
        for number in range(2):
            assert (await world.tell(hand_over(number), customer)).refusal is None
            handover = await handover_of(world)
            await world.ask(accept(number, handover.id), ANA)
            if number == 0:
                await world.ask(hand_back(number, handover.id), ANA)
                await world.settle(1)
        refused = await world.ask(hand_back(7, handover.id), ANA)
        assert refused.refusal.code == "handover-bounded"
        assert (await world.ask(hand_back(8, handover.id, OLGA), ANA)).refusal is None
        assert await held_by(world) == "agent:helper_bot"


async def test_an_agent_that_finds_nobody_again_and_again_is_left_with_a_promise_to_keep():
    async with World(rules=release_with(queues(hours=CLOSED, fallback={}), most=2)) as world:
        customer = await call(world)
        outcomes = []
        for number in range(4):
            answer = await world.tell(hand_over(number), customer)
            outcomes.append(answer.refusal.code if answer.refusal else (await handover_of(world)).outcome)
            await world.settle(1)
        assert outcomes == ["nobody", "nobody", "handover-bounded", "handover-bounded"]


async def test_a_customer_whom_people_keep_missing_is_promised_a_call_back_in_the_end():
    async with World(rules=release_with(queues(fallback={}, escalation=None), most=2)) as world:
        customer = await call(world)
        outcomes = []
        for number in range(4):
            await world.tell(hand_over(number), customer)
            await world.settle(15 * MINUTE)
            outcomes.append((await handover_of(world)).outcome)
        assert outcomes == ["nobody", "nobody", "promised", "promised"]
        assert [fact.promise for fact in await world.facts(PromiseMade)] == [f"callback:{CALL}"]


@pytest.mark.parametrize("slip", ["resolvd", "Resolved", "resovled", "resolvedd", "promissed"])
async def test_an_outcome_that_looks_like_a_slip_of_a_meaningful_word_is_refused(slip):
    async with World(rules=RULES) as world:
        handover = await open_one(world)
        await world.ask(accept(1, handover.id), ANA)
        refused = (await world.ask(hand_back(1, handover.id, outcome=slip), ANA)).refusal
        assert refused.code == "outcome-unfit"
        assert "did you mean" in refused.cause
        assert (await world.ask(hand_back(2, handover.id, outcome="solved"), ANA)).refusal is None


async def test_a_person_can_keep_the_conversation():
    async with World(rules=RULES) as world:
        handover = await open_one(world)
        await world.ask(accept(1, handover.id), ANA)
        unfit = await world.ask(hand_back(1, handover.id, continues="journey"), ANA)
        assert unfit.refusal.code == "continues-unfit"
        await world.ask(hand_back(2, handover.id, continues="person", outcome="takes_longer"), ANA)
        assert await held_by(world) == "operator:otto"


async def test_handing_over_again_with_the_same_id_changes_nothing():
    async with World(rules=RULES) as world:
        customer = await call(world)
        first = await world.tell(hand_over(1), customer)
        again = await world.tell(hand_over(1), customer)
        assert (again.duplicate, again.entry.facts) == (True, first.entry.facts)
        assert len((await world.customer(ANA)).view.handovers) == 1


async def test_triggers_hear_what_becomes_of_handovers():
    told: dict[str, Any] = {
        f"xop.handover.{what}": {"changes": [{"count": {"counter": f"{what}_handovers", "window": "1d"}}]}
        for what in ("opened", "accepted", "escalated", "returned", "expired")
    }
    told["xop.handover.opened"]["changes"].append(
        {"propose": {"action": "send_notice", "arguments": {"reason": "{{signal.data.queue}}"}}}
    )
    async with World(rules=release_with(queues(fallback={}), signals=told)) as world:
        handover = await open_one(world)
        await world.settle(15 * MINUTE)
        await world.ask(accept(1, handover.id, OLGA), ANA)
        await world.ask(hand_back(1, handover.id, OLGA), ANA)
        await world.ask(hand_over(2, queue="supervisors"), ANA)
        await world.settle(30 * MINUTE)
        counters = (await world.customer(ANA)).view.counters
        told_often = {name.removesuffix("_handovers"): len(times) for name, times in counters.items()}
        assert told_often == {"opened": 2, "escalated": 1, "accepted": 1, "returned": 1, "expired": 1}
        commands = [stored.entry.command for stored in await world.entries()]
        reasons = [each.arguments["reason"] for each in commands if isinstance(each, Proposal)]
        assert reasons == ["care", "supervisors"]


async def test_the_last_few_handovers_can_be_looked_at_and_older_ones_are_forgotten_everywhere():
    async with World(rules=release_with(queues(hours=CLOSED, fallback={}), most=100)) as world:
        customer = await call(world)
        names = []
        for number in range(12):
            assert (await world.tell(hand_over(number), customer)).refusal is None
            names.append((await handover_of(world)).id)
            await world.settle(1)
        known = [name for name in names if await world.runtime.desk.find(name) is not None]
        assert known == names[-8:] == list((await world.customer(ANA)).view.handovers)


async def test_a_handover_belongs_to_the_side_of_a_merged_customer_that_is_in_the_conversation():
    async with World(rules=RULES) as world:
        one = await call(world)
        other = await call(world, "email:bea@harbour.test", "c2")
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.tell(signal("late", "page.viewed", ANA, path="/", time=world.now))
        opened = await desk.hand_over(world.engine, hand_over(1, conversation="c2"), one)
        assert opened.handover is not None
        standing = await world.runtime.desk.find(opened.handover.id)
        assert standing is not None
        assert (standing.part, opened.answer.customer) == (other, one)
        again = await desk.hand_over(world.engine, hand_over(1, conversation="c2"), one)
        assert (again.answer.duplicate, again.handover) == (True, opened.handover)
        assert opened.packet is not None
        assert [each.part for each in desk.lacks_of(world.engine, opened.packet)] == []
        assert list((await world.customer(ANA)).view.handovers) == [opened.handover.id]


async def test_a_rule_hands_a_conversation_over():
    asked = {
        "schema": {"type": "object", "properties": {"call": {"type": "string"}}, "required": ["call"]},
        "conversation": "{{signal.data.call}}",
        "changes": [{"hand_over": {"queue": "care", "summary": "asked {{signal.data.call}}", "intent": "person"}}],
    }
    async with World(rules=release_with(signals={"person.asked": asked})) as world:
        await call(world)
        for number, name in enumerate((CALL, CALL, "c9")):
            await world.tell(signal(f"ask-{number}", "person.asked", ANA, call=name))
            await world.settle()
        handover = await handover_of(world)
        assert (handover.summary, handover.intent, handover.missing) == ("asked c1", "person", ("transcript",))
        assert handover.actor == Actor("trigger", "person.asked#1")
        assert len(await world.facts(HandoverOpened)) == 1
        assert [fact.change for fact in await world.facts(ChangeSkipped)] == ["person.asked#1/hand_over"]
