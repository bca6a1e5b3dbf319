"""Times how long a server is away after a kill: from starting its process again to ready, and to the first signal taken.

    .venv/bin/python benchmarks/restart.py [--quick] [--large] [--data DIR]

A data folder is filled with 100,000 customers of Brightmoor Energy (`--large`: 1,000,000). Then, several times: a real
`xop serve` takes signals in batches, is killed with SIGKILL in the middle of them, and is started again on the folder
as it was left. Milliseconds from starting the process to the first 200 of `GET /ready`, and to the first 200 of a
`POST /v1/signals`; the median over the restarts. The operating system keeps what it cached of the folder, as after a
crash of the process, not of the machine.

Yardstick: a Python process that does nothing but import the platform, `python -c "import xop.assembly"`.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
from http.client import HTTPException
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.brightmoor import WORKSPACE, note
from benchmarks.load.figures import tell
from benchmarks.load.filling import fill
from benchmarks.load.server import Server, bearer, event
from xop.assembly import open_platform
from xop.engine.memory import settle_memory

BUDGET_MS = 2_000
_BATCH = 200
_LOAD = 1.0
"""Seconds of signals before each kill."""


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    customers = 1_000_000 if options.large else 10_000 if options.quick else 100_000
    rounds = 2 if options.quick else 5
    with tempfile.TemporaryDirectory(prefix="xop-restart-", dir=options.data) as temporary:
        folder = Path(temporary) / "data"
        settle_memory()
        note(f"filling a folder with {customers:,} customers")
        uvloop.run(_filled(folder, customers))
        ready, taken = _restarts(folder, customers, rounds)
        size = sum(file.stat().st_size for file in folder.iterdir())
    imports = median(_import_time() for _ in range(3))
    figures = {
        "customers": customers,
        "folder_mb": round(size / 1e6),
        "ready_ms": round(median(ready)),
        "slowest_ready_ms": round(max(ready)),
        "first_signal_ms": round(median(taken)),
        "import_ms": round(imports),
        "ready_in_imports": round(median(ready) / imports, 2),
        "within_budget": median(taken) <= BUDGET_MS,
    }
    tell("restart", figures)


async def _filled(folder: Path, customers: int) -> None:
    platform = await open_platform(folder, WORKSPACE, by="benchmark")
    await fill(platform.runtime, platform.engine.release, 0, customers)
    await platform.runtime.close()


def _restarts(folder: Path, customers: int, rounds: int) -> tuple[list[float], list[float]]:
    ready: list[float] = []
    taken: list[float] = []
    server = Server(folder)
    server.await_ready()
    for number in range(rounds):
        _loaded_and_killed(server, number, customers)
        server = Server(folder)
        ready.append(server.await_ready() * 1000)
        first = event(f"first-{number}", "app.opened", customers // 2, {"version": "5.0"})
        kind = "application/cloudevents+json"
        status, _ = server.ask("POST", "/v1/signals", first, authorization=bearer("SOURCE"), content_type=kind)
        assert status == 200, status
        taken.append((perf_counter() - server.began) * 1000)
        note(f"restart {number + 1}: ready after {ready[-1]:.0f} ms, first signal after {taken[-1]:.0f} ms")
    server.kill()
    return ready, taken


def _loaded_and_killed(server: Server, number: int, customers: int) -> None:
    sender = threading.Thread(target=_send, args=(server, number, customers), daemon=True)
    sender.start()
    sleep(_LOAD)
    server.kill()
    sender.join()


def _send(server: Server, run: int, customers: int) -> None:
    """Send batches until the server is gone."""
    count = 0
    while True:
        names = range(count, count + _BATCH)
        count += _BATCH
        try:
            server.send(
                [event(f"{run}-{name}", "app.opened", name * 7919 % customers, {"version": "5"}) for name in names]
            )
        except (OSError, HTTPException):
            return


def _import_time() -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", "import xop.assembly"], check=True)
    return (perf_counter() - began) * 1000


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="10,000 customers and two restarts")
    parser.add_argument("--large", action="store_true", help="1,000,000 customers")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured; a temporary one by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
