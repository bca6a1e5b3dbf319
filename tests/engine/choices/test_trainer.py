"""Models learn from the ledger: everything once, in its order, whatever happens to the process."""

import asyncio
import multiprocessing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.kit.choosing import BOUGHT, WHO, ChoosingWorld, agreed, choice, decision_set, release_of
from tests.kit.harbour import DAY, signal
from xop.assembly import KINDS, MODELS
from xop.engine.engine import Engine
from xop.engine.trainer import Trainer
from xop.kernel.facts import ActionChosen
from xop.kernel.identity.model import Identifier
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.simulated import Memory, SimulatedRuntime

pytest.importorskip("river")

pytestmark = pytest.mark.filterwarnings("default")

FEATURES = {"plan": "customer.profile.contract.plan", "worth": "request.worth"}


def learning(kind="thompson", **changes):
    model = {"kind": kind, "features": FEATURES, **changes}
    return decision_set(model=model, results=BOUGHT, explore={"rate": 0.5})


class TwoReleases(ChoosingWorld):
    """A world that more than one release rules, so that its ledger is not replayed under one."""

    async def _comes_out_the_same(self) -> None:
        """Compare nothing."""


async def answered(world: Any, count: int, first: int = 0) -> None:
    """Make choices, every third of which ends in a sale."""
    for number in range(first, first + count):
        answer = await world.ask(choice(number, propose=False, request={"worth": number % 7}), WHO)
        if number % 3 == 0:
            candidate = answer.entry.facts[0].chosen.candidate
            await world.tell(signal(f"b{number}", "offer.bought", WHO, candidate=candidate))


async def again(runtime: Any, release: Any) -> Any:
    """Return the head that learning the whole ledger anew leads to."""
    fresh = SimulatedRuntime(0, 1)
    apart: Any = SimpleNamespace(ledger=runtime.ledger, models=fresh.models)
    scorer: Any = SimpleNamespace(adopt=lambda *_: None)
    trainer = Trainer(apart, MODELS, scorer, lambda: release)
    await trainer.start()
    await trainer.settled()
    await trainer.stop()
    return await fresh.models.head("next")


@pytest.mark.parametrize("kind", ["logistic", "thompson"])
async def test_choices_are_scored_by_what_was_learned_from_the_ones_before(kind):
    rules = release_of(learning(kind))
    async with ChoosingWorld(rules, MODELS) as world:
        await world.meet()
        await answered(world, 30)
        await world.settle(8 * DAY)
        await world.engine.trainer.settled()
        head = await world.runtime.models.head("next")
        assert head is not None
        answer = await world.ask(choice("later", propose=False, request={"worth": 3}), WHO)
        chosen = answer.entry.facts[0].chosen
        assert chosen.model == head.version
        assert chosen.features == {"worth": 3}
        first = (await world.facts(ActionChosen))[0].chosen
        assert first.model.startswith(f"{kind}-2-")
        assert first.model != head.version
        assert (await again(world.runtime, rules)).version == head.version


async def test_what_came_while_the_engine_was_down_is_learned_at_the_next_start():
    rules, memory = release_of(learning()), Memory()
    async with ChoosingWorld(rules, runtime=SimulatedRuntime(0, 1, memory)) as world:
        await world.meet()
        await answered(world, 12)
    await world.runtime.close()
    async with ChoosingWorld(rules, MODELS, SimulatedRuntime(10 * DAY, 2, memory)) as world:
        await world.engine.trainer.settled()
        head = await world.runtime.models.head("next")
        assert head is not None
        assert (await again(world.runtime, rules)).version == head.version


