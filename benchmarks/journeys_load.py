"""Times journeys on the embedded runtime: entries, a million waiting runs, one-minute timers, a storm, a version change.

    .venv/bin/python benchmarks/journeys_load.py [--quick] [--data DIR] [--only NAME ...]

`entries`  customers enter a journey by a signal, as fast as the engine takes them. Yardstick: the same signals with the
           journey taken out of the workspace.
`waiting`  a million runs wait; memory is the process's resident set as they grow.
`timers`   100,000 runs, 2,000 a second, wait a minute each, and the process is killed three times while they fall due.
           Lateness is the moment a run goes on less the moment it was due.
`storm`    runs that all fall due at one moment, with the workspace's pace; other commands are asked meanwhile.
`versions` 10,000 runs migrate, leave and come back under load; counts before and after.
"""

import argparse
import asyncio
import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.brightmoor import note
from benchmarks.load.figures import percentile, tell
from benchmarks.load.travel import enter, files_with, lateness, live, view, waiting
from xop.assembly import Platform, open_with
from xop.engine.memory import settle_memory
from xop.engine.publication import JourneyChoice

_KILLS = 3

Measure = Callable[[Path, bool], Awaitable[dict[str, Any]]]


def main() -> None:
    """Run the measures, each in a folder of its own, and print their figures as one line of JSON."""
    options = _options()
    settle_memory()
    figures: dict[str, Any] = {}
    for name in options.only or MEASURES:
        with tempfile.TemporaryDirectory(prefix=f"xop-{name}-", dir=options.data) as temporary:
            note(f"measuring {name}")
            figures[name] = uvloop.run(MEASURES[name](Path(temporary), options.quick))  # type: ignore[arg-type] # an awaitable made by an async function is a coroutine
            note(f"  {figures[name]}")
    tell("journeys_load", figures)


async def _entries(folder: Path, quick: bool) -> dict[str, Any]:  # noqa: FBT001 - the one option of every measure
    many = 5_000 if quick else 50_000
    files = files_with(waiting("365d"))
    plain = {path: content for path, content in files.items() if not path.startswith("journeys/")}
    entered, taken = await _entered(folder / "with", files, many), await _entered(folder / "without", plain, many)
    return {
        "runs": many,
        "entries_per_second": round(entered),
        "signals_per_second_without": round(taken),
        "ratio": round(entered / taken, 2),
    }


async def _entered(folder: Path, files: dict[str, bytes], many: int) -> float:
    platform = await _open(folder, files)
    began = perf_counter()
    await enter(platform.engine, 0, many)
    rate = many / (perf_counter() - began)
    await platform.stop()
    return rate


