"""Times the console in Chromium: how soon a decision is seen, what pages cost, and whether long lists stay quick.

    .venv/bin/python benchmarks/console.py [--quick] [--data DIR]

Live: 200 decisions a second are made on Northwind Mobile (`examples/northwind_mobile/workspace`) while one browser looks
at the live page. A decision is late by the time from when it was told, durable by then, to who asked for it, until the
page's count of decisions has come to include it, noted by a MutationObserver; both are read from the machine's clock. The
decisions are made in the server's process, which so does more than a server would. Yardstick: the same page asks
`/health`, the least that there is, and shows the answer, under the same load. `listeners` is the processor time a second
that the server takes for 1 and for 50 readers of the same page, under the same load.

Pages: first paint with warm and with cold caches, and the bytes and requests of a cold visit, of every page that needs no
name of anything; on the data of the demonstration when `--demo DIR` gives the folder that it filled.

Customer: the page of one with 10,000 signals beside that of one with 10. Lists: the first and the deepest page of the
list of decisions, of all and of a rare action, in milliseconds from request to the last byte; yardstick: reading and
decoding as many entries from the store. Ratios are deepest by first.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import httpx
import uvloop
from playwright.async_api import Browser

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.front.house import House, house
from benchmarks.front.sight import browser, delays, person, watch, weight, yardstick
from benchmarks.load.figures import percentile, tell
from xop.faces.console.pages import PAGES

RATE = 200
"""Decisions a second."""

LIVE = "/console/live?range=15m"

_ROWS = 50

_RARE = "reset_pin"


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="shorter, and with a tenth of the decisions and facts")
    parser.add_argument("--data", type=Path, help="where to make the folders; the system's own place by default")
    parser.add_argument("--demo", type=Path, help="a data folder that the demonstration filled, to measure pages on")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xop-console-", dir=options.data) as temporary:
        tell("console", uvloop.run(_run(Path(temporary), quick=options.quick, demo=options.demo)))


async def _run(folder: Path, *, quick: bool, demo: Path | None) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    async with browser() as opened:
        async with house(folder / "live") as served:
            figures["live"] = await _live(opened, served, 8 if quick else 30)
            _say("live", figures["live"])
            figures["listeners"] = await _listeners(served, 5 if quick else 10)
            _say("listeners", figures["listeners"])
        async with house(folder / "long") as served:
            figures["customer"] = await _customer(served, 1_000 if quick else 10_000)
            _say("customer", figures["customer"])
            figures["lists"] = await _lists(served, 10_000 if quick else 100_000)
            _say("lists", figures["lists"])
        async with house(demo or folder / "live") as served:
            figures["pages"] = await _pages(opened, served)
    return figures


async def _live(opened: Browser, served: House, seconds: float) -> dict[str, Any]:
    customers = [await served.told(number) for number in range(50)]
    await served.drip(customers, RATE, 2)
    page = await (await person(opened, served)).new_page()
    await page.goto(LIVE)
    await asyncio.sleep(2)
    shown, first = await watch(page), len(served.decided)
    dripping = asyncio.create_task(served.drip(customers, RATE, seconds))
    late = await yardstick(page)
    await dripping
    await asyncio.sleep(1)
    found = await delays(page, served, shown, first)
    assert len(found) == len(served.decided) - first, "the page did not come to count every decision"
    changes = len(await page.evaluate("() => window.seen"))
    await page.context.close()
    return {
        "decisions": len(found),
        "p50_ms": round(percentile(found, 0.5), 1),
        "p95_ms": round(percentile(found, 0.95), 1),
        "p99_ms": round(percentile(found, 0.99), 1),
        "changes_per_second": round(changes / seconds, 1),
        "yardstick_p50_ms": round(percentile(late, 0.5), 1),
        "yardstick_p95_ms": round(percentile(late, 0.95), 1),
    }


async def _listeners(served: House, seconds: float) -> dict[str, Any]:
    """Measure the processor time of this process under load with nobody, one and many who look at the same."""
    customers, found = [await served.told(number) for number in range(50)], {}
    for readers in (0, 1, 50):
        stop = asyncio.Event()
        tasks = [asyncio.create_task(_listen(served, stop)) for _ in range(readers)]
        await asyncio.sleep(1)
        began = process_time()
        await served.drip(customers, RATE, seconds)
        found[f"cpu_share_{readers}"] = round((process_time() - began) / seconds, 3)
        stop.set()
        await asyncio.gather(*tasks)
    return found


async def _listen(served: House, stop: asyncio.Event) -> None:
    """Read the live page's events as fast as they come, without looking at them."""
    address = served.url.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*address.split(":"))
    wanted = f"GET {LIVE}&live HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n"
    head = f"{wanted}cookie: xop_session={served.token}\r\n\r\n"
    writer.write(head.encode())
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        reading = asyncio.create_task(reader.read(1 << 20))
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
    writer.close()


async def _customer(served: House, facts: int) -> dict[str, Any]:
    small, large = await served.told(1, 10), await served.told(2, facts)
    async with _client(served) as client:
        few = await _timed(lambda: _get(client, f"/console/customers/{small}"))
        many = await _timed(lambda: _get(client, f"/console/customers/{large}"))
    return {"signals": facts, "ms": many, "yardstick_ms": few, "ratio": round(many / few, 2)}


async def _lists(served: House, decisions: int) -> dict[str, Any]:
    customers = [await served.told(number) for number in range(200)]
    ledger = served.platform.runtime.ledger
    for number in range(decisions // len(customers)):
        rare = number % (decisions // len(customers) // 10) == 0
        await asyncio.gather(*(served.ask(each) for each in customers[1:]))
        await served.ask(customers[0], _RARE if rare else "send_service_notice")
    deep = (await ledger.last()) - decisions + 3 * _ROWS
    found: dict[str, Any] = {"decisions": decisions}
    async with _client(served) as client:
        found["first_ms"] = await _timed(lambda: _get(client, "/console/decisions"))
        found["deepest_ms"] = await _timed(lambda: _get(client, f"/console/decisions?before={deep}"))
        found["rare_ms"] = await _timed(lambda: _get(client, f"/console/decisions?action={_RARE}"))
        found["rare_deepest_ms"] = await _timed(
            lambda: _get(client, f"/console/decisions?action={_RARE}&before={deep}")
        )
    found["yardstick_ms"] = await _timed(lambda: ledger.decisions(None, _ROWS))
    found["ratio"] = round(found["deepest_ms"] / found["first_ms"], 2)
    found["rare_ratio"] = round(found["rare_ms"] / found["first_ms"], 2)
    return found


async def _pages(opened: Browser, served: House) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for page in PAGES:
        if "{" not in page.path and page.path:
            told = await weight(opened, served, f"/console{page.path}")
            if told is not None:
                found[page.path] = told
                _say(page.path, told)
    return found


def _client(served: House) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=served.url, cookies={"xop_session": served.token}, timeout=60, trust_env=False)


async def _get(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"


async def _timed(once: Callable[[], Awaitable[object]], times: int = 9) -> float:
    """Return the median of some runs in milliseconds, after one that is not counted."""
    await once()
    took = []
    for _ in range(times):
        began = perf_counter()
        await once()
        took.append((perf_counter() - began) * 1000)
    return round(median(took), 2)


def _say(what: str, figures: dict[str, Any]) -> None:
    print(f"{what}: {', '.join(f'{name} {value}' for name, value in figures.items())}", flush=True)


if __name__ == "__main__":
    main()
