"""Sight: Chromium in front of the console, and when what changed was to be seen."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from benchmarks.front.house import House

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")

_WATCH = """() => {
  window.seen = [];
  const total = () => Number((document.querySelector('#figures .figure .value')?.textContent ?? '').replace(/[^0-9]/g, ''));
  let before = total();
  new MutationObserver(() => {
    const now = total();
    if (now !== before) { before = now; window.seen.push([now, performance.timeOrigin + performance.now()]); }
  }).observe(document.getElementById('figures'), {childList: true, characterData: true, subtree: true, attributes: true});
  return before;
}"""

_YARDSTICK = """async () => {
  const node = document.body.appendChild(document.createElement('p'));
  const took = [];
  for (let i = 0; i < 40; i++) {
    const began = performance.now();
    const changed = new Promise((done) => new MutationObserver(done).observe(node, {childList: true}));
    node.textContent = (await (await fetch('/health', {cache: 'no-store'})).text()) + i;
    await changed;
    took.push(performance.now() - began);
    await new Promise((done) => setTimeout(done, 50));
  }
  node.remove();
  return took;
}"""

_WEIGHT = """() => {
  const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  return [performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
          all.reduce((sum, each) => sum + each.encodedBodySize, 0), all.length];
}"""


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Run Chromium until the block ends."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield opened
        await opened.close()


async def person(opened: Browser, house: House) -> BrowserContext:
    """Return a browser with empty caches in which the clerk is signed in."""
    context = await opened.new_context(base_url=house.url, viewport={"width": 1280, "height": 900}, locale="en-GB")
    await context.add_cookies([{"name": "xop_session", "value": house.token, "url": house.url}])
    return context


async def watch(page: Page) -> int:
    """Begin to note when the number of decisions changes on the page; return the number that stands there."""
    await page.wait_for_selector("#figures .figure .value")
    return int(await page.evaluate(_WATCH))


async def delays(page: Page, house: House, shown: int, first: int) -> list[float]:
    """Return for each decision the milliseconds from when it was told to who asked until the page had counted it, ascending.

    `shown` is what stood on the page when `first` decisions had been noted.
    """
    seen: list[list[float]] = await page.evaluate("() => window.seen")
    found, place = [], 0
    for number, at in enumerate(house.decided[first:], shown + 1):
        while place < len(seen) and seen[place][0] < number:
            place += 1
        if place < len(seen):
            found.append(seen[place][1] - at * 1000)
    return sorted(found)


async def yardstick(page: Page) -> list[float]:
    """Return the milliseconds in which the page asks the server the least there is and shows the answer, ascending."""
    return sorted(await page.evaluate(_YARDSTICK))


async def weight(opened: Browser, house: House, path: str, times: int = 5) -> dict[str, Any] | None:
    """Return what a page costs: its first paint with warm caches, and its bytes with cold ones; None for what is no page."""
    context = await person(opened, house)
    looked = await context.request.get(path)
    if not looked.ok or "text/html" not in looked.headers.get("content-type", ""):
        await context.close()
        return None
    page = await context.new_page()
    await page.goto(path)
    cold, size, requests = await _painted(page)
    paints = []
    for _ in range(times):
        await page.goto(path)
        paints.append((await _painted(page))[0])
    await context.close()
    return {
        "paint_ms": round(median(paints)),
        "cold_ms": round(cold),
        "kb": round(size / 1000, 1),
        "requests": requests,
    }


async def _painted(page: Page) -> Any:
    """Return what the page weighs once it has been painted."""
    while not (found := await page.evaluate(_WEIGHT))[0]:  # noqa: ASYNC110 - only the page knows when it was painted
        await asyncio.sleep(0.02)
    return found
