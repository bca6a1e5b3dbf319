"""A customer's identifiers, and when two customers are one: previews of merges and of their undoing, and doing so."""

from typing import Any

from xop.faces.console.page import Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.customer import CONTEXT, head, place
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError

_MERGE = "POST /v1/identity/merge"
_UNMERGE = "POST /v1/identity/unmerge"
_PREVIEWS = {"merge": f"{_MERGE}/preview", "unmerge": f"{_UNMERGE}/preview"}
_TIMELINE = "GET /v1/customers/{customer}/timeline"


async def _identity(visit: Visit) -> Answer:
    above = await head(visit, "identity")
    customer, other = above["customer"], visit.query.get("other", "").strip()
    undo = visit.query.get("undo", "").strip()
    fault, preview = "", None
    if (other or undo) and visit.may(*_PREVIEWS.values()):
        try:
            preview = await _preview(visit, customer, other, undo)
        except ProblemError as problem:
            if problem.status not in {404, 422}:
                raise
            fault = f"{problem.detail}: {problem.remedy}"
    model = {
        "other": other,
        "undo": undo,
        "fault": fault,
        "preview": preview,
        "may_merge": visit.may(_MERGE, _UNMERGE),
        "others": [part for part in above["known"].parts if part != customer],
    }
    return Shown("customer_identity", {**above, **model}, above["called"] or customer)


async def _preview(visit: Visit, customer: str, other: str, undo: str) -> Any:
    """Return what merging with another, or the undoing of a merge, would come to."""
    if undo:
        return await visit.ask(_PREVIEWS["unmerge"], body={"customer": customer, "other": undo})
    return await visit.ask(_PREVIEWS["merge"], body={"keep": customer, "other": await _referred(visit, other)})


async def _referred(visit: Visit, other: str) -> str:
    """Return the one customer whom a text leads to, as people write it; the text itself where it leads to none or many."""
    answer = await visit.ask("GET /v1/search", query={"q": other, "quick": True})
    customers = {each.id for each in answer.found if each.kind == "customer"}
    return customers.pop() if len(customers) == 1 else other


async def _merge(visit: Visit) -> Answer:
    """Treat another customer as the same person; what was shown is what is named."""
    customer, other = visit.path["customer"], visit.field("other")
    if not visit.field("reason"):
        text = visit.words.text("Nothing was changed: say why they are one person.")
        return Moved(place(customer, "identity", other=other), text, "problem")
    body = {"keep": customer, "other": other, "reason": visit.field("reason")}
    await visit.ask(_MERGE, body=body)
    return Moved(place(customer, "identity"), visit.words.text("They are one customer now. It can be undone below."))


async def _unmerge(visit: Visit) -> Answer:
    """Give a part that was merged everything back that was theirs."""
    customer, other = visit.path["customer"], visit.field("other")
    if not visit.field("reason"):
        text = visit.words.text("Nothing was changed: say why they are two people.")
        return Moved(place(customer, "identity", undo=other), text, "problem")
    body = {"customer": customer, "other": other, "reason": visit.field("reason")}
    await visit.ask(_UNMERGE, body=body)
    return Moved(
        place(customer, "identity"), visit.words.text("They are two customers again, and no rule merges them.")
    )


PAGES = (Page(path="/customers/{customer}/identity", title="Identifiers", view=_identity, asks=(CONTEXT,)),)

ACTS = (
    Act(path="/customers/{customer}/merge", view=_merge, asks=(_MERGE,)),
    Act(path="/customers/{customer}/unmerge", view=_unmerge, asks=(_UNMERGE,)),
)
