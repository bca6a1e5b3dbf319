"""A walk: one person's browser without scripts goes through the console by its links, and keeps every page it saw."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.kit.canaries import CANARY, OWN, Examined, header_faults
from tests.kit.console import Visitor
from tests.kit.tour import ROUTES, route_of
from xop.faces.console.page import PREFIX

MOST, MOST_OF_PEOPLE = 3, 8
"""Addresses of one page, with the same names in the query, that are looked at."""

_PASSING = re.compile(r"([?&])since=[0-9]+&?")
"""A moment in an address by which nothing else is shown."""


class Seen(NamedTuple):
    """One answer, with what is wrong with it."""

    address: str
    route: str
    answer: httpx.Response
    faults: tuple[str, ...]
    shown: frozenset[str]
    """The marks of the canaries that it shows."""
    links: tuple[str, ...] = ()

    @property
    def is_page(self) -> bool:
        """Say whether it is one to look at."""
        return self.answer.headers.get("content-type", "").startswith("text/html")


def examined(address: str, answer: httpx.Response, route: str = "") -> Seen:
    """Look at an answer; only a page of the console can be anything but data."""
    faults = header_faults(answer.headers)
    told = Seen(address, route, answer, tuple(faults), frozenset())
    if not told.is_page:
        faults += [f"it leads to {each!r}" for each in _led_to(answer) if not OWN.fullmatch(each)]
        if answer.headers.get("x-content-type-options") != "nosniff":
            faults.append("browsers may take it for a page")
        return told._replace(faults=tuple(faults))
    found = Examined(answer.text)
    return Seen(address, route, answer, (*faults, *found.faults), frozenset(found.shown), tuple(found.links))


def _led_to(answer: httpx.Response) -> list[str]:
    """Return the addresses that data for a script of a page names."""
    return (
        re.findall(r'"(?:address|href)":\s*"([^"]*)"', answer.text)
        if "json" in answer.headers.get("content-type", "")
        else []
    )


def walked(visitor: Visitor, *more: str, fewer: int = 0) -> dict[str, Seen]:
    """Return every page that links lead to from the pages without parameters and from `more`; of each some addresses."""
    starts = [*more, *(PREFIX + route for route in ROUTES if "{" not in route)]
    waiting, known, count, seen = deque(starts), set(starts), Counter[object](), dict[str, Seen]()
    while waiting:
        address = waiting.popleft()
        route, query = route_of(address), urlsplit(address).query
        sort = (route, frozenset(name for name, _ in parse_qsl(query, keep_blank_values=True)))
        most = MOST_OF_PEOPLE if (route or "").startswith(("/customers", "/handovers")) else MOST
        if route is None or count[sort] >= max(1, most - fewer):
            continue
        count[sort] += 1
        answer = visitor.get(address)
        found = seen[address] = examined(address, answer, route)
        for link in (*found.links, answer.headers.get("location", "")):
            plain = _PASSING.sub(r"\1", link.partition("#")[0]).rstrip("?&")
            if plain.startswith(PREFIX) and plain not in known:
                known.add(plain)
                waiting.append(plain)
    return seen


def looked_at(visitor: Visitor, page: str, action: str, **fields: str) -> Seen:
    """Send a form of a page, and look at what comes back."""
    answer = visitor.post(action, **{**visitor.hidden(page, action), **fields})
    return examined(action, answer, route_of(action) or "")


def parameters(pages: Mapping[str, Seen]) -> dict[str, frozenset[str]]:
    """Return the names that stand in the queries of links and of forms that are looked up, by the page they lead to."""
    found: dict[str, set[str]] = {}
    for route, name in _named(pages):
        found.setdefault(route, set()).add(name)
    return {route: frozenset(names) for route, names in found.items()}


_SEARCH = re.compile(r'<form(?=[^>]* method="get")[^>]* action="([^"?#]*)[^"]*"[^>]*>(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"]+)"')


def _named(pages: Mapping[str, Seen]) -> Iterator[tuple[str, str]]:
    for page in pages.values():
        for link in page.links:
            route = route_of(link)
            if route is not None:
                yield from ((route, name) for name, _ in parse_qsl(urlsplit(link).query, keep_blank_values=True))
        for action, inside in _SEARCH.findall(page.answer.text) if page.is_page else ():
            route = route_of(action)
            if route is not None:
                yield from ((route, name) for name in _FIELD.findall(inside))


_OWN_ADDRESS = re.compile(r"/console[^\s\"'<>]*%[0-9A-F]{2}qz[0-9]{4}z[^\s\"'<>]*")


def told_back(answer: httpx.Response) -> bool:
    """Say whether a canary stands in an answer other than encoded in an address of the console's own."""
    return bool(canaries_in(_OWN_ADDRESS.sub("", f"{answer.text}{answer.headers}")))


def canaries_in(text: str) -> frozenset[str]:
    """Return the marks of the canaries that stand anywhere in a text."""
    return frozenset(CANARY.findall(text))
