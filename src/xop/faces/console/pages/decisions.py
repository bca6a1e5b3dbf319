"""The decisions: newest first, by who, what, why and when; a row opens its story beside the list."""

from collections.abc import Mapping
from typing import Any

from xop.faces.console.decision.filters import Filters, filters_of
from xop.faces.console.decision.story import happenings_of
from xop.faces.console.page import Act, Answer, Page, Shown
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError

LIST = "GET /v1/decisions"
ONE = "GET /v1/decisions/{decision}"

_ROWS = 50

_NEWS = 100
"""How many new decisions are counted; beyond, it is so many or more."""


async def _decisions(visit: Visit) -> Answer:
    """Show one page of the list; while it is followed, only how much came since it was opened."""
    asked = filters_of(visit.query, visit.words)
    if "live" in visit.query:
        return Shown("decisions", {"fresh": await _fresh(visit, asked), "asked": asked})
    before = visit.query.get("before", "")
    page = await visit.ask(LIST, query={**asked.values, "before": before, "limit": _ROWS, "handles": True})
    rows = page.decisions
    head = rows[0].position if rows else 0
    model: dict[str, Any] = {
        "asked": asked,
        "rows": rows,
        "before": before,
        "older": asked.address(before=page.next) if page.next else "",
        "newest": asked.address() if before else "",
        "fresh": 0,
        "spans": asked.spans(),
        "here": visit.query.get("peek", ""),
        "peek": await _peek(visit, {each.decision: each.handle for each in rows}),
        "closed": asked.address(before=before),
    }
    # Older pages stay as they are: what comes meanwhile comes before the first page.
    live = {"live": ""} if before else {"live": asked.address(seen=head, live="1")}
    return Shown("decisions", {**model, **live})


async def _fresh(visit: Visit, asked: Filters) -> int:
    """Return how many of the wanted decisions came since a position in the ledger."""
    text = visit.query.get("seen", "")
    seen = int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(2**62)) else 0
    page = await visit.ask(LIST, query={**asked.values, "limit": _NEWS})
    return sum(each.position > seen for each in page.decisions)


async def _peek(visit: Visit, handles: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Return the decision to be shown beside the list; one that is gone says so there, and the list stays."""
    name = visit.query.get("peek", "")
    if not name:
        return None
    try:
        told = await visit.ask(ONE, path={"decision": name})
    except ProblemError as problem:
        return {"name": name, "problem": problem.document()}
    after = list(happenings_of(told, visit.words))
    return {"name": name, "problem": None, "told": told, "after": after, "handle": handles.get(name, "")}


PAGES = (
    Page(
        path="/decisions",
        title="Decisions",
        view=_decisions,
        asks=(LIST,),
        live=("fresh",),
        menu="Customers/decisions",
        keys="g d",
    ),
)

ACTS: tuple[Act, ...] = ()
