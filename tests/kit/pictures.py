"""Pictures of the console: `scripts/screenshots` takes those that the docs show, or all of them to look at."""

import argparse
import random
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import ViewportSize

from examples.northwind_mobile.client import Client
from examples.northwind_mobile.customers import afternoon, morning, noon, population
from examples.northwind_mobile.server import Secrets, fresh_secrets
from tests.kit.browser import PHONE, Person, browsing
from tests.kit.northwind import EVERYBODY, northwind
from tests.kit.tour import tour

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images" / "console"

SHOWN = {
    "/live": "live",
    "/approvals": "approvals",
    "/handovers/{handover}": "handover",
    "/customers/{customer}": "customer",
    "/decisions": "decisions",
    "/decisions/{decision}": "decision",
    "/journeys/{journey}": "journey",
    "/policies": "policies",
    "/agents": "agents",
    "/catalogue": "catalogue",
    "/compliance": "compliance",
    "/log": "log",
    "/workspace": "workspace",
}
"""The pages that the docs show, and what their pictures are called."""

_SIZE = ViewportSize(width=1280, height=820)

_TALL = ViewportSize(width=1280, height=1180)
"""What the live page is taken at, down to what customers ask for."""

_LIVE = "/live"

_RANGE = "?range=15m"
"""What of the live page is worth showing after so short a day."""

_CUSTOMERS, _DAY, _SHORT_DAY = 300, 170.0, 20.0
"""How many customers the day has, and how many seconds it takes: long enough for a chart, or not."""

_PAUSE = 0.12
"""Seconds between two signals while pictures are taken."""

_GROUP = 24
"""Customers who do something at about the same time."""

_SETTLING = 14_000
"""Milliseconds after which what stands on the live page is what happens all the time."""


def main() -> None:
    """Play the example's day, go through the console, and take pictures."""
    parser = argparse.ArgumentParser(description="Take pictures of the console after the example's day.")
    parser.add_argument(
        "--all", type=Path, metavar="DIR", help="every page, light, dark and on a phone, to this folder"
    )
    given = parser.parse_args()
    folder: Path = given.all or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    secrets, seconds = fresh_secrets(), _SHORT_DAY if given.all else _DAY
    with (
        tempfile.TemporaryDirectory(prefix="xop-pictures-") as made,
        northwind(Path(made), _CUSTOMERS, seconds, secrets) as console,
        browsing() as browser,
    ):
        person = Person(browser, console)
        tab = person.sign_in(EVERYBODY)
        tab.set_viewport_size(_SIZE)
        everything = given.all is not None
        for route, address, stands in tour(tab, _somebody_waiting(tab), _something_held(tab)):
            if stands and route != _LIVE and (everything or route in SHOWN):
                sys.stdout.write(f"{route or '/'}  {address}\n")
                _take(person, tab, folder, SHOWN.get(route, ""), everything=everything)
        with _bustle(console.url, secrets):
            tab.goto(f"/console{_LIVE}{_RANGE}")
            tab.set_viewport_size(_TALL)
            tab.wait_for_timeout(_SETTLING)
            _take(person, tab, folder, SHOWN[_LIVE], everything=everything)
        person.close()


def _somebody_waiting(tab: Tab) -> str:
    """Return the page of a customer who waits for a person: there is something to be seen on it."""
    tab.goto("/console/handovers")
    tab.locator("#waiting [data-row] a").first.click()
    tab.wait_for_url("**/console/handovers/*")
    address = tab.locator('a[href^="/console/customers/"]').first.get_attribute("href") or ""
    return address.partition("?")[0]


def _something_held(tab: Tab) -> str:
    """Return the page of a decision about which people and several rules had something to say."""
    tab.goto("/console/decisions?verdict=hold&action=issue_credit")
    tab.locator("[data-row] a[data-peek]").first.click()
    return tab.locator('#peek a[href^="/console/decisions/"]').first.get_attribute("href") or ""


@contextmanager
def _bustle(url: str, secrets: Secrets) -> Iterator[None]:
    """Have the customers of the day go on shopping and calling until the block ends."""
    chance = random.Random(2026)
    people, client, over = population(_CUSTOMERS, chance), Client(url, secrets.keys), threading.Event()

    def go_on() -> None:
        for first in cycle(range(0, len(people) - _GROUP, _GROUP)):
            for event in (
                event for act in (morning, noon, afternoon) for event in act(people[first:][:_GROUP], chance)
            ):
                client.send(event)
                if over.wait(_PAUSE):
                    return

    going = threading.Thread(target=go_on)
    going.start()
    try:
        yield
    finally:
        over.set()
        going.join()


def _take(person: Person, tab: Tab, folder: Path, name: str, *, everything: bool) -> None:
    """Take the pictures of the page that stands in the tab."""
    name = name or tab.url.partition("/console")[2].partition("?")[0].strip("/").replace("/", "-")[:60] or "first"
    if not everything:
        tab.screenshot(path=folder / f"{name}.png")
        return
    tab.screenshot(path=folder / f"{name}-light.png", full_page=True)
    person.wear("dark")
    tab.screenshot(path=folder / f"{name}-dark.png", full_page=True)
    person.wear("light")
    tab.set_viewport_size(ViewportSize(width=PHONE[0], height=PHONE[1]))
    tab.screenshot(path=folder / f"{name}-phone.png", full_page=True)
    tab.set_viewport_size(_SIZE)


if __name__ == "__main__":
    main()
