"""A customer's consents: what they agree to on which channel, the proof of it, and changes."""

from typing import Any

import msgspec

from xop.faces.console.happenings import days
from xop.faces.console.page import Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.pages.customer import head, place
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.routes.consents import PurposeAnswer

_ASK = "GET /v1/customers/{customer}/consents"
_CHANGE = "POST /v1/customers/{customer}/consents"
_RECEIPT = "GET /v1/customers/{customer}/consents/{purpose}/receipt"
_TIMELINE = "GET /v1/customers/{customer}/timeline"

CHANGES = (
    ("withdraw", marked("takes the agreement back")),
    ("grant", marked("agrees")),
    ("refuse", marked("says no")),
    ("object", marked("objects")),
)
"""What a person may record that the customer said."""

METHODS = (
    ("", marked("not said")),
    ("verbal", marked("in a conversation")),
    ("paper", marked("on paper")),
    ("web_form", marked("in a form on the web")),
    ("double_opt_in", marked("by a confirmed form")),
    ("sms_keyword", marked("by a text message")),
)

_HISTORY = 50


async def _consents(visit: Visit) -> Answer:
    above = await head(visit, "consents")
    path = {"customer": above["customer"]}
    said = await visit.ask(_ASK, path=path)
    query = {"kind": "consents", "limit": _HISTORY, "before": visit.query.get("before", "")}
    told = await visit.ask_if_allowed(_TIMELINE, path=path, query=query)
    channels = list(dict.fromkeys(each.channel for each in said.answers))
    model = {
        "channels": channels,
        "rows": _rows(said.answers, channels),
        "records": [each for each in said.answers if each.record is not None],
        "days": days(told.steps, visit.words, "consents") if told is not None else [],
        "unseen": told is None,
        "older": place(above["customer"], "consents", before=told.next) if told is not None and told.next else "",
        "newest": place(above["customer"], "consents") if "before" in visit.query else "",
        "purpose_names": list(dict.fromkeys(each.purpose for each in said.answers)),
        "changes": [(name, visit.words.text(text)) for name, text in CHANGES],
        "methods": [(name, visit.words.text(text)) for name, text in METHODS],
        "may_change": visit.may(_CHANGE),
    }
    return Shown("customer_consents", {**above, **model}, above["called"] or above["customer"])


def _rows(answers: list[PurposeAnswer], channels: list[str]) -> list[tuple[str, str, bool, list[PurposeAnswer | None]]]:
    """Return a line for each purpose: its name, its legal basis, whether anything was said, and its answer by channel."""
    found: dict[str, dict[str, PurposeAnswer]] = {}
    for each in answers:
        found.setdefault(each.purpose, {})[each.channel] = each
    return [
        (
            purpose,
            next(iter(said.values())).basis,
            any(each.record is not None for each in said.values()),
            [said.get(channel) for channel in channels],
        )
        for purpose, said in found.items()
    ]


async def _change(visit: Visit) -> Answer:
    """Record what the customer said."""
    customer = visit.path["customer"]
    body: dict[str, Any] = {
        "change": visit.field("change"),
        "purpose": visit.field("purpose"),
        "channel": visit.field("channel"),
        "proof": visit.field("proof"),
        "method": visit.field("method"),
    }
    if not body["proof"]:
        text = visit.words.text("Nothing was recorded: say by what it is proven, such as the call's number.")
        return Moved(place(customer, "consents"), text, "problem")
    given = {name: value for name, value in body.items() if value}
    await visit.ask(_CHANGE, path={"customer": customer}, body=given)
    return Moved(place(customer, "consents"), visit.words.text("The change of consent was recorded."))


async def _receipt(visit: Visit) -> Answer:
    """Hand out the signed receipt, for the customer to keep."""
    signed = await visit.ask(_RECEIPT, path=visit.path, query={"channel": visit.query.get("channel", "")})
    body = msgspec.json.format(msgspec.json.encode(signed), indent=2)
    return Plain(body, "application/json", ((b"content-disposition", b'attachment; filename="consent-receipt.json"'),))


PAGES = (
    Page(path="/customers/{customer}/consents", title="Consents", view=_consents, asks=(_ASK,)),
    Page(path="/customers/{customer}/consents/{purpose}/receipt", title="Receipt", view=_receipt, asks=(_RECEIPT,)),
)

ACTS = (Act(path="/customers/{customer}/consents", view=_change, asks=(_CHANGE,)),)
