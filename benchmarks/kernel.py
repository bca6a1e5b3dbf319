"""Times one step of each kind under 40 policies, and the replay of a ledger.

    .venv/bin/python benchmarks/kernel.py [--quick]

Steps: `decide` alone, in a plain loop, on 300 customers of Brightmoor Energy (`benchmarks/workspace`) with some forty
signals behind each. Kinds take turns, so that all see the same machine. What is timed is the whole step: conditions,
templates, folding, the arbiter with its policies and the finished decision; not the store. Microseconds.

Yardstick, in the same turns: the command of the step written as JSON and read again by msgspec, which is the least
that anything does with a command that comes from outside. `in_json_trips` is the median step in medians of it.

Replay: `Replayer` over a ledger in memory, on one core: it reads every entry from its JSON, folds it, decides it again
under its release and compares the bytes. `replay_decisions_per_second` is of a ledger of proposals with their
executions and outcomes, `replay_signals_per_second` of the usual mix of signals.
"""

import argparse
import asyncio
import sys
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.brightmoor import note, release
from benchmarks.load.crowd import account, arrival, signals
from benchmarks.load.figures import percentile, tell
from benchmarks.load.people import people
from benchmarks.load.steps import Prepared, Workshop, kinds
from benchmarks.load.wishes import proposals
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.engine.memory import settle_memory
from xop.engine.replay import Replayer
from xop.kernel.commands import Command
from xop.kernel.release import Release
from xop.runtimes.simulated import SimulatedRuntime

AT = 1_790_596_800_000
MINUTE = 60_000
CUSTOMERS = 300
BUDGET_US = 60


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    rules = release()
    note("timing steps")
    figures = _steps(rules, 600 if options.quick else 3_000)
    note("replaying")
    figures |= asyncio.run(_replay(rules, 2_000 if options.quick else 10_000))
    slowest = max(figures["steps"].values(), key=lambda each: each["median_us"])
    tell(
        "kernel", {"policies": len(rules.policies.rules), **figures, "within_budget": slowest["median_us"] <= BUDGET_US}
    )


def _steps(rules: Release, rounds: int) -> dict[str, Any]:
    workshop = Workshop(rules, people(rules, CUSTOMERS, AT), AT)
    prepared = {kind: [workshop.prepared(kind, number) for number in range(CUSTOMERS)] for kind in kinds()}
    settle_memory()
    spent: dict[str, list[int]] = {kind: [] for kind in prepared}
    trips: dict[str, list[int]] = {kind: [] for kind in prepared}
    for number in range(rounds):
        for kind, steps in prepared.items():
            step = steps[number % CUSTOMERS]
            spent[kind].append(_step_time(rules, step))
            trips[kind].append(_trip_time(step.command))
    figures = {kind: _figures(sorted(spent[kind]), median(trips[kind])) for kind in prepared}
    for kind, each in figures.items():
        print(f"{kind}: {each['median_us']} us, p99 {each['p99_us']} us, {each['in_json_trips']} JSON round trips")
    return {"steps": figures}


def _step_time(rules: Release, step: Prepared) -> int:
    began = perf_counter_ns()
    step.take(rules)
    return perf_counter_ns() - began


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def _trip_time(command: Command) -> int:
    began = perf_counter_ns()
    _DECODER.decode(_ENCODER.encode(command))
    return perf_counter_ns() - began


def _figures(spent: list[int], trip: float) -> dict[str, float]:
    middle = percentile(spent, 0.5)
    return {
        "median_us": round(middle / 1e3, 1),
        "p99_us": round(percentile(spent, 0.99) / 1e3, 1),
        "in_json_trips": round(middle / trip, 1),
    }


async def _replay(rules: Release, count: int) -> dict[str, Any]:
    return {
        "replay_decisions_per_second": await _replayed(rules, await _proposed(rules, count), decisions=True),
        "replay_signals_per_second": await _replayed(rules, await _signalled(rules, count), decisions=False),
    }


async def _proposed(rules: Release, count: int) -> SimulatedRuntime:
    runtime, engine = await _started(rules)
    for start in range(0, count, 100):
        wishes = proposals(f"replay-{start}", 100)
        await asyncio.gather(*(engine.submit(wish, account(n % CUSTOMERS)) for n, wish in enumerate(wishes, start)))
        await runtime.clock.advance(MINUTE)
    await engine.stop()
    return runtime


async def _signalled(rules: Release, count: int) -> SimulatedRuntime:
    runtime, engine = await _started(rules)
    stream = signals("replay", CUSTOMERS, AT, 5)
    for _ in range(0, count, 100):
        await asyncio.gather(*(engine.take(each) for each in islice(stream, 100)))
        await runtime.clock.advance(MINUTE)
    await engine.stop()
    return runtime


async def _started(rules: Release) -> tuple[SimulatedRuntime, Engine]:
    runtime = SimulatedRuntime(AT, 7)
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret")
    await engine.start()
    await asyncio.gather(*(engine.take(arrival(number, AT)) for number in range(CUSTOMERS)))
    return runtime, engine


async def _replayed(rules: Release, runtime: SimulatedRuntime, *, decisions: bool) -> int:
    """Return how many entries a second, or decisions alone, a replay takes again."""

    async def known(_digest: str) -> Release:
        return rules

    settle_memory()
    replayer = Replayer(runtime.ledger, known)
    began = perf_counter()
    async for difference in replayer.run():
        assert difference is None, difference
    seconds = perf_counter() - began
    note(f"{replayer.entries:,} entries with {replayer.decisions:,} decisions in {seconds:.2f} s")
    return round((replayer.decisions if decisions else replayer.entries) / seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the steps")
    return parser.parse_args()


if __name__ == "__main__":
    main()
