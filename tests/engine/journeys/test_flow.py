"""How customers come through journeys is counted by step and by way, the same whenever it is asked."""

from typing import Any

from tests.kit.ferries import JOINING, notice, release_with
from tests.kit.harbour import DAY, HOUR, signal
from tests.kit.world import World
from xop.engine.flow import Flow, Passing, together
from xop.faces.http.flow_chart import Chart, chart


async def view(world: World, who: str, number: int = 1) -> None:
    await world.tell(signal(f"{who}{number}", "page.viewed", f"email:{who}@harbour.test", time=world.now, path="/join"))
    await world.settle()


def ferry(steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"ferry": {"entries": JOINING, "steps": steps, **more}}


async def counted(flow: Flow) -> Passing:
    assert await flow.settled() == 0
    return together(flow.of("ferry").values())


async def drawn(world: World, flow: Flow) -> Chart:
    passing = await counted(flow)
    compiled = world.engine.release.routes.journeys["ferry"]
    return chart(compiled, frozenset({"send_notice"}), passing, await world.runtime.runs.counts("ferry"))


def passed(made: Chart) -> dict[tuple[str, str], int | None]:
    return {(each.source, each.target): each.passed for each in made.edges}


PARALLEL = {
    "both": {"parallel": {"paths": ["mail", "pause"]}, "next": "after"},
    "mail": {**notice(), "next": "join"},
    "pause": {"wait": {"for": "3h"}, "next": "join"},
    "after": {"end": {"outcome": "met"}},
}


async def test_paths_side_by_side_count_each_and_their_meeting_once():
    async with World(rules=release_with(ferry(PARALLEL))) as world:
        flow = Flow(world.runtime.ledger)
        for who in ("ana", "ben"):
            await view(world, who)
        await world.settle(4 * HOUR)
        made = await drawn(world, flow)
        assert {each.step: each.reached for each in made.steps} == {"both": 2, "mail": 2, "pause": 2, "after": 2}
        ways = passed(made)
        assert (ways["step_both", "step_mail"], ways["step_both", "step_pause"]) == (2, 2)
        assert ways["join_both", "step_after"] == 2


async def test_a_step_that_is_begun_anew_counts_once():
    again = {"propose": {"action": "send_offer", "denied": "wait", "held": "wait", "again": "1h", "most": 3}}
    async with World(rules=release_with(ferry({"offer": again}))) as world:
        await view(world, "ana")
        await world.settle(DAY)
        passing = await counted(Flow(world.runtime.ledger))
        assert passing.reached["offer"] == 1
        assert passing.moved == {}


async def test_whether_earlier_entries_are_left_out_is_told():
    async with World(rules=release_with(ferry(PARALLEL))) as world:
        for who in ("ana", "ben", "cid"):
            await view(world, who)
        whole, latest = Flow(world.runtime.ledger), Flow(world.runtime.ledger, most=2)
        everything, some = await counted(whole), await counted(latest)
        assert (whole.bounded, latest.bounded) == (False, True)
        assert some.entered.total() < everything.entered.total() == 3


async def test_ways_out_of_one_step_are_told_apart():
    wait = {"wait_for": {"signals": [{"signal": "sim.swapped", "go": "rest"}], "within": "1h", "late": "rest"}}
    steps = {"listen": wait, "rest": {"wait": {"for": "9d"}}}
    async with World(rules=release_with(ferry(steps))) as world:
        for who in ("ana", "ben", "cid"):
            await view(world, who)
        await world.tell(signal("swap", "sim.swapped", "email:ben@harbour.test", time=world.now))
        await world.settle(2 * HOUR)
        made = await drawn(world, Flow(world.runtime.ledger))
        ways = passed(made)
        assert (ways["heard_0_listen", "step_rest"], ways["late_listen", "step_rest"]) == (1, 2)
        assert (ways["step_listen", "heard_0_listen"], ways["step_listen", "late_listen"]) == (1, 2)
        assert [(each.here, each.share) for each in made.steps] == [(0, 0.0), (3, 0.0)]


async def test_who_counts_as_it_happens_comes_to_the_same_as_who_counts_in_the_end():
    async with World(rules=release_with(ferry(PARALLEL, longest="2h"))) as world:
        early = Flow(world.runtime.ledger)
        for who in ("ana", "ben", "cid"):
            await view(world, who)
            await early.settled()
        await world.settle(4 * HOUR)
        one, other = await counted(early), await counted(Flow(world.runtime.ledger))
        assert one == other
        assert {reason for _, reason, _ in one.ended} == {"expired"}
        made = await drawn(world, early)
        assert sum(each.left for each in made.steps) == 3