async def test_a_store_that_fails_at_any_moment_neither_loses_nor_repeats_a_result():
    rules = release_of(learning())
    async with ChoosingWorld(rules, MODELS) as world:
        await world.meet()
        put, calls = world.runtime.models.put, 0

        async def failing(*given: Any) -> None:
            nonlocal calls
            calls += 1
            if calls % 3 == 1:
                raise StorageError("the disk is full")
            await put(*given)
            if calls % 3 == 2:
                raise StorageError("the answer was lost")

        store: Any = world.runtime.models
        store.put = failing
        for first in range(0, 24, 4):
            await answered(world, 4, first)
            await world.engine.trainer.settled() if first % 8 else await asyncio.sleep(0.3)
        store.put = put
        await answered(world, 1, 24)
        await asyncio.sleep(0.3)
        await world.engine.trainer.settled()
        head = await world.runtime.models.head("next")
        assert head is not None
        assert (await again(world.runtime, rules)).version == head.version


async def test_a_model_of_another_kind_is_learned_from_the_beginning():
    memory = Memory()
    async with ChoosingWorld(release_of(learning("logistic")), MODELS, SimulatedRuntime(0, 1, memory)) as world:
        await world.meet()
        await answered(world, 12)
    await world.runtime.close()
    rules = release_of(learning("thompson"))
    runtime = SimulatedRuntime(0, 2, memory)
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret", MODELS)
    await engine.start()
    await engine.stop()
    head = await runtime.models.head("next")
    assert head is not None
    assert head.version == (await again(runtime, rules)).version
    assert head.version.startswith("thompson-2-")


async def test_choices_that_never_came_to_the_customer_teach_nothing():
    rules = release_of(learning())
    async with ChoosingWorld(rules, MODELS) as world:
        await world.meet()
        before = await again(world.runtime, rules)
        for number in range(102):
            await world.ask(choice(number, propose=False), WHO)
        await world.engine.trainer.settled()
        after = await again(world.runtime, rules)
        assert before is None or before.version == after.version


async def test_a_published_decision_set_begins_to_learn_without_a_restart():
    async with TwoReleases(release_of(decision_set(results=BOUGHT)), MODELS) as world:
        await world.meet()
        await answered(world, 6)
        assert await world.runtime.models.head("next") is None
        rules = release_of(learning())
        world.engine.adopt(rules)
        await answered(world, 6, 6)
        await world.engine.trainer.settled()
        head = await world.runtime.models.head("next")
        assert head is not None
        assert head.version == (await again(world.runtime, rules)).version


def _life(folder: Path, life: int, tell: Any) -> None:
    asyncio.run(_work(folder, life, tell))


async def _work(folder: Path, life: int, tell: Any) -> None:
    runtime = await EmbeddedRuntime.open(folder)
    engine = Engine(runtime, release_of(learning()), KINDS, lambda _name: "secret", MODELS)
    await engine.start()
    for each in agreed():
        await engine.submit(each)
    tell.send("ready")
    who, number = Identifier.parse(WHO), life * 10_000
    while True:
        answer = await engine.submit(choice(number, propose=False, request={"worth": number % 5}), who)
        chosen: Any = answer.entry.facts[0] if answer.entry is not None else None
        await engine.submit(signal(f"b{number}", "offer.bought", WHO, candidate=chosen.chosen.candidate))
        number += 1
        tell.send("one")


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_killed_process_neither_loses_nor_repeats_a_result(tmp_path):
    context = multiprocessing.get_context("spawn")
    folder = tmp_path / "data"
    for life in range(3):
        here, there = context.Pipe()
        process = context.Process(target=_life, args=(folder, life, there), daemon=True)
        process.start()
        there.close()
        await asyncio.to_thread(_wait, here, 90 + 37 * life)
        process.kill()
        process.join()
        here.close()
    runtime = await EmbeddedRuntime.open(folder)
    rules = release_of(learning())
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret", MODELS)
    await engine.start()
    await engine.trainer.settled()
    head = await runtime.models.head("next")
    anew = await again(runtime, rules)
    await engine.stop()
    assert head is not None
    assert head.version == anew.version
    await runtime.close()


def _wait(pipe: Any, count: int) -> None:
    for _ in range(count):
        pipe.recv()
