"""A journey asks a decision set and goes on by what it chose."""

from tests.kit.choosing import BOUGHT, WHO, ChoosingWorld, decision_set, release_of
from tests.kit.harbour import DAY, HOUR, consent, signal
from xop.kernel.facts import ActionChosen, InvocationQueued, RunEnded

WINBACK = {
    "name": "winback",
    "description": "Do what is best for who wants to leave.",
    "entries": [{"signal": "page.viewed", "when": "signal.data.path == '/leave'"}],
    "steps": {
        "decide": {
            "choose": {
                "from": "next",
                "chosen": {"offer": "offered", "credit": "offered"},
                "nothing": "quiet",
                "denied": "skip",
                "held": "wait",
            },
            "next": "other",
        },
        "offered": {"end": {"outcome": "offered"}},
        "other": {"end": {"outcome": "other"}},
        "quiet": {"end": {"outcome": "quiet"}},
    },
}


def rules(**changes):
    return release_of(decision_set(results=BOUGHT, **changes), journeys__winback=WINBACK)


async def outcomes(world):
    return [each.outcome for each in await world.facts(RunEnded)]


async def test_a_run_goes_on_by_the_candidate_that_was_chosen_and_carried_out():
    async with ChoosingWorld(rules()) as world:
        await world.meet()
        await world.tell(signal(1, "page.viewed", WHO, path="/leave"))
        await world.settle(HOUR)
        [fact] = await world.facts(ActionChosen)
        assert fact.chosen.candidate == "offer"
        [queued] = await world.facts(InvocationQueued)
        assert queued.invocation.id == fact.chosen.invocation
        assert await outcomes(world) == ["offered"]


async def test_a_run_goes_on_when_nothing_is_chosen():
    async with ChoosingWorld(rules(floor=1000)) as world:
        await world.meet()
        await world.tell(signal(1, "page.viewed", WHO, path="/leave"))
        await world.settle(HOUR)
        assert await outcomes(world) == ["quiet"]


async def test_a_run_takes_another_way_when_another_candidate_wins():
    async with ChoosingWorld(rules()) as world:
        await world.meet()
        await world.tell(consent(9, "withdrawn", "marketing", "email", WHO))
        await world.tell(signal(1, "page.viewed", WHO, path="/leave"))
        await world.settle(DAY)
        assert await outcomes(world) == ["other"]
