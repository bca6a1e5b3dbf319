"""Pictures of the console: `scripts/screenshots` takes those that the docs show, or all of them to look at."""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import ViewportSize

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


def main() -> None:
    """Play the example's day, go through the console, and take pictures."""
    parser = argparse.ArgumentParser(description="Take pictures of the console after the example's day.")
    parser.add_argument(
        "--all", type=Path, metavar="DIR", help="every page, light, dark and on a phone, to this folder"
    )
    given = parser.parse_args()
    folder: Path = given.all or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="xop-pictures-") as made,
        northwind(Path(made), customers=300, seconds=20) as console,
        browsing() as browser,
    ):
        person = Person(browser, console)
        tab = person.sign_in(EVERYBODY)
        tab.set_viewport_size(_SIZE)
        for route, address, stands in tour(tab):
            if stands and (given.all or route in SHOWN):
                sys.stdout.write(f"{route or '/'}  {address}\n")
                _take(person, tab, folder, SHOWN.get(route, ""), everything=given.all is not None)
        person.close()


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
