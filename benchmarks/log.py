"""Times the log in the loop: signals and permitted proposals with and without it, leaves integrated, and proofs.

    .venv/bin/python benchmarks/log.py [--quick] [--data DIR]

In the loop: an engine on a real folder with 1,000 customers of Brightmoor Energy (`benchmarks/workspace`, 40 policies)
takes signals as fast as it can, and then permitted proposals of 64 callers that each wait for a durable verdict. The
same engine without the log (no leaf is made, stored or integrated) takes them in turn with it, run by run; `ratio` is
the median with the log over the median without. Checkpoints are counted while the log runs along.

Integration: leaves that are durable already are put under checkpoints: bundles and tiles written and synced, the
checkpoint signed, everything checked against the last one. Yardstick: hashing and bundling the same leaves in memory.

Proofs: of random leaves in a log of a million (`--quick`: 100,000), read from its files with nothing and then with
everything at hand, and verified. Yardstick: SHA-256 of one leaf.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.brightmoor import HOME_BOT, note, release
from benchmarks.load.crowd import account, signals
from benchmarks.load.figures import percentile, tell
from benchmarks.load.filling import fill
from benchmarks.load.pace import flood
from xop.assembly import KINDS
from xop.engine import draft_batch
from xop.engine.engine import Engine
from xop.engine.log import DecisionLog
from xop.engine.log_reading import Reading
from xop.engine.memory import settle_memory
from xop.kernel.commands import Proposal
from xop.kernel.log.growth import grow
from xop.kernel.log.merkle import Frontier, leaf_hash, verify_inclusion
from xop.kernel.log.tile import TileReader
from xop.kernel.release import LogRules, Release
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.embedded.tiles import EmbeddedTiles

CUSTOMERS = 1_000
CALLERS = 64
BUDGET_RATIO = 0.8


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    rules = release()
    settle_memory()
    rounds, count = (2, 6_000) if options.quick else (5, 20_000)
    with tempfile.TemporaryDirectory(prefix="xop-log-", dir=options.data) as temporary:
        folder = Path(temporary)
        figures = uvloop.run(_in_the_loop(folder, rules, rounds, count))
        figures |= uvloop.run(_integration(folder / "with-0"))
        figures |= uvloop.run(_proofs(folder / "large", 100_000 if options.quick else 1_000_000))
    tell("log", {**figures, "within_budget": figures["signals_ratio"] >= BUDGET_RATIO})


async def _in_the_loop(folder: Path, rules: Release, rounds: int, count: int) -> dict[str, Any]:
    found: dict[tuple[str, bool], list[float]] = {}
    cadence: list[float] = []
    for number in range(rounds):
        for logged in (True, False) if number % 2 else (False, True):
            place = folder / f"{'with' if logged else 'without'}-{number}"
            with _told(logged=logged):
                taken, decided, published = await _run(place, rules, count, logged=logged)
            found.setdefault(("signals", logged), []).append(taken)
            found.setdefault(("proposals", logged), []).append(decided)
            cadence += [published] if logged else []
            note(f"{'with' if logged else 'without'} the log: {taken:,.0f} signals/s, {decided:,.0f} proposals/s")
    rates = {key: median(values) for key, values in found.items()}
    return {
        "signals_per_second": round(rates["signals", True]),
        "signals_per_second_without": round(rates["signals", False]),
        "signals_ratio": round(rates["signals", True] / rates["signals", False], 3),
        "proposals_per_second": round(rates["proposals", True]),
        "proposals_per_second_without": round(rates["proposals", False]),
        "proposals_ratio": round(rates["proposals", True] / rates["proposals", False], 3),
        "checkpoints_per_second": round(median(cadence), 2),
    }


async def _run(folder: Path, rules: Release, count: int, *, logged: bool) -> tuple[float, float, float]:
    """Return signals, proposals and checkpoints a second of one run on a new folder."""
    runtime = await EmbeddedRuntime.open(folder)
    await fill(runtime, rules, 0, CUSTOMERS)
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret")
    if not logged:
        setattr(engine.log.sequencer, "start", lambda: None)  # noqa: B010 - the log is left out
    await engine.start()
    stream = signals("log", CUSTOMERS, runtime.clock.now(), 1)
    await flood(engine, list(islice(stream, 2_000)))
    given = list(islice(stream, count))
    settle_memory()
    published = _counted(engine)
    began = perf_counter()
    taken = count / await flood(engine, given)
    wishes = [Proposal(f"p:{number}", HOME_BOT, "read_account", {}) for number in range(count // 4)]
    decided = len(wishes) / await _propose(engine, wishes)
    seconds = perf_counter() - began
    await engine.stop()
    await runtime.close()
    return taken, decided, len(published) / seconds


async def _propose(engine: Engine, wishes: list[Proposal]) -> float:
    began, waiting = perf_counter(), iter(enumerate(wishes))

    async def caller() -> None:
        for number, wish in waiting:
            answer = await engine.submit(wish, account(number % CUSTOMERS))
            assert answer.decision is not None, answer.refusal
            assert answer.decision.verdict == "permit", answer.decision.code

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return perf_counter() - began


def _counted(engine: Engine) -> list[int]:
    """Return a list that grows with every checkpoint."""
    sizes: list[int] = []
    adopt = engine.log.head.adopt

    def counted(signed: Any) -> None:
        sizes.append(signed.checkpoint.size)
        adopt(signed)

    setattr(engine.log.head, "adopt", counted)  # noqa: B010 - it is only counted
    return sizes


@contextmanager
def _told(*, logged: bool) -> Iterator[None]:
    """Have steps tell the log nothing while it is left out."""
    whole = vars(draft_batch)["leaves_of"]
    if not logged:
        setattr(draft_batch, "leaves_of", lambda *_: iter(()))  # noqa: B010 - it is left out
    try:
        yield
    finally:
        setattr(draft_batch, "leaves_of", whole)  # noqa: B010 - it is put back


async def _integration(folder: Path) -> dict[str, Any]:
    """Integrate the leaves of a run again, in a log that begins anew."""
    runtime = await EmbeddedRuntime.open(folder)
    leaves = list(await runtime.leaves.page(0, 1_000_000))
    runtime.tiles = EmbeddedTiles(folder / "again")
    (folder / "again").mkdir()
    log = DecisionLog(runtime, LogRules)
    began = perf_counter()
    log.start()
    await log.stop()
    seconds = perf_counter() - began
    assert log.head.size == len(leaves), log.fault
    await runtime.close()
    began = perf_counter()
    grow(Frontier(), leaves, lambda _path: None)
    memory = perf_counter() - began
    size = sum(map(len, leaves)) / len(leaves)
    note(f"{len(leaves):,} leaves of {size:.0f} bytes: {len(leaves) / seconds:,.0f}/s integrated")
    return {
        "leaves": len(leaves),
        "bytes_per_leaf": round(size),
        "leaves_integrated_per_second": round(len(leaves) / seconds),
        "leaves_hashed_per_second": round(len(leaves) / memory),
        "integration_ratio": round(memory / seconds, 3),
    }


async def _proofs(folder: Path, count: int) -> dict[str, Any]:
    note(f"making a log of {count:,} leaves")
    chance = random.Random(1)
    frontier, root = Frontier(), b""
    for first in range(0, count, 65_536):
        growth = grow(frontier, [_leaf(each) for each in range(first, min(first + 65_536, count))], _reader(folder))
        frontier, root = growth.frontier, growth.root
        for path, data in growth.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    places = [chance.randrange(count) for _ in range(1_000)]
    cold, warm, verified = [], [], []
    kept = Reading(EmbeddedTiles(folder))
    for place in places:
        cold.append(await _timed(Reading(EmbeddedTiles(folder)), place, count))
        await _timed(kept, place, count)
        warm.append(await _timed(kept, place, count))
        proof = await _proof(kept, place, count)
        began = perf_counter()
        verify_inclusion(place, count, leaf_hash(_leaf(place)), proof, root)
        verified.append(perf_counter() - began)
    began = perf_counter()
    for place in places:
        sha256(_leaf(place)).digest()
    yard = (perf_counter() - began) / len(places)
    figures = {"proof_cold": cold, "proof": warm, "verification": verified}
    told = {f"{name}_p50_us": round(percentile(sorted(each), 0.5) * 1e6, 1) for name, each in figures.items()}
    note(f"of {count:,} leaves: {told}")
    return {"log_leaves": count, **told, "verification_in_hashes": round(median(verified) / yard, 1)}


async def _timed(reading: Reading, place: int, size: int) -> float:
    began = perf_counter()
    await _proof(reading, place, size)
    return perf_counter() - began


async def _proof(reading: Reading, place: int, size: int) -> tuple[bytes, ...]:
    return await reading.over(lambda read: TileReader(size, read).inclusion_proof(place))


def _leaf(number: int) -> bytes:
    return b'{"id":"%036d","outcome":"permit","pad":"%s"}' % (number, b"x" * 300)


def _reader(folder: Path) -> Any:
    def read(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    return read


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, and a tenth of the leaves")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured; a temporary one by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
