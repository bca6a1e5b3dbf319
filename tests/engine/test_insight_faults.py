"""What breaks off while figures are counted or kept is counted once all the same."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.kit.counter import ANA, release_with
from tests.kit.harbour import DAY, HOUR, NOON, proposal, signal
from tests.kit.world import World
from xop.ports.errors import StorageError
from xop.ports.insight import HOUR as HOURS
from xop.runtimes.simulated import SimulatedRuntime

TALKS = {
    "chat.opened": {
        "schema": {"type": "object", "properties": {"chat": {"type": "string"}}, "required": ["chat"]},
        "conversation": "{{signal.data.chat}}",
        "changes": [{"conversation": {"change": "open", "id": "{{signal.data.chat}}", "channel": "web"}}],
    },
}


class Failing:
    """Stands before something that reads or writes, and fails when told."""

    def __init__(self, really: Callable[..., Awaitable[Any]]) -> None:
        self._really = really
        self.next = 0

    async def __call__(self, *given: Any) -> Any:
        if self.next:
            self.next -= 1
            raise StorageError("the disk is full")
        return await self._really(*given)


async def totals(world: World) -> dict[str, dict[str, int]]:
    await world.engine.insight.settled()
    found = await world.engine.insight.totals(HOURS, NOON - DAY, NOON + DAY)
    found.pop("latency", None)
    return found


async def opened(world: World, chat: str) -> None:
    await world.settle(HOUR)
    answer = await world.tell(signal(chat, "chat.opened", ANA, time=world.now, chat=chat))
    assert answer.refusal is None


async def test_an_entry_whose_customer_could_not_be_read_is_counted_once(monkeypatch):
    async with World(rules=release_with(signals=TALKS)) as world:
        reading = Failing(world.engine.insight._customer)
        monkeypatch.setattr(world.engine.insight, "_customer", reading)
        await opened(world, "a")
        await totals(world)
        reading.next = 1
        await opened(world, "b")
        await world.settle(HOUR)
        assert reading.next == 0
        await world.ask(proposal(1, "read_bill"), ANA)
        found = await totals(world)
    assert (found["contacts"], found["repeats"]) == ({"web": 2}, {"web": 1})
    assert sum(found["decisions"].values()) == 1


async def test_what_could_not_be_kept_is_kept_later_and_once(monkeypatch):
    async with World(rules=release_with(signals=TALKS)) as world:
        figures = world.runtime.figures
        keeping = Failing(figures.add)
        monkeypatch.setattr(figures, "add", keeping)
        keeping.next = 2
        await opened(world, "a")
        await opened(world, "b")
        await world.settle(HOUR)
        assert keeping.next == 0
        assert (await totals(world))["contacts"] == {"web": 2}
        assert (await figures.totals(HOURS, NOON - DAY, NOON + DAY))["contacts"] == {"web": 2}


async def test_figures_that_cannot_be_kept_stop_nothing_else(monkeypatch):
    runtime = SimulatedRuntime(NOON, 7)
    world = World(rules=release_with(signals=TALKS), runtime=runtime)
    async with world:
        await opened(world, "a")
        keeping = Failing(runtime.figures.add)
        monkeypatch.setattr(runtime.figures, "add", keeping)
        await world.tell(signal("b", "chat.opened", ANA, time=world.now, chat="b"))
        keeping.next = 100
    assert not world.engine.running
