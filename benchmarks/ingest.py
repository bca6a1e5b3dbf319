"""Times durable signals on the embedded runtime: how many a second, how late at half load, and with how many customers.

    .venv/bin/python benchmarks/ingest.py [--quick] [--data DIR]

Rate: signals of Brightmoor Energy (`benchmarks/workspace`, 40 policies), already read from their JSON, are put into
`Engine.take` as fast as it takes them, on a real folder with 10,000 customers; each is acknowledged once it is durable.
What they lead to (timers, proposals, requests to a simulated outside) runs along and is paid for.

Yardsticks, right after on the same disk: the same ledger entries in the same groups, appended by the same connection
code (WAL, synchronous=FULL, checkpoints from a second connection). `bodies` writes their JSON to one plain table, the
least that a durable log can do; `rows` writes the whole rows with an index that refuses a command id a second time, the
least that a deduplicating one can do. A ratio is the time of the append over the time of the engine; nothing that makes
the bytes (deciding, folding, encoding) is in the time of the append.

Latency: signals come at random moments at half that rate, whether or not earlier ones were answered, and the time
counts from the moment each was due. The same store grows from 1,000 to 1,000,000 customers, drawn by a blunted Zipf
law; each size starts with a new engine, so with nothing in memory, and is warmed with signals of its own. `growth` is
the slowest size's median over that of 1,000.
"""

import argparse
import asyncio
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.appending import append_bodies, append_rows, recorded
from benchmarks.load.brightmoor import note, release
from benchmarks.load.crowd import signals
from benchmarks.load.figures import percentile, tell
from benchmarks.load.filling import fill
from benchmarks.load.pace import drip, flood
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.engine.memory import settle_memory
from xop.kernel.release import Release
from xop.ports.runtime import Runtime
from xop.runtimes.embedded import EmbeddedRuntime

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RATED_AT = 10_000
WARM = 10_000
BUDGET_RATIO = 0.5


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    rules = release()
    settle_memory()
    with tempfile.TemporaryDirectory(prefix="xop-ingest-", dir=options.data) as temporary:
        folder = Path(temporary)
        figures = uvloop.run(_rate(folder, rules, 20_000 if options.quick else 60_000))
        sizes = SIZES[:-1] if options.quick else SIZES
        figures |= uvloop.run(_sizes(folder / "sizes", rules, sizes, figures["signals_per_second"] / 2))
    tell("ingest", figures)


async def _rate(folder: Path, rules: Release, count: int) -> dict[str, Any]:
    runtime = await EmbeddedRuntime.open(folder / "rate")
    await fill(runtime, rules, 0, RATED_AT)
    engine = await _engine(runtime, rules)
    await _warm(engine, RATED_AT)
    stream = list(islice(signals("rate", RATED_AT, runtime.clock.now(), 1), count))
    settle_memory()
    note(f"putting {count:,} signals in")
    before = await runtime.ledger.last()
    seconds = await flood(engine, stream)
    after = await runtime.ledger.last()
    stored = await runtime.ledger.page(before, after - before)
    moments = {each.position: each.entry.moment.at for each in stored}
    await engine.stop()
    await runtime.close()
    note("appending the same bytes")
    groups = recorded(folder / "rate" / "xop.db", moments)
    size = sum(len(row[-1]) for group in groups for row in group)
    bodies = append_bodies(folder / "bodies.db", groups)
    rows = append_rows(folder / "rows.db", groups)
    entries = sum(map(len, groups))
    note(
        f"{count / seconds:,.0f} signals/s; bodies alone {entries / bodies:,.0f} rows/s, whole rows {entries / rows:,.0f}"
    )
    return {
        "signals_per_second": round(count / seconds),
        "us_per_signal": round(seconds / count * 1e6, 1),
        "entries": entries,
        "bytes_per_entry": round(size / entries),
        "entries_per_group": round(entries / len(groups), 1),
        "bodies_per_second": round(entries / bodies),
        "rows_per_second": round(entries / rows),
        "ratio_to_bodies": round(bodies / seconds, 3),
        "ratio_to_rows": round(rows / seconds, 3),
        "within_budget": bodies / seconds >= BUDGET_RATIO,
    }


async def _sizes(folder: Path, rules: Release, sizes: tuple[int, ...], rate: float) -> dict[str, Any]:
    medians: dict[int, float] = {}
    figures: dict[str, Any] = {}
    runtime = await EmbeddedRuntime.open(folder)
    for filled, size in zip((0, *sizes), sizes, strict=False):
        await fill(runtime, rules, filled, size)
        engine = await _engine(runtime, rules)
        await _warm(engine, size)
        stream = list(islice(signals(f"latency-{size}", size, runtime.clock.now(), 3), max(2_000, int(rate * 5))))
        settle_memory()
        spent = await drip(engine, stream, rate)
        await engine.stop()
        medians[size] = percentile(spent, 0.5)
        p99 = percentile(spent, 0.99)
        figures[f"customers_{size}"] = {"p50_ms": round(medians[size], 3), "p99_ms": round(p99, 2)}
        note(f"{size:,} customers at {rate:,.0f}/s: p50 {medians[size]:.2f} ms, p99 {p99:.1f} ms")
    await runtime.close()
    growth = max(medians.values()) / medians[sizes[0]]
    return {"half_load_per_second": round(rate), **figures, "growth": round(growth, 2)}


async def _engine(runtime: Runtime, rules: Release) -> Engine:
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret")
    await engine.start()
    return engine


async def _warm(engine: Engine, customers: int) -> None:
    await flood(engine, list(islice(signals(f"warm-{customers}", customers, engine.runtime.clock.now(), 2), WARM)))
    await asyncio.sleep(0.2)  # what the signals led to is let through


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a third of the signals, and at most 100,000 customers")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured; a temporary one by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
