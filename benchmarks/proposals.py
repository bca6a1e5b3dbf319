"""Times synchronous verdicts over HTTP, each durable before its answer, at 1, 16 and 64 concurrent callers.

    .venv/bin/python benchmarks/proposals.py [--quick] [--data DIR]

A real `xop serve` in a process of its own, on a real folder, with Brightmoor Energy (`benchmarks/workspace`, 40
policies) and 1,000 customers. Callers in another process, each on one kept-alive connection, propose one action after
the other (`POST /v1/proposals`, half permitted, a third denied, a sixth held) and look that the verdict is the expected
one. What a permitted proposal leads to (it is judged again, sent to a simulated outside, and its outcome noted) runs
along in the same server. Times are milliseconds from the request's first byte to the answer's last.

Yardstick: `GET /health` of the same server by the same callers right before, which is what HTTP alone costs here.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load import callers
from benchmarks.load.brightmoor import WORKSPACE, note
from benchmarks.load.callers import Ask, Order, Result
from benchmarks.load.figures import percentile, tell
from benchmarks.load.server import Server, bearer, event
from benchmarks.load.wishes import WISHES

CUSTOMERS = 1_000
CALLERS = (1, 16, 64)
BUDGET_AT, BUDGET_P50, BUDGET_P99 = 16, 2.0, 10.0


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    seconds = 1.5 if options.quick else 8.0
    with (
        tempfile.TemporaryDirectory(prefix="xop-proposals-", dir=options.data) as folder,
        Server(Path(folder) / "data", WORKSPACE) as server,
    ):
        server.await_ready()
        _introduce(server)
        _call(server, 16, 1.0, "warm", _wishes())
        figures = {f"callers_{count}": _figures(server, count, seconds) for count in CALLERS}
    at = figures[f"callers_{BUDGET_AT}"]
    within = at["p50_ms"] <= BUDGET_P50 and at["p99_ms"] <= BUDGET_P99
    tell("proposals", {**figures, "within_budget": within})


def _introduce(server: Server) -> None:
    events = [event(f"first-{number}", "account.opened", number, {"shop": "north"}) for number in range(CUSTOMERS)]
    status = server.send(events)
    assert status == 200, status


def _figures(server: Server, count: int, seconds: float) -> dict[str, Any]:
    health = Ask("GET /health HTTP/1.1\r\nhost: bench\r\n", "", '"live"')
    yard = _call(server, count, seconds / 4, f"health-{count}", (health,))
    verdicts = _call(server, count, seconds, f"verdicts-{count}", _wishes())
    p50, p99 = percentile(verdicts.spent, 0.5), percentile(verdicts.spent, 0.99)
    yard50, yard99 = percentile(yard.spent, 0.5), percentile(yard.spent, 0.99)
    note(f"{count} callers: p50 {p50:.2f} ms, p99 {p99:.2f} ms, {verdicts.per_second:,.0f}/s; health {yard50:.2f} ms")
    return {
        "p50_ms": round(p50, 3),
        "p99_ms": round(p99, 2),
        "per_second": round(verdicts.per_second),
        "health_p50_ms": round(yard50, 3),
        "health_p99_ms": round(yard99, 2),
        "health_per_second": round(yard.per_second),
        "p50_in_healths": round(p50 / yard50, 1),
    }


def _call(server: Server, count: int, seconds: float, run: str, asks: tuple[Ask, ...]) -> Result:
    order = Order(server.port, count, seconds, run, asks)
    command = [sys.executable, callers.__file__]
    done = subprocess.run(
        command, input=msgspec.json.encode(order), stdout=subprocess.PIPE, check=True, timeout=seconds + 60
    )
    return msgspec.json.decode(done.stdout, type=Result)


def _wishes() -> tuple[Ask, ...]:
    chance = Random(2)
    head = f"POST /v1/proposals HTTP/1.1\r\nhost: bench\r\nauthorization: {bearer('AGENT')}\r\n"
    head += "content-type: application/json\r\n"
    asks = []
    for number in range(10 * CUSTOMERS):
        wish = WISHES[number % len(WISHES)]
        customer = f"account:BM-{chance.randrange(CUSTOMERS):07}"
        body = json.dumps({"action": wish.action, "customer": customer, "arguments": wish.arguments})
        asks.append(Ask(head, body, f'"verdict":"{wish.verdict}"'))
    return tuple(asks)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the time")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured; a temporary one by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
