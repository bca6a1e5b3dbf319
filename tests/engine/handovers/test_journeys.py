"""A journey hands a customer over by a packet in a queue, and goes on once when they come back."""

from typing import Any

import pytest

from tests.kit.counter import ANA, QUEUES, accept, call, hand_back, handover_of, release_with
from tests.kit.ferries import JOINING
from tests.kit.harbour import DAY, HOUR, MINUTE, OLGA, OTTO, signal
from tests.kit.world import World
from xop.engine import desk
from xop.kernel.commands import Reply
from xop.kernel.facts import HandoverExpired, HandoverOpened, HandoverReturned, RunEnded

HANDING = {"queue": "care", "reason": "wants to leave: {{run.id}}", "intent": "leave", "within": "4h", "late": "sorry"}


def journey(**changes: Any) -> dict[str, Any]:
    """Return a journey that hands over and says how it went by its outcome."""
    steps = {
        "over": {"handover": {**HANDING, **changes}},
        "good": {"end": {"outcome": "back"}},
        "kept": {"end": {"outcome": "kept"}},
        "nobody": {"end": {"outcome": "nobody"}},
        "sorry": {"end": {"outcome": "late"}},
    }
    outcomes = {"kept": "kept", "nobody": "nobody"}
    steps["over"]["handover"].setdefault("outcomes", outcomes)
    return {"ferry": {"entries": JOINING, "steps": steps}}


async def join(world: World) -> None:
    await world.tell(signal("join", "page.viewed", ANA, path="/join"))
    await world.settle()


async def ends(world: World) -> list[str]:
    return [fact.outcome for fact in await world.facts(RunEnded)]


@pytest.mark.parametrize(("outcome", "end"), [("resolved", "back"), ("kept", "kept")])
async def test_a_run_goes_on_by_the_outcome_once(outcome, end):
    async with World(rules=release_with(journeys=journey())) as world:
        await join(world)
        handover = await handover_of(world)
        assert (handover.queue, handover.intent, handover.summary) == (
            "care",
            "leave",
            f"wants to leave: {handover.run}",
        )
        await world.ask(accept(1, handover.id), ANA)
        assert await ends(world) == []
        back = [await world.ask(hand_back(n, handover.id, continues="journey", outcome=outcome), ANA) for n in (1, 2)]
        assert [each.refusal.code if each.refusal else "" for each in back] == ["", "handover-over"]
        assert await ends(world) == [end]
        await world.settle(DAY)
        assert await ends(world) == [end]


async def test_a_run_goes_on_when_nobody_takes_it():
    queues = {"care": {"roles": ["care"], "deadline": "15m"}}
    async with World(rules=release_with(queues, journeys=journey())) as world:
        await join(world)
        await world.settle(15 * MINUTE)
        assert await ends(world) == ["nobody"]


async def test_a_promise_to_call_back_goes_where_late_does_unless_the_step_says_otherwise():
    queues = {"care": {**QUEUES["care"], "escalation": None}}
    async with World(rules=release_with(queues, journeys=journey())) as world:
        await join(world)
        await world.settle(15 * MINUTE)
        assert await ends(world) == ["late"]
        assert (await handover_of(world)).outcome == "promised"


async def test_a_run_that_has_waited_long_enough_takes_back_what_nobody_has_accepted():
    queues = {"care": {"roles": ["care"], "deadline": "9h"}}
    async with World(rules=release_with(queues, journeys=journey())) as world:
        await join(world)
        await world.settle(4 * HOUR)
        assert await ends(world) == ["late"]
        assert [fact.reason for fact in await world.facts(HandoverExpired)] == ["given_up"]
        assert list(await world.runtime.desk.counts()) == []


async def test_what_a_person_has_accepted_stays_with_them_when_the_run_goes_on():
    queues = {"care": {"roles": ["care"], "deadline": "9h"}}
    async with World(rules=release_with(queues, journeys=journey())) as world:
        await join(world)
        handover = await handover_of(world)
        await world.ask(accept(1, handover.id), ANA)
        await world.settle(4 * HOUR)
        assert await ends(world) == ["late"]
        assert (await world.ask(hand_back(1, handover.id, continues="journey"), ANA)).refusal is None
        assert await ends(world) == ["late"]


async def test_a_goal_takes_back_what_still_waits():
    rules = release_with(journeys={"ferry": {**journey()["ferry"], "exits": {"called": {"signal": "promise.made"}}}})
    async with World(rules=rules) as world:
        await join(world)
        await world.tell(signal("p", "promise.made", ANA, id="p1"))
        assert await ends(world) == ["called"]
        assert (await handover_of(world)).status == "expired"


async def test_a_conversation_that_is_not_there_leaves_the_run_with_nobody():
    async with World(rules=release_with(journeys=journey(conversation="c9"))) as world:
        await join(world)
        assert await world.facts(HandoverOpened) == []
        assert await ends(world) == ["nobody"]


async def test_a_journey_hands_over_the_conversation_it_names():
    rules = release_with(journeys=journey(conversation="{{customer.conversations[0].id}}"))
    async with World(rules=rules) as world:
        await call(world)
        await join(world)
        handover = await handover_of(world)
        assert handover.conversation == "c1"
        assert (await world.customer(ANA)).view.conversations["c1"].held_by == "queue:care"
        await world.ask(accept(1, handover.id), ANA)
        await world.ask(hand_back(1, handover.id, continues="journey"), ANA)
        assert (await world.customer(ANA)).view.conversations["c1"].held_by == ""


async def test_whoever_works_in_the_queue_can_answer_the_run_in_one():
    async with World(rules=release_with(journeys=journey())) as world:
        await join(world)
        handover = await handover_of(world)
        wrong = await world.ask(Reply("reply:1", OLGA, handover.run, 0, "maybe"), ANA)
        assert wrong.refusal.code == "question-not-open"
        await world.ask(Reply("reply:2", OTTO, handover.run, 0, "handed_back"), ANA)
        assert await ends(world) == ["back"]
        assert [fact.by for fact in await world.facts(HandoverReturned)] == ["operator:otto"]


async def test_the_packet_tells_how_the_journey_goes_on_by_which_outcome():
    async with World(rules=release_with(journeys=journey())) as world:
        await join(world)
        found = await desk.find(world.engine, (await handover_of(world)).id)
        assert found is not None
        told = [(each.by, each.title, each.reason) for each in desk.packet_of(world.engine, found).next]
        assert told == [
            ("journey:ferry", "hand back with the outcome `kept`", "the journey goes on with `kept`"),
        ]
