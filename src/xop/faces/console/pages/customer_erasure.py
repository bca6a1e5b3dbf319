"""Erasing a customer, after a look at what would go and what forbids it; and handing out all that is known of them."""

from typing import Any

from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.pages.customer import CONTEXT, head, place
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.archive import MEDIA_TYPE

_PLAN = "GET /v1/customers/{customer}/erasure"
_ERASE = "POST /v1/customers/{customer}/erasure"
_EXPORT = "GET /v1/customers/{customer}/export"

GROUNDS = (("request", marked("the customer asks for it")), ("retention", marked("the data is not needed any more")))


async def _erasure(visit: Visit) -> Answer:
    above = await head(visit, "erasure")
    plan = await visit.ask_if_allowed(_PLAN, path={"customer": above["customer"]})
    model = {
        "plan": plan,
        "counts": sorted((name, count) for name, count in plan.counts.items() if count) if plan is not None else [],
        "grounds": [(name, visit.words.text(text)) for name, text in GROUNDS],
        "may_erase": visit.may(_ERASE),
        "may_export": visit.may(_EXPORT),
    }
    return Shown("customer_erasure", {**above, **model}, above["called"] or above["customer"])


async def _erase(visit: Visit) -> Answer:
    """Have the customer erased whose id was typed."""
    customer = visit.path["customer"]
    if visit.field("confirmed") != customer:
        text = visit.words.text("Nothing was erased: type the customer's id exactly as it is written.")
        return Moved(place(customer, "erasure"), text, "problem")
    body: dict[str, Any] = {"ground": visit.field("ground", "request"), "suppress": visit.field("suppress") == "yes"}
    done = await visit.ask(_ERASE, path={"customer": customer}, body=body)
    text = visit.words.text("The erasure {erasure} was begun; it is done by {due} at the latest.")
    return Moved(f"{PREFIX}/customers", text.format(erasure=done.erasure, due=visit.words.moment(done.due)))


async def _export(visit: Visit) -> Answer:
    """Hand out all that is known of the customer, which is recorded."""
    archive = await visit.ask(_EXPORT, path={"customer": visit.path["customer"]})
    return Plain(archive, MEDIA_TYPE, ((b"content-disposition", b'attachment; filename="customer.zip"'),))


PAGES = (Page(path="/customers/{customer}/erasure", title="Erase and export", view=_erasure, asks=(CONTEXT,)),)

ACTS = (
    Act(path="/customers/{customer}/erasure", view=_erase, asks=(_ERASE,)),
    Act(path="/customers/{customer}/export", view=_export, asks=(_EXPORT,)),
)