async def _waiting(folder: Path, quick: bool) -> dict[str, Any]:  # noqa: FBT001 - as above
    many = 100_000 if quick else 1_000_000
    platform = await _open(folder, files_with(waiting("365d")))
    sizes = []
    began = perf_counter()
    for tenth in range(10):
        await enter(platform.engine, tenth * many // 10, (tenth + 1) * many // 10)
        sizes.append(_resident())
        note(f"  {(tenth + 1) * many // 10:,} runs, {sizes[-1]} MB resident")
    seconds = perf_counter() - began
    runs = await platform.runtime.runs.count()
    await platform.stop()
    return {
        "runs": runs,
        "entries_per_second": round(many / seconds),
        "resident_mb": sizes,
        "disk_mb": _disk(folder),
    }


async def _timers(folder: Path, quick: bool) -> dict[str, Any]:  # noqa: FBT001 - as above
    many = 6_000 if quick else 100_000
    files = files_with(waiting("60s"))
    began = perf_counter()
    entering = 0.0
    for kill in range(_KILLS + 1):
        reader, victim = _start(folder, files, kill, many)
        if kill == 0:
            _expect(reader, "entered")
            note(f"  {many:,} runs entered after {perf_counter() - began:.0f} s")
            entering = perf_counter() - began
        await asyncio.sleep(_until_kill(began, entering, kill))
        victim.kill()
        victim.join()
    platform = await _open(folder, files)
    while await platform.runtime.runs.count():
        await platform.engine.grown()
    late, twice, lost = await lateness(platform.runtime)
    await platform.stop()
    late.sort()
    return {
        "runs": len(late),
        "kills": _KILLS,
        "late_p50_ms": percentile(late, 0.5),
        "late_p95_ms": percentile(late, 0.95),
        "late_max_ms": late[-1],
        "early": sum(each < 0 for each in late),
        "lost": lost + many - len(late),
        "twice": twice,
    }


def _until_kill(began: float, entering: float, kill: int) -> float:
    """Return how long a life lasts: the first three end while runs fall due, the last one when all have."""
    moment = 60 + entering * (kill + 1) / 4 if kill < _KILLS else 65 + entering
    return max(0.5, began + moment - perf_counter())


def _start(folder: Path, files: dict[str, bytes], life: int, many: int) -> tuple[Any, Any]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.load.travel", "xop.assembly"])
    reader, writer = context.Pipe(duplex=False)
    last = many if life == 0 else 0
    victim = context.Process(target=live, args=(folder, files, 0, last, writer), daemon=True)
    victim.start()
    writer.close()
    _expect(reader, "open")
    return reader, victim


def _expect(reader: Any, word: str) -> None:
    assert reader.poll(300), "the process did not answer"
    assert reader.recv() == word


async def _storm(folder: Path, quick: bool) -> dict[str, Any]:  # noqa: FBT001 - as above
    many, ahead = (5_000, 10_000) if quick else (50_000, 40_000)
    platform = await _open(folder, files_with(waiting("1s")))
    due = platform.runtime.clock.now() + ahead
    steps = {"until": {"wait": {"moment": f"{{{{{due}}}}}"}}, "over": {"end": {"outcome": "woken"}}}
    await platform.publish(files_with({**waiting("1s"), "steps": steps}, pace=5_000), "benchmark")
    await enter(platform.engine, 0, many)
    entered = platform.runtime.clock.now()
    await platform.runtime.clock.until(due)
    asked, began = await _asked_until_woken(platform, many), due
    ended = platform.runtime.clock.now()
    late, twice, lost = await lateness(platform.runtime)
    await platform.stop()
    return {
        "runs": many,
        "all_entered_before": entered <= due,
        "woken_per_second": round(many * 1000 / (ended - began)),
        "late_max_ms": max(late),
        "early": sum(each < 0 for each in late),
        "twice": twice,
        "lost": lost,
        "asked_p50_ms": round(percentile(asked, 0.5), 2),
        "asked_p99_ms": round(percentile(asked, 0.99), 2),
    }


async def _asked_until_woken(platform: Platform, many: int) -> list[float]:
    """Ask one signal after the other until no run is left; return how long each took in milliseconds, sorted."""
    asked: list[float] = []
    while await platform.runtime.runs.count():
        before = perf_counter()
        await platform.engine.submit(view(len(asked) % many, platform.runtime.clock.now(), again=len(asked) + 1))
        asked.append((perf_counter() - before) * 1000)
    return sorted(asked)


async def _versions(folder: Path, quick: bool) -> dict[str, Any]:  # noqa: FBT001 - as above
    many = 1_000 if quick else 10_000
    old = waiting("30d")
    new = waiting("60d", {"more": {"wait": {"for": "1d"}}, "over": {"end": {"outcome": "rested"}}})
    platform = await _open(folder, files_with(old))
    await enter(platform.engine, 0, many)
    before = await _standing(platform)
    load = asyncio.create_task(_load(platform, many))
    figures: dict[str, Any] = {"runs": many}
    for fate in ("migrate", "leave", "stay"):
        began = perf_counter()
        await platform.publish(files_with(new), "benchmark", {"load": JourneyChoice(runs=fate)})
        await platform.engine.sweep.finished()
        figures[f"{fate}_s"] = round(perf_counter() - began, 2)
        figures[f"{fate}_exact"] = _exact(fate, before, await _standing(platform))
        began = perf_counter()
        await platform.carry_out(await platform.prepare_undoing(), "benchmark")
        await platform.engine.sweep.finished()
        figures[f"{fate}_undone_s"] = round(perf_counter() - began, 2)
        figures[f"{fate}_undone_exact"] = await _standing(platform) == before
    load.cancel()
    await asyncio.gather(load, return_exceptions=True)
    differences = [each async for each in platform.replayer().run() if each is not None]
    await platform.stop()
    return {**figures, "replay_differences": len(differences)}


def _exact(fate: str, before: dict[Any, int], after: dict[Any, int]) -> bool:
    """Say whether every run stands where the choice has it stand, and none is missing."""
    moved = {key: count for key, count in after.items() if key not in before}
    expected = sum(before.values())
    return after == before if fate == "stay" else sum(moved.values()) == expected == sum(after.values())


async def _standing(platform: Platform) -> dict[tuple[str, str, bool], int]:
    return {
        (each.version, each.step, each.aside): each.tokens
        for each in await platform.runtime.runs.counts()
        if each.tokens
    }


async def _load(platform: Platform, many: int) -> None:
    """Send signals of the customers inside without end."""
    number = 0
    while True:
        number += 1
        await platform.engine.submit(view(number % many, platform.runtime.clock.now(), again=number))


async def _open(folder: Path, files: dict[str, bytes]) -> Platform:
    platform = await open_with(folder, files, by="benchmark")
    await platform.start()
    return platform


def _disk(folder: Path) -> int:
    """Return how much a folder takes on disk, in megabytes."""
    return sum(file.stat().st_size for file in folder.iterdir()) // 1_000_000


def _resident() -> int:
    """Return how much memory the process has in it, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1_000_000


MEASURES: dict[str, Measure] = {
    "entries": _entries,
    "waiting": _waiting,
    "timers": _timers,
    "storm": _storm,
    "versions": _versions,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything or less")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured; a temporary one by default")
    parser.add_argument("--only", nargs="*", choices=list(MEASURES), help="some of the measures; all by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
