"""Whatever runs, timers and caps two customers had before a merge, its unmerge gives back; none acts twice meanwhile."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.kit.ferries import notice, release_with
from tests.kit.harbour import DAY, HOUR, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.kernel.commands import Merge, Unmerge
from xop.kernel.facts import InvocationDone, InvocationQueued, RunEntered

WHO = {"a": "email:ana@harbour.test", "b": "email:bea@harbour.test"}


def _entry(path: str) -> list[dict[str, str]]:
    return [{"signal": "page.viewed", "when": f"signal.data.path == '/{path}'"}]


JOURNEYS = {
    "once": {
        "entries": _entry("once"),
        "reentry": "once",
        "steps": {"a": {"wait": {"for": "5h"}}, "b": notice("once")},
    },
    "again": {
        "entries": _entry("again"),
        "steps": {
            "a": {"wait_for": {"signals": [{"signal": "promise.kept"}], "within": "9h", "late": "b"}},
            "b": {"propose": {"action": "send_offer", "denied": "wait", "held": "wait", "again": "7h"}},
            "c": {"parallel": {"paths": ["d", "e"]}, "next": "f"},
            "d": {"wait": {"for": "3h"}, "next": "join"},
            "e": {**notice("again"), "next": "join"},
            "f": {"end": {"outcome": "through"}},
        },
    },
    "weekly": {
        "entries": _entry("weekly"),
        "reentry": "7d",
        "steps": {"a": {"wait": {"until": "09:00"}}, "b": notice()},
    },
    "free": {"entries": _entry("free"), "reentry": "always", "steps": {"a": {"wait": {"for": "2h"}}}},
}
RULES = release_with(JOURNEYS)

deeds = st.sampled_from([*JOURNEYS, "grant", "withdraw", "offer", "kept", "hours", "day"])
acts = st.lists(st.tuples(st.sampled_from("ab"), deeds), max_size=10)


async def _act(world: World, number: str, side: str, deed: str) -> None:
    who, time = WHO[side], world.now
    if deed in JOURNEYS:
        await world.tell(signal(number, "page.viewed", who, time=time, path=f"/{deed}"))
    elif deed == "kept":
        await world.tell(signal(number, "promise.kept", who, time=time, id=number))
    elif deed == "offer":
        await world.ask(proposal(number, "send_offer"), who)
    elif deed in {"grant", "withdraw"}:
        change = {"grant": "granted", "withdraw": "withdrawn"}[deed]
        await world.tell(consent(number, change, "marketing", "email", who, time=time))
    await world.settle({"hours": 4 * HOUR, "day": DAY}.get(deed, 0))


async def _open(world: World) -> tuple[str, str]:
    first = await world.tell(signal("open-a", "page.viewed", WHO["a"], path="/"))
    second = await world.tell(signal("open-b", "page.viewed", WHO["b"], path="/"))
    return first.customer, second.customer


async def _picture(world: World, customers: tuple[str, str]) -> list[Any]:
    seen: list[Any] = [[replace(part, seq=0) for part in (await world.customer(name)).parts] for name in customers]
    timers = await world.runtime.timers.of(customers)
    seen.append(sorted((timer.part, timer.key, timer.due) for timer in timers))
    seen.append([await world.runtime.runs.of(name) for name in customers])
    return seen


@settings(max_examples=40, deadline=None)
@given(before=acts)
async def test_a_merge_and_its_unmerge_leave_runs_timers_and_caps_as_they_were(before):
    async with World(rules=RULES) as world:
        one, other = await _open(world)
        for number, (side, deed) in enumerate(before):
            await _act(world, str(number), side, deed)
        earlier = await _picture(world, (one, other))
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.settle()
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        await world.settle()
        assert await _picture(world, (one, other)) == earlier


@settings(max_examples=40, deadline=None)
@given(before=acts, during=acts, after=acts)
@example(before=[("a", "once"), ("b", "once")], during=[("a", "day")], after=[])
async def test_no_merge_makes_a_once_journey_act_twice_and_every_run_comes_to_its_end(before, during, after):
    async with World(rules=RULES) as world:
        one, other = await _open(world)
        for number, (side, deed) in enumerate(before):
            await _act(world, f"x{number}", side, deed)
        told = await _told(world)
        await world.tell(Merge("merge:1", OLGA, other), one)
        for number, (side, deed) in enumerate(during):
            await _act(world, f"y{number}", side, deed)
        assert len(await _told(world)) <= max(1, len(told))
        entered = [fact for fact in await world.facts(RunEntered) if fact.journey == "once"]
        assert len(entered) <= 2
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        for number, (side, deed) in enumerate(after):
            await _act(world, f"z{number}", side, deed)
        await world.settle(400 * DAY)
        assert await world.runtime.runs.count() == 0
        assert not [each for each in await world.runtime.timers.of([one, other]) if each.key.startswith("run:")]


async def _told(world: World) -> list[str]:
    """Return the messages that runs of the journey `once` had carried out."""
    queued = {
        fact.invocation.id
        for fact in await world.facts(InvocationQueued)
        if fact.invocation.arguments.get("reason") == "once"
    }
    return [fact.invocation for fact in await world.facts(InvocationDone) if fact.invocation in queued]
