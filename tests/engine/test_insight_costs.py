"""What customers ask for is counted with what it costs, and whose it was is found again."""

import pytest

from tests.engine.test_insight import TALKS, Talking, again, totals
from tests.kit.counter import ANA, hand_over, queue_files
from tests.kit.harbour import BOT, HOUR, MINUTE, NOON, proposal
from xop.assembly import compiled
from xop.engine.insight import OTHER
from xop.kernel.insight.measures import PARTS


@pytest.fixture
def rules():
    files = queue_files(signals=TALKS)
    name = next(each for each in files if each.endswith("issue_credit.yaml"))
    files[name] += b"\ncost: 2.50 EUR\n"
    return compiled(files)


async def wish(world: Talking, conversation: str = "a") -> None:
    """Have somebody say in a chat what they want."""
    await world.hear("chat.opened", chat=conversation)
    await world.hear("wish.heard", chat=conversation)


async def test_a_permitted_action_costs_the_intent_of_its_conversation(rules):
    async with Talking(rules=rules) as world:
        await wish(world)
        permitted = await world.ask(proposal(1, "issue_credit", BOT, conversation="a", cents=100), ANA)
        assert permitted.decision.verdict == "permit", permitted.decision
        await world.ask(proposal(2, "issue_credit", BOT, conversation="a", cents=100), ANA)
        await world.settle(MINUTE)
        found = await totals(world)
        assert await again(world) == found
    assert found["costs"] == {"refund EUR": 5 * PARTS}


async def test_what_a_customer_wants_in_their_own_words_costs_an_amount_of_a_currency_and_is_not_repeated():
    own = {
        "schema": {"type": "object", "properties": {"chat": {"type": "string"}, "wish": {"type": "string"}}},
        "conversation": "{{signal.data.chat}}",
        "changes": [{"intent": {"change": "open", "name": "{{signal.data.wish}}"}}],
    }
    files = queue_files(signals=TALKS | {"wish.told": own})
    name = next(each for each in files if each.endswith("issue_credit.yaml"))
    files[name] += b"\ncost: 2.50 EUR\n"
    async with Talking(rules=compiled(files)) as world:
        await world.hear("chat.opened", chat="a")
        await world.hear("wish.told", chat="a", wish="my husband Karl died")
        permitted = await world.ask(proposal(1, "issue_credit", BOT, conversation="a", cents=100), ANA)
        assert permitted.decision.verdict == "permit", permitted.decision
        found = await totals(world)
    assert (found["demand"], found["costs"]) == ({OTHER: 1}, {f"{OTHER} EUR": PARTS * 5 // 2})


async def test_what_was_not_done_in_the_conversation_costs_its_intent_nothing(rules):
    async with Talking(rules=rules) as world:
        await wish(world)
        await world.hear("chat.opened", chat="b", after=MINUTE)
        await world.ask(proposal(1, "issue_credit", BOT, conversation="b", cents=100), ANA)
        held = await world.ask(proposal(2, "issue_credit", BOT, conversation="a", cents=8000), ANA)
        assert held.decision.verdict == "hold"
        found = await totals(world)
    assert "costs" not in found


async def test_a_conversation_passed_to_people_is_counted_by_its_intent(rules):
    async with Talking(rules=rules) as world:
        await wish(world)
        opened = await world.ask(hand_over("open", conversation="a", intent=""), ANA)
        assert opened.refusal is None, opened.refusal
        found = await totals(world)
        assert await again(world) == found
    assert found["passed"] == {"refund": 1}


async def test_what_was_counted_is_found_again_by_measure_label_and_time(rules):
    async with Talking(rules=rules) as world:
        await wish(world)
        await world.hear("wish.done")
        await world.hear("wish.heard", chat="b", after=HOUR)
        await totals(world)
        insight = world.engine.insight
        opened = await insight.happened("demand", ["refund"], NOON, world.now + 1, None, 9)
        (stored,) = await world.runtime.ledger.at(opened)
        assert [type(fact).__name__ for fact in stored.entry.facts if "Intent" in type(fact).__name__] == [
            "IntentOpened"
        ]
        assert await insight.happened("demand", ["gossip"], NOON, world.now + 1, None, 9) == []
        assert await insight.happened("demand", [], NOON + HOUR // 2, world.now + 1, None, 9) == []
        back = await insight.happened("returned", [], NOON, world.now + 1, None, 9)
        assert back > opened
        assert await insight.happened("returned", [], NOON, world.now + 1, back[0], 9) == []
