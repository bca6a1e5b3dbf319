"""A real browser: Debian's Chromium, driven by Playwright, that reaches nothing but this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.kit.console import PASSWORD, Console

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""

_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]

expect.set_options(timeout=20_000)  # a busy machine is no fault of the page's

WIDE, PHONE = (1280, 900), (390, 844)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """Somebody at a browser, with what went wrong in it."""

    def __init__(self, browser: Browser, console: Console, theme: str = "light", size: tuple[int, int] = WIDE) -> None:
        self.console = console
        self.context: BrowserContext = browser.new_context(
            base_url=console.url,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": size[0], "height": size[1]},
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(20_000)
        self.faults: list[str] = []
        self.page: Page = self.tab()

    def tab(self) -> Page:
        """Open another tab, whose faults are noted too."""
        page = self.context.new_page()
        page.on("console", lambda told: self.faults.append(told.text) if told.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._require_own(request.url))
        _wait_before_keys(page)
        return page

    def sign_in(self, operator: str) -> Page:
        """Take up an invitation and choose a password."""
        self.page.goto(self.console.invitation(operator))
        self.page.get_by_label("Choose a password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/console" in url and "/invitations/" not in url)
        return self.page

    def blemishes(self) -> list[str]:
        """Return what keeps somebody from using the page (WCAG 2.2 AA and best practice), as axe finds it."""
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    def wear(self, theme: str) -> None:
        """Have the system prefer light or dark."""
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")

    def close(self) -> None:
        """Go away."""
        self.context.close()

    def _require_own(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(self.console.url).netloc:
            self.faults.append(f"asked another host: {url[:200]}")


def signed_in(operator: str, served: str = "console") -> Any:
    """Return a fixture for a module: an operator at a browser, signed in on the server of the fixture `served`."""

    @pytest.fixture(scope="module")
    def person(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Person]:
        server = request.getfixturevalue(served)
        somebody = Person(browser, server if isinstance(server, Console) else server.console)
        somebody.sign_in(operator)
        yield somebody
        somebody.close()

    return person


def _wait_before_keys(page: Page) -> None:
    """Press keys once a page has loaded: its scripts hear none before, and a busy machine takes its time."""
    press = page.keyboard.press

    def patiently(key: str, *, delay: float | None = None) -> None:
        page.wait_for_load_state("load")
        press(key, delay=delay)

    page.keyboard.press = patiently  # type: ignore[method-assign]  # every key waits
