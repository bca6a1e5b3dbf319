"""Journeys in a backtest: their steps follow from each release, and their runs are counted."""

from typing import Any

import pytest

from tests.kit.ferries import files_with, notice
from tests.kit.harbour import DAY, HOUR, NOON, signal
from tests.kit.world import World
from tests.lab.backtest.story import ANA, BEA, compare
from xop.lab.backtest import ReleaseSource

ENTRIES = [{"signal": "page.viewed", "when": "signal.data.path == '/join'"}]


def ferry(**steps: Any) -> ReleaseSource:
    """Return the harbour with one journey of a notice, a day's rest and another notice, some steps replaced."""
    whole = {"welcome": notice(), "rest": {"wait": {"for": "1d"}}, "later": notice("later"), **steps}
    return ReleaseSource(files_with({"ferry": {"entries": ENTRIES, "steps": whole}}))


async def crossings(world: World) -> None:
    """Let two customers enter, a day apart, and their runs end."""
    for number, who in enumerate((ANA, BEA)):
        await world.tell(signal(number, "page.viewed", who, time=world.now, path="/join"))
        await world.settle(DAY)
    await world.settle(2 * DAY)
    await world.tell(signal("end", "page.viewed", ANA, time=world.now, path="/"))


@pytest.mark.parametrize("hours", [0, 1, 23, 25, 47])
async def test_runs_go_again_as_they_went(hours):
    rules = ferry()
    async with World(rules=rules.compile()) as world:
        await crossings(world)
        start = NOON + hours * HOUR if hours else 0
        report = await compare(world, rules, rules, start=start)
        decided = [each for each in await world.entries() if each.entry.decision and each.entry.moment.at >= start]
    assert report.differences == 0
    assert report.decisions == report.before.reproduced == report.before.decisions == len(decided) > 0


async def test_a_shorter_wait_comes_to_the_same_earlier():
    rules = ferry()
    async with World(rules=rules.compile()) as world:
        await crossings(world)
        report = await compare(world, ferry(rest={"wait": {"for": "2h"}}), rules)
    timing = next(each for each in report.groups if each.kind == "timing")
    assert (timing.subject, timing.actor, timing.count) == ("send_notice", "journey:ferry", 2)
    assert timing.example.before["left"] == "2026-09-29T12:00:00.000Z"
    assert timing.example.after["left"] == "2026-09-28T14:00:00.000Z"
    assert {(each.kind, each.subject) for each in report.groups} == {("timing", "send_notice"), ("fact", "StepReached")}
    assert report.before.contacts == report.after.contacts == 4


async def test_a_step_that_is_gone_takes_its_contact_with_it():
    rules = ferry()
    async with World(rules=rules.compile()) as world:
        await crossings(world)
        report = await compare(world, ferry(later={"end": {"outcome": "rested"}}), rules)
    gone = [each for each in report.groups if each.kind == "proposal"]
    assert [(each.change, each.actor, each.count, each.customers) for each in gone] == [
        ("only before (permit)", "journey:ferry", 2, 2)
    ]
    assert [(each.by, each.customers) for each in report.contacts] == [(-1, 2)]


@pytest.mark.parametrize(("action", "verdict"), [("send_text", "deny"), ("mail_statement", "permit")])
async def test_a_step_that_proposes_another_action_gives_up_the_one_and_proposes_the_other(action, verdict):
    rules = ferry()
    async with World(rules=rules.compile()) as world:
        await crossings(world)
        arguments = {} if action == "mail_statement" else {"reason": "later"}
        report = await compare(world, ferry(later=notice(action=action, arguments=arguments)), rules)
    proposed = {(each.subject, each.kind, each.change): each for each in report.groups if each.kind != "fact"}
    assert set(proposed) == {
        ("send_notice", "proposal", "only before (permit)"),
        (action, "proposal", f"only after ({verdict})"),
    }
    assert [each.count for each in proposed.values()] == [2, 2]
    gone = proposed["send_notice", "proposal", "only before (permit)"].example
    assert (gone.before["arguments"], gone.after) == ({"reason": "later"}, None)


async def test_a_journey_that_only_one_release_has_is_counted_by_its_runs():
    rules = ferry()
    async with World(rules=rules.compile()) as world:
        await crossings(world)
        report = await compare(world, ReleaseSource(files_with({})), rules)
    counted = {row.name: (row.before, row.after) for row in report.by_fact}
    assert counted["RunEntered ferry"] == counted["RunEnded ferry"] == ({"facts": 2}, {})
    assert ("fact", "RunEntered", "only before", "journey:ferry") in {
        (each.kind, each.subject, each.change, each.actor) for each in report.groups
    }
    assert report.customers_contacted_less == 2
