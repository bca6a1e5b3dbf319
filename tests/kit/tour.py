"""A tour: from the menu through every link of the console, until every kind of page was seen."""

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page as Tab

from xop.faces.console.page import PREFIX
from xop.faces.console.pages import PAGES

_PARAMETER = re.compile(r"\{[^}]+\}")

_MOST = 2_000
"""Addresses that are looked at."""


def _pattern(route: str) -> re.Pattern[str]:
    pieces = (re.escape(piece) for piece in _PARAMETER.split(PREFIX + route))
    return re.compile("[^/]+".join(pieces))


_NOT_NOW = 409
"""What is not to be had of this one: another address of the kind may have it."""

ROUTES = {page.path: _pattern(page.path) for page in PAGES}
"""Every page, and what its addresses look like."""


def route_of(address: str) -> str | None:
    """Return the page that an address leads to: one without parameters before one with."""
    path = urlsplit(address).path
    found = [route for route, pattern in ROUTES.items() if pattern.fullmatch(path)]
    return min(found, key=lambda route: route.count("{"), default=None)


def tour(tab: Tab, *more: str) -> Iterator[tuple[str, str, bool]]:
    """Yield every page with the first address that leads to it, and whether it stands in the tab: files do not.

    Goes from the first page, and from `more` addresses, through the links of each, and looks at no page twice.
    """
    waiting, known, seen = deque([PREFIX, *more]), {PREFIX, *more}, set[str]()
    for _ in range(_MOST):
        if not waiting:
            return
        address = waiting.popleft()
        route = route_of(address)
        if route is None or route in seen:
            continue
        answer = tab.request.get(address)
        if answer.status == _NOT_NOW:
            continue
        seen.add(route)
        assert answer.ok, f"{address}: {answer.status} {answer.text()[:500]}"
        if not answer.headers["content-type"].startswith("text/html"):
            yield route, address, False
            continue
        tab.goto(address)
        yield route, address, True
        for link in _links(tab):
            if link not in known:
                known.add(link)
                waiting.append(link)


def _links(tab: Tab) -> list[str]:
    """Return the addresses within the console that a page leads to."""
    found: list[str] = tab.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    return [link.partition("#")[0] for link in found if link.startswith(PREFIX)]
