"""Customers: finding one by whatever is known of them, and who changed last."""

from typing import Any
from urllib.parse import quote

import msgspec

from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.searches import SearchAnswer, SearchFound
from xop.faces.http.routes.timelines import KIND_OF

_LONGEST = 400
"""Characters of what is looked for."""

_RECENT = "GET /v1/customers"

_SEARCH = "GET /v1/search"


async def _customers(visit: Visit) -> Answer:
    sought = visit.query.get("q", "").strip()[:_LONGEST]
    answer = await visit.ask(_SEARCH, query={"q": sought}) if sought else None
    recent = await visit.ask(_RECENT, query={"limit": 25}) if answer is None else None
    changed = [(each, _kinds(each.what)) for each in recent.customers] if recent is not None else []
    return Shown("customers", {"q": sought, **_result(answer), "recent": changed})


async def _search(visit: Visit) -> Answer:
    """Go to the only thing that was found, or show all of it and what was tried in vain."""
    sought = visit.query.get("q", "").strip()[:_LONGEST]
    if not sought:
        return Moved(f"{PREFIX}/customers")
    answer = await visit.ask(_SEARCH, query={"q": sought})
    if len(answer.found) == 1:
        return Moved(address(answer.found[0]))
    return Shown("search", {"q": sought, **_result(answer)}, visit.words.text("Search"))


async def _find(visit: Visit) -> Answer:
    """Answer the palette, which asks while somebody types."""
    sought = visit.query.get("q", "").strip()[:_LONGEST]
    if not sought or not visit.may(_SEARCH):
        return Plain(b"[]", "application/json")
    try:
        answer = await visit.ask(_SEARCH, query={"q": sought, "quick": True})
    except ProblemError:
        return Plain(b"[]", "application/json")
    found = [
        {"title": each.id, "kind": visit.words.text(each.kind), "address": address(each)} for each in answer.found[:10]
    ]
    return Plain(msgspec.json.encode(found), "application/json")


def address(found: SearchFound) -> str:
    """Return the page of something that was found."""
    if found.kind == "decision":
        return f"{PREFIX}/decisions/{quote(found.id, safe='')}"
    page = f"{PREFIX}/customers/{quote(found.customer, safe='')}"
    return f"{page}?conversation={quote(found.id, safe='')}" if found.kind == "conversation" else page


def _kinds(what: list[str]) -> list[str]:
    return list(dict.fromkeys(KIND_OF.get(name, "other") for name in what))


def _result(answer: SearchAnswer | None) -> dict[str, Any]:
    if answer is None:
        return {"found": [], "misses": []}
    return {"found": [(each, address(each)) for each in answer.found], "misses": answer.misses}


PAGES = (
    Page(
        path="/customers",
        title="Customers",
        view=_customers,
        asks=(_SEARCH, _RECENT),
        menu="Customers/customers",
        keys="g c",
    ),
    Page(path="/search", title="Search", view=_search, asks=(_SEARCH,)),
    Page(path="/find", title="Find", view=_find),
)

ACTS: tuple[Act, ...] = ()
