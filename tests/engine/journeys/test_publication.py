"""A journey changed under the people inside: they stay, migrate or leave as chosen, and all of it can be undone."""

import pytest

from tests.kit.dock import NEW, Dock, ferry
from tests.kit.ferries import notice
from tests.kit.harbour import DAY, HOUR, NOON
from xop.engine.publication import ChoiceImpossible, JourneyChoice
from xop.kernel.facts import InvocationDone, RunEnded


async def test_runs_stay_on_their_version_when_nothing_is_chosen():
    async with Dock() as dock:
        await dock.enter(20)
        await dock.publish(NEW)
        await dock.enter(5, 100)
        assert await dock.standing() == {("old", "rest", False): 20, ("new", "rest", False): 5}
        await dock.settle(2 * DAY)
        assert await dock.standing() == {("old", "pause", False): 20, ("new", "rest", False): 5}


async def test_runs_migrate_by_a_map_and_keep_the_time_they_have_waited():
    async with Dock() as dock:
        await dock.enter(20)
        await dock.settle(DAY)
        await dock.publish(NEW, runs="migrate", steps={"welcome": "migrate:hello", "pause": "migrate:late"})
        assert await dock.standing() == {("new", "rest", False): 20}
        await dock.settle(2 * DAY - 2 * HOUR)
        assert await dock.standing() == {("new", "rest", False): 20}
        await dock.settle(2 * HOUR)
        assert await dock.standing() == {("new", "late", False): 20}


async def test_runs_leave_and_nothing_more_happens_to_them():
    async with Dock() as dock:
        await dock.enter(20)
        await dock.publish(NEW, runs="leave")
        assert await dock.standing() == {("old", "rest", True): 20}
        await dock.settle(30 * DAY)
        assert not await dock.facts(InvocationDone)
        assert await dock.runtime.timers.count() == 0


@pytest.mark.parametrize(
    ("choice", "after"),
    [
        ({"runs": "stay"}, {("old", "rest", False): 20}),
        ({"runs": "migrate", "steps": {"welcome": "stay", "pause": "stay"}}, {("new", "rest", False): 20}),
        ({"runs": "leave"}, {("old", "rest", True): 20}),
    ],
)
async def test_every_choice_is_undone_exactly(choice, after):
    async with Dock() as dock:
        await dock.enter(20)
        timers = await dock.runtime.timers.due(NOON + 999 * DAY, 1000)
        await dock.publish(NEW, **choice)
        assert await dock.standing() == after
        await dock.undo()
        assert await dock.standing() == {("old", "rest", False): 20}
        again = await dock.runtime.timers.due(NOON + 999 * DAY, 1000)
        assert {(each.part, each.key, each.due) for each in again} == {
            (each.part, each.key, each.due) for each in timers
        }
        await dock.settle(9 * DAY)
        assert len(await dock.facts(RunEnded)) == 20


async def test_who_left_and_was_put_back_goes_on_where_time_has_brought_them():
    async with Dock() as dock:
        await dock.enter(20)
        await dock.publish(NEW, runs="leave")
        await dock.settle(10 * DAY)
        await dock.undo()
        assert await dock.standing() == {("old", "pause", False): 20}


async def test_what_a_publication_would_do_is_told_before_it_is_done():
    async with Dock() as dock:
        await dock.enter(20)
        prepared = await dock.platform.prepare(ferry(NEW), {"ferry": JourneyChoice(steps={"rest": "leave"})})
        assert [(each.step, each.runs, each.change, each.fate) for each in prepared.impact] == [
            ("rest", 20, "changed", "leave")
        ]
        assert dock.platform.engine.release.digest != prepared.release.digest


@pytest.mark.parametrize(
    ("journey", "choice", "told"),
    [
        ("boat", {}, "there is no journey 'boat'"),
        ("ferry", {"steps": {"nowhere": "leave"}}, "no former version of 'ferry' has a step 'nowhere'"),
        ("ferry", {"steps": {"rest": "migrate:nowhere"}}, "the new version has no such step"),
    ],
)
async def test_a_choice_that_does_not_fit_changes_nothing(journey, choice, told):
    async with Dock() as dock:
        await dock.enter(1)
        before = dock.platform.engine.release.digest
        with pytest.raises(ChoiceImpossible, match=told):
            await dock.platform.publish(ferry(NEW), "test", {journey: JourneyChoice(**choice)})
        assert dock.platform.engine.release.digest == before


async def test_the_same_publication_moves_runs_again_after_it_was_undone():
    async with Dock() as dock:
        await dock.enter(5)
        for _ in range(2):
            await dock.publish(NEW, runs="migrate", steps={"welcome": "stay", "pause": "stay"})
            assert await dock.standing() == {("new", "rest", False): 5}
            await dock.undo()
            assert list((await dock.standing()).values()) == [5]
        await dock.publish(NEW, runs="leave")
        assert await dock.standing() == {("old", "rest", True): 5}


async def test_a_publication_on_the_heels_of_another_moves_who_was_still_to_be_moved():
    async with Dock() as dock:
        await dock.enter(5)
        choice = JourneyChoice(runs="migrate", steps={"welcome": "stay", "pause": "stay"})
        await dock.platform.publish(ferry(NEW), "test", {"ferry": choice})
        later = {**NEW, "hello": notice("later")}
        last = JourneyChoice(runs="migrate")
        release = await dock.platform.publish(ferry(later), "test", {"ferry": last})
        await dock.settle(HOUR)
        standing = [(each.version, each.step, each.tokens) for each in await dock.runtime.runs.counts()]
        assert standing == [(release.routes.journeys["ferry"].version, "rest", 5)]
