"""Times timers on the embedded runtime: a million on disk, thousands falling due every second.

    .venv/bin/python benchmarks/timers.py [--quick] [--data DIR]

A million timers of 10,000 customers are set on a real folder, most of them due in a year. Then the engine runs while
5,000 of them fall due every second, each a promise whose deadline has come: its command is stepped, its fact made
durable and its timer forgotten. Lateness is the moment of that entry less the moment the timer was due. Memory is the
process's resident set before and after the million was set, the engine not yet started.

Yardstick: the same commands, put straight into the engine's queue without any timer, as fast as it takes them.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.brightmoor import note, release
from benchmarks.load.crowd import arrival
from benchmarks.load.figures import percentile, tell
from benchmarks.load.filling import fill
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.engine.memory import settle_memory
from xop.kernel.commands import Deadline
from xop.kernel.entry import Entry
from xop.kernel.facts import PromiseMade
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.ports.batch import Batch
from xop.ports.runtime import Runtime
from xop.ports.timers import Timer
from xop.runtimes.embedded import EmbeddedRuntime

CUSTOMERS = 10_000
PENDING = 1_000_000
A_SECOND = 5_000
YEAR = 365 * 86_400_000
_AT_ONCE = 5_000


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    rules = release()
    pending, seconds = (100_000, 4) if options.quick else (PENDING, 15)
    with tempfile.TemporaryDirectory(prefix="xop-timers-", dir=options.data) as temporary:
        tell("timers", uvloop.run(_run(Path(temporary), rules, pending, seconds)))


async def _run(folder: Path, rules: Release, pending: int, seconds: int) -> dict[str, Any]:
    runtime = await EmbeddedRuntime.open(folder)
    await fill(runtime, rules, 0, CUSTOMERS)
    parts = [stored.entry.origin for stored in await runtime.ledger.page(0, CUSTOMERS)]
    before = _resident()
    note(f"setting {pending:,} timers")
    await _set(runtime, rules, parts, 0, pending, lambda number: runtime.clock.now() + YEAR + number)
    after = _resident()
    due_from = runtime.clock.now() + 6_000
    falling = A_SECOND * seconds
    await _set(runtime, rules, parts, pending, falling, lambda number: due_from + (number - pending) * 1000 // A_SECOND)
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret")
    await engine.start()
    settle_memory()
    begin = await runtime.ledger.last()
    note(f"waiting while {A_SECOND:,} fall due a second, for {seconds} s")
    await _until(runtime, engine, pending)
    late = await _lateness(runtime, begin, due_from, pending)
    straight = await _straight(engine, parts, falling)
    await engine.stop()
    await runtime.close()
    span = (max(at for _, at in late) - due_from) / 1000
    lateness = sorted(each for each, _ in late)
    return {
        "pending": pending,
        "fired": len(late),
        "fired_per_second": round(len(late) / span),
        "late_p50_ms": percentile(lateness, 0.5),
        "late_p95_ms": percentile(lateness, 0.95),
        "late_p99_ms": percentile(lateness, 0.99),
        "early": sum(each < 0 for each in lateness),
        "resident_mb_before": before,
        "resident_mb_after": after,
        "straight_per_second": round(straight),
        "within_budget": percentile(lateness, 0.95) < 1000 and len(late) == falling,
    }


async def _set(runtime: Runtime, rules: Release, parts: list[str], first: int, many: int, due: Any) -> None:
    """Set timers for promises that were made; each customer's ledger says so as well."""
    seqs = dict.fromkeys(parts, 0)
    for begin in range(first, first + many, _AT_ONCE):
        batch = Batch()
        for number in range(begin, min(begin + _AT_ONCE, first + many)):
            part = parts[number % len(parts)]
            command = Deadline(f"deadline:{number}", f"promise-{number}")
            batch.timers.append(Timer(part, f"promise:{number}", due(number), command))
            if first:
                seqs[part] += 1
                batch.entries.append(_made(rules, part, seqs[part] + 1, number, runtime.clock.now()))
        await runtime.ledger.commit(batch)


def _made(rules: Release, part: str, seq: int, number: int, at: int) -> Entry:
    command, made = arrival(10_000_000 + number, at), PromiseMade(f"promise-{number}", "a call")
    return Entry(part, seq, part, rules.digest, Moment(at, number, part), command, (made,))


async def _until(runtime: Runtime, engine: Engine, pending: int) -> None:
    while await runtime.timers.count() > pending:
        await engine.grown()


async def _lateness(runtime: Runtime, begin: int, due_from: int, pending: int) -> list[tuple[int, int]]:
    """Return how late each timer's entry was made, and when it was, in milliseconds."""
    late: list[tuple[int, int]] = []
    while page := await runtime.ledger.page(begin, _AT_ONCE):
        for stored in page:
            number = int(stored.entry.command.id.removeprefix("deadline:")) - pending
            at = stored.entry.moment.at
            late.append((at - due_from - number * 1000 // A_SECOND, at))
        begin = page[-1].position
    return late


async def _straight(engine: Engine, parts: list[str], many: int) -> float:
    numbers = count()
    began = perf_counter()
    for _ in range(0, many, _AT_ONCE):
        asked = (Deadline(f"straight:{next(numbers)}", "nothing") for _ in range(_AT_ONCE))
        await asyncio.gather(*(engine.submit(each, parts[index % len(parts)]) for index, each in enumerate(asked)))
    return many / (perf_counter() - began)


def _resident() -> int:
    """Return the most memory the process has had in it so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a hundred thousand timers, for four seconds")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured; a temporary one by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
