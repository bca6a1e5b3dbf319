"""Customers: finding one by whatever is known of them, and who changed last."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from xop.faces.console.insight.ranges import range_named
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.recent_customers import RecentCustomer
from xop.faces.http.routes.searches import SearchAnswer, SearchFound
from xop.faces.http.routes.timelines import KIND_OF

_LONGEST = 400
"""Characters of what is looked for."""

_RECENT = "GET /v1/customers"

_SEARCH = "GET /v1/search"


async def _customers(visit: Visit) -> Answer:
    if visit.query.get("measure"):
        return await _behind(visit)
    sought = visit.query.get("q", "").strip()[:_LONGEST]
    answer = await visit.ask(_SEARCH, query={"q": sought}) if sought else None
    recent = await visit.ask(_RECENT, query={"limit": 25}) if answer is None else None
    changed = [(each, _happened(each)) for each in recent.customers] if recent is not None else []
    return Shown("customers", {"q": sought, **_result(answer), "recent": changed})


async def _behind(visit: Visit) -> Answer:
    """Show whom a figure counted, the latest first."""
    asked = {name: visit.query[name] for name in _FIGURE if visit.query.get(name)}
    chosen = range_named(visit.query.get("range", ""))
    asked.setdefault("since", chosen.name)
    page = await visit.ask(_RECENT, query={**asked, "before": visit.query.get("before", ""), "limit": 50})
    text, label = visit.words.text, asked.get("label", "")
    heading = text(_COUNTED.get(asked["measure"], asked["measure"]))
    kept = {**asked, "range": chosen.name}
    model = {
        "heading": heading,
        "of": label.replace("_", " "),
        "range": text(chosen.title),
        "rows": [(each, _decisions_of(each.customer)) for each in page.customers],
        "older": f"{PREFIX}/customers?{urlencode({**kept, 'before': page.next})}" if page.next else "",
        "newest": f"{PREFIX}/customers?{urlencode(kept)}" if visit.query.get("before") else "",
        "back": f"{PREFIX}/live?range={chosen.name}",
    }
    return Shown("customers_behind", model, heading)


_QUIET = frozenset({"signals", "identity", "other"})
"""Kinds that most steps are of, so that they tell nothing where there is another."""

_FIGURE = ("measure", "label", "since", "until")

_COUNTED: Mapping[str, str] = marked(
    {
        "demand": "Asked for",
        "resolved": "Resolved",
        "confirmed": "Confirmed by the customer",
        "abandoned": "Given up",
        "returned": "Came back after it was resolved",
        "passed": "Passed to people, by what was asked for",
        "costs": "Spent, by what was asked for",
        "contacts": "Contacts",
        "repeats": "Repeat contacts",
        "chases": "Contacts that chase what is not done",
        "shifts": "Came from another channel",
        "transfers": "Passed to people",
        "accepted": "Taken over by people",
        "handed_back": "Returned by people with an outcome",
        "expired": "Missed: taken by nobody in time",
        "approvals": "Requests for approval that were answered",
        "failed": "Actions that failed for good",
        "promises": "Promises",
    }
)
"""What each measure counts, as the heading of whom it counted."""


async def _search(visit: Visit) -> Answer:
    """Go to the only thing that was found, or show all of it and what was tried in vain."""
    sought = visit.query.get("q", "").strip()[:_LONGEST]
    if not sought:
        return Moved(f"{PREFIX}/customers")
    answer = await visit.ask(_SEARCH, query={"q": sought, "before": visit.query.get("before", "")})
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
        {"title": _called(each), "kind": visit.words.text(each.kind), "address": address(each)}
        for each in answer.found[:10]
    ]
    return Plain(msgspec.json.encode(found), "application/json")


def address(found: SearchFound) -> str:
    """Return the page of something that was found."""
    if found.kind == "decision":
        return f"{PREFIX}/decisions/{quote(found.id, safe='')}"
    page = f"{PREFIX}/customers/{quote(found.customer, safe='')}"
    return f"{page}?conversation={quote(found.id, safe='')}" if found.kind == "conversation" else page


def _decisions_of(customer: str) -> str:
    return f"{PREFIX}/decisions?{urlencode({'customer': customer})}"


def _called(found: SearchFound) -> str:
    """Return what stands in the palette: of a customer what they were found by, not the id that says nothing."""
    return f"{found.by} {found.value}" if found.kind == "customer" and found.by != "id" else found.id


def _happened(row: RecentCustomer) -> list[str]:
    """Return the kinds of what became true, but for what the action beside them says."""
    kinds = dict.fromkeys(KIND_OF.get(name, "other") for name in row.what)
    told: list[str] = [each for each in kinds if not row.action or each not in {"decisions", "actions"}]
    return [each for each in told if each not in _QUIET] or told


def _result(answer: SearchAnswer | None) -> dict[str, Any]:
    if answer is None:
        return {"found": [], "misses": [], "further": ""}
    further = f"{PREFIX}/search?{urlencode({'q': answer.q, 'before': answer.further})}" if answer.further else ""
    return {"found": [(each, address(each)) for each in answer.found], "misses": answer.misses, "further": further}


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
