"""What every keeper of figures promises."""

import pytest

from tests.contracts.material import START
from xop.ports.insight import DAY, HOUR, MINUTE, Figure, Happened, Ruled, Wanted

HERE = START - START % DAY
"""The beginning of a day."""


def figure(at, measure="decisions", label="permit", amount=1):
    return Figure(HERE + at, measure, label, amount)


def ruled(position, **more):
    asked = {"at": HERE + position, "verdict": "permit", "code": "a.b", "action": "mail", "actor": "agent:x", **more}
    return Ruled(position, *(asked[name] for name in ("at", "verdict", "code", "action", "actor")))


async def test_at_the_beginning_nothing_is_counted(runtime):
    assert await runtime.figures.position() == 0
    assert list(await runtime.figures.read(MINUTE, 0, 2**60, ["decisions"])) == []
    assert await runtime.figures.totals(HOUR, 0, 2**60) == {}
    assert list(await runtime.figures.ruled(Wanted(), 2**60, 10)) == []


async def test_figures_are_kept_with_the_position_they_reach(runtime, reopen):
    await runtime.figures.add(7, [figure(0), figure(0, label="deny", amount=2)], [])
    await runtime.figures.add(9, [figure(0), figure(MINUTE, "codes", "a.b")], [])
    again = await reopen()
    assert await again.figures.position() == 9
    found = await again.figures.read(MINUTE, HERE, HERE + HOUR, ["decisions", "codes"])
    assert list(found) == [figure(0, label="deny", amount=2), figure(0, amount=2), figure(MINUTE, "codes", "a.b")]


async def test_figures_are_summed_by_longer_steps(runtime):
    minutes = [figure(number * MINUTE) for number in range(70)]
    await runtime.figures.add(1, minutes, [])
    hours = await runtime.figures.read(HOUR, HERE, HERE + DAY, ["decisions"])
    assert list(hours) == [figure(0, amount=60), figure(HOUR, amount=10)]
    fives = await runtime.figures.read(5 * MINUTE, HERE, HERE + HOUR, ["decisions"])
    assert [each.amount for each in fives] == [5] * 12
    assert list(await runtime.figures.read(DAY, HERE, HERE + DAY, ["decisions"])) == [figure(0, amount=70)]


async def test_only_what_begins_within_the_span_and_was_asked_for_is_read(runtime):
    await runtime.figures.add(1, [figure(0), figure(MINUTE), figure(2 * MINUTE), figure(MINUTE, "codes", "a.b")], [])
    found = await runtime.figures.read(MINUTE, HERE + MINUTE, HERE + 2 * MINUTE, ["decisions", "unheard_of"])
    assert list(found) == [figure(MINUTE)]
    assert await runtime.figures.totals(MINUTE, HERE + MINUTE, HERE + 2 * MINUTE) == {
        "decisions": {"permit": 1},
        "codes": {"a.b": 1},
    }


async def test_minutes_go_after_eight_days_and_hours_stay(runtime):
    await runtime.figures.add(1, [figure(0)], [])
    await runtime.figures.add(2, [figure(9 * DAY)], [])
    assert [each.at for each in await runtime.figures.read(MINUTE, 0, 2**60, ["decisions"])] == [HERE + 9 * DAY]
    assert list(await runtime.figures.read(HOUR, HERE, HERE + DAY, ["decisions"])) == [figure(0)]
    await runtime.figures.add(3, [figure(401 * DAY)], [])
    assert list(await runtime.figures.read(HOUR, HERE, HERE + DAY, ["decisions"])) == []


async def test_decisions_are_found_newest_first_and_page_by_page(runtime, reopen):
    await runtime.figures.add(5, [], [ruled(number) for number in range(1, 6)])
    again = await reopen()
    assert list(await again.figures.ruled(Wanted(), 2**60, 2)) == [5, 4]
    assert list(await again.figures.ruled(Wanted(), 4, 9)) == [3, 2, 1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(verdict="deny"), [3, 2]),
        (Wanted(code="c.d"), [2]),
        (Wanted(action="call"), [4]),
        (Wanted(actor="operator:y"), [4, 1]),
        (Wanted(verdict="deny", code="a.b"), [3]),
        (Wanted(verdict="hold"), []),
        (Wanted(since=HERE + 2, until=HERE + 4), [3, 2]),
        (Wanted(verdict="permit", since=HERE + 2), [4]),
    ],
)
async def test_decisions_are_found_by_what_they_say(runtime, wanted, found):
    rows = [ruled(1, actor="operator:y"), ruled(2, verdict="deny", code="c.d"), ruled(3, verdict="deny")]
    await runtime.figures.add(4, [], [*rows, ruled(4, action="call", actor="operator:y")])
    assert list(await runtime.figures.ruled(wanted, 2**60, 9)) == found


async def test_decisions_far_apart_are_found_all_the_same(runtime):
    await runtime.figures.add(1, [], [ruled(position) for position in (1, 150_000, 400_000)])
    assert list(await runtime.figures.ruled(Wanted(code="a.b"), 2**60, 9)) == [400_000, 150_000, 1]


async def test_what_was_cleared_is_counted_again(runtime, reopen):
    await runtime.figures.add(5, [figure(0)], [ruled(1)])
    await runtime.figures.clear()
    await runtime.figures.add(1, [figure(MINUTE)], [])
    again = await reopen()
    assert await again.figures.position() == 1
    assert list(await again.figures.read(MINUTE, 0, 2**60, ["decisions"])) == [figure(MINUTE)]
    assert list(await again.figures.ruled(Wanted(), 2**60, 9)) == []


def happened(position, measure="demand", label="bill", at=None):
    return Happened(position, HERE + (position if at is None else at), measure, label)


async def test_what_was_counted_is_found_again_newest_first_and_page_by_page(runtime, reopen):
    events = [happened(number) for number in (1, 2, 3)] + [happened(4, label="line"), happened(5, "resolved")]
    await runtime.figures.add(5, [figure(0)], [], events)
    figures = (await reopen()).figures
    within = (HERE, HERE + DAY)
    assert list(await figures.happened("demand", ["bill"], *within, 2**60, 2)) == [3, 2]
    assert list(await figures.happened("demand", ["bill"], *within, 2, 9)) == [1]
    assert list(await figures.happened("demand", ["bill", "line", "unheard_of"], *within, 2**60, 9)) == [4, 3, 2, 1]
    assert list(await figures.happened("demand", [], HERE + 2, HERE + 4, 2**60, 9)) == [3, 2]
    assert list(await figures.happened("gossip", [], *within, 2**60, 9)) == []


async def test_an_entry_that_counts_twice_is_found_once(runtime):
    await runtime.figures.add(1, [], [], [happened(1), happened(1), happened(1, label="line")])
    assert list(await runtime.figures.happened("demand", [], HERE, HERE + DAY, 2**60, 9)) == [1]


async def test_what_was_counted_is_forgotten_with_the_figures(runtime):
    await runtime.figures.add(1, [figure(0)], [], [happened(1)])
    await runtime.figures.clear()
    assert list(await runtime.figures.happened("demand", [], 0, 2**60, 2**60, 9)) == []
