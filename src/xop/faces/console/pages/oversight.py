"""Oversight: how people oversaw AI systems in a month, to read, to print and to keep."""

import re
from datetime import UTC, datetime

import msgspec
from babel.dates import format_skeleton

from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.pages.compliance import REPORT, tabs
from xop.faces.console.visit import Visit

PROBE = "POST /v1/customers/{customer}/probes"

_MONTHS = 13
"""How many months can be picked; any other by its address."""

_UNSAFE = re.compile(r"[^0-9-]")


async def _month(visit: Visit) -> Answer:
    month = visit.query.get("month", "")
    found = await visit.ask(REPORT, query={"month": month})
    probed = [each for each in found.people if each.probes]
    model = {
        "report": found,
        "tabs": tabs(visit, "oversight"),
        "months": [(each, _named(each, visit)) for each in _months(visit.words.now, found.month)],
        "named": _named(found.month, visit),
        "caught": sum(each.caught for each in probed),
        "probes": sum(each.probes for each in probed),
        "may_probe": visit.may(PROBE),
    }
    title = visit.words.text("Oversight of AI, {month}").format(month=_named(found.month, visit))
    return Shown("oversight", model, title)


def _named(month: str, visit: Visit) -> str:
    """Return a month as `November 2026`."""
    day = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return str(format_skeleton("yMMMM", day, locale=visit.words.locale))


def _months(now: int, picked: str) -> list[str]:
    today = datetime.fromtimestamp(now / 1000, UTC)
    last = today.year * 12 + today.month - 1
    found = [f"{number // 12}-{number % 12 + 1:02}" for number in range(last, last - _MONTHS, -1)]
    return sorted({*found, picked}, reverse=True)


async def _json(visit: Visit) -> Answer:
    found = await visit.ask(REPORT, query={"month": visit.query.get("month", "")})
    name = f"oversight-{_UNSAFE.sub('', found.month)}.json"
    headers = ((b"content-disposition", f'attachment; filename="{name}"'.encode()),)
    return Plain(msgspec.json.format(msgspec.json.encode(found)), "application/json", headers)


async def _probe(visit: Visit) -> Answer:
    """Put a known-wrong proposal among the requests for approval."""
    await visit.ask(PROBE, path={"customer": visit.field("customer")}, body={"probe": visit.field("probe")})
    return Moved(f"{PREFIX}/oversight", visit.words.text("The probe is among the requests for approval."))


PAGES = (
    Page(path="/oversight", title="Oversight", view=_month, within="/compliance", asks=(REPORT,)),
    Page(path="/oversight/json", title="Oversight", view=_json, asks=(REPORT,)),
)

ACTS = (Act(path="/oversight/probes", view=_probe, asks=(PROBE,)),)
