"""Killed while runs wait and wake: every one of them goes on exactly once, none before its time."""

import asyncio
import multiprocessing
import random
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.kit.ferries import release_with
from tests.kit.harbour import signal
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.kernel.facts import RunEnded, RunEntered, StepReached
from xop.kernel.release import Release
from xop.runtimes.embedded import EmbeddedRuntime

RUNS = 600
KILLS = 3
SEED = 20261121

_AT_ONCE = 50


def _rules() -> Release:
    entry = [{"signal": "page.viewed", "when": "signal.data.path == '/join'"}]
    steps = {"rest": {"wait": {"for": "1s"}}, "more": {"wait": {"for": "300ms"}}, "over": {"end": {"outcome": "woken"}}}
    return release_with({"ferry": {"entries": entry, "reentry": "once", "steps": steps}})


def live(folder: Path, tell: Connection) -> None:
    """Run one life: have every customer enter (again), and stay until killed."""
    asyncio.run(_live(folder, tell))


async def _live(folder: Path, tell: Connection) -> None:
    runtime = await EmbeddedRuntime.open(folder)
    engine = Engine(runtime, _rules(), KINDS, lambda _name: "secret")
    await engine.start()
    tell.send("open")
    for first in range(0, RUNS, _AT_ONCE):
        now = runtime.clock.now()
        signals = (
            signal(number, "page.viewed", f"email:c{number}@harbour.test", time=now, path="/join")
            for number in range(first, first + _AT_ONCE)
        )
        await asyncio.gather(*(engine.submit(each) for each in signals))
    await asyncio.Event().wait()


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_runs_that_wait_survive_kills_and_wake_once_and_never_early(tmp_path):
    chance = random.Random(SEED)
    for _ in range(KILLS):
        _live_and_die(tmp_path, chance.uniform(0.2, 1.6))
    runtime = await EmbeddedRuntime.open(tmp_path)
    engine = Engine(runtime, _rules(), KINDS, lambda _name: "secret")
    await engine.start()
    for number in range(RUNS):
        who = f"email:c{number}@harbour.test"
        await engine.submit(signal(number, "page.viewed", who, time=runtime.clock.now(), path="/join"))
    while await runtime.runs.count():
        await engine.grown()
    entries = await runtime.ledger.page(0, 1_000_000)
    await engine.stop()
    await runtime.close()

    entered = Counter(stored.entry.origin for stored in entries for _ in _of(stored, RunEntered))
    ended = Counter(fact.run for stored in entries for fact in _of(stored, RunEnded))
    assert set(entered.values()) == {1}
    assert len(entered) == len(ended) == RUNS
    assert set(ended.values()) == {1}
    due: dict[str, int] = {}
    for stored in entries:
        for fact in _of(stored, StepReached):
            assert stored.entry.moment.at >= due.get(fact.run, 0)
            due[fact.run] = fact.due


def _of(stored, kind):
    return [fact for fact in stored.entry.facts if isinstance(fact, kind)]


def _live_and_die(folder: Path, seconds: float) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.engine.journeys.test_kill"])
    reader, writer = context.Pipe(duplex=False)
    victim = context.Process(target=live, args=(folder, writer), daemon=True)
    victim.start()
    writer.close()
    assert reader.poll(60), "the store did not open again"
    victim.join(seconds)
    victim.kill()
    victim.join()
