"""Erasures: what is under way and what was done; and legal holds, which forbid it."""

from typing import Any
from urllib.parse import quote

from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.compliance import ERASURES, HOLDS, tabs
from xop.faces.console.visit import Visit
from xop.faces.console.words import milliseconds
from xop.faces.console.work.naming import names_of
from xop.kernel.erasure.model import HOLD_GROUNDS

IMPOSE = "POST /v1/customers/{customer}/legal-holds"
LIFT = "POST /v1/customers/{customer}/legal-holds/{hold}/lifting"

_PAGE = 100

_INCIDENT = "incident:"


async def _erasures(visit: Visit) -> Answer:
    found = await visit.ask(ERASURES, query={"after": visit.query.get("after", ""), "limit": _PAGE})
    under_way = [each for each in found.erasures if each.state == "requested"]
    done = [each for each in found.erasures if each.state == "done"]
    model = {
        "tabs": tabs(visit, "erasures"),
        "under_way": [(each, bool(each.due) and milliseconds(each.due) < visit.words.now) for each in under_way],
        "done": [(each, sum(each.counts.values())) for each in done],
        "further": f"{PREFIX}/erasures?after={found.next}" if found.next is not None else "",
        "first": f"{PREFIX}/erasures" if visit.query.get("after") else "",
    }
    return Shown("erasures", model)


async def _holds(visit: Visit) -> Answer:
    found = await visit.ask(HOLDS, query={"after": visit.query.get("after", ""), "limit": _PAGE})
    names = await names_of(visit, [each.customer for each in found.customers])
    rows = [
        (
            (each.customer, names[each.customer]),
            hold,
            "" if hold.name.startswith(_INCIDENT) else _lifting(each.customer, hold.name),
        )
        for each in found.customers
        for hold in each.holds
    ]
    model = {
        "tabs": tabs(visit, "legal-holds"),
        "rows": rows,
        "unread": found.unread,
        "further": f"{PREFIX}/legal-holds?after={quote(found.next, safe='')}" if found.next is not None else "",
        "first": f"{PREFIX}/legal-holds" if visit.query.get("after") else "",
        "grounds": [(name, visit.words.text(name.replace("_", " "))) for name in HOLD_GROUNDS],
        "may_impose": visit.may(IMPOSE),
        "may_lift": visit.may(LIFT),
    }
    return Shown("legal_holds", model)


async def _impose(visit: Visit) -> Answer:
    customer = visit.field("customer")
    body: dict[str, Any] = {
        "name": visit.field("name"),
        "ground": visit.field("ground"),
        "detail": visit.field("detail"),
    }
    if day := visit.field("until"):
        body["until"] = f"{day}T23:59:59Z"
    await visit.ask(IMPOSE, path={"customer": customer}, body=body)
    said = visit.words.text("The data of {customer} is kept from now on.").format(customer=customer)
    return Moved(f"{PREFIX}/legal-holds", said)


async def _lift(visit: Visit) -> Answer:
    await visit.ask(LIFT, path=visit.path, body={"reason": visit.field("reason")})
    said = visit.words.text("The legal hold {hold} was lifted.").format(hold=visit.path["hold"])
    return Moved(f"{PREFIX}/legal-holds", said)


def _lifting(customer: str, hold: str) -> str:
    return f"{PREFIX}/legal-holds/{quote(customer, safe='')}/{quote(hold, safe='')}/lifting"


PAGES = (
    Page(path="/erasures", title="Erasures", view=_erasures, within="/compliance", asks=(ERASURES,), live=("found",)),
    Page(path="/legal-holds", title="Legal holds", view=_holds, within="/compliance", asks=(HOLDS,)),
)

ACTS = (
    Act(path="/legal-holds", view=_impose, asks=(IMPOSE,)),
    Act(path="/legal-holds/{customer}/{hold}/lifting", view=_lift, asks=(LIFT,)),
)
