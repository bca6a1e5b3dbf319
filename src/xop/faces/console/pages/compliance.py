"""Compliance: is anything not as it must be? And the pages on which somebody sees to it."""

from typing import Any

from msgspec.structs import replace

from xop.faces.console.governance.matters import duties, matters
from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked

SYSTEMS = "GET /v1/systems"
INCIDENTS = "GET /v1/incidents"
LOG = "GET /v1/log"
REPORT = "GET /v1/oversight"
ERASURES = "GET /v1/erasures"
HOLDS = "GET /v1/legal-holds"
RETENTION = "GET /v1/retention"
RUNS = "GET /v1/retention/runs"

_MOST_ERASURES = 5_000
"""Erasures that the overview looks through; it says so when there are more."""

_PAGE = 200

_TABS = (
    ("compliance", marked("Overview"), SYSTEMS),
    ("systems", marked("AI systems"), SYSTEMS),
    ("incidents", marked("Incidents"), INCIDENTS),
    ("oversight", marked("Oversight"), REPORT),
    ("log", marked("Log"), LOG),
    ("erasures", marked("Erasures"), ERASURES),
    ("legal-holds", marked("Legal holds"), HOLDS),
    ("retention", marked("Retention"), RETENTION),
)


def tabs(visit: Visit, here: str) -> list[tuple[str, str, bool]]:
    """Return the pages of governance that somebody may see."""
    text = visit.words.text
    return [(text(name), f"{PREFIX}/{path}", path == here) for path, name, asked in _TABS if visit.may(asked)]


async def _erasures(visit: Visit) -> Any:
    """Return the list of erasures with every page of it, up to a bound; `next` says where what is left begins."""
    found = await visit.ask(ERASURES, query={"limit": _PAGE})
    while found.next is not None and len(found.erasures) < _MOST_ERASURES:
        page = await visit.ask(ERASURES, query={"limit": _PAGE, "after": found.next})
        found = replace(page, erasures=[*found.erasures, *page.erasures])
    return found


async def _overview(visit: Visit) -> Answer:
    """Show what is not as it must be, and how everything else stands."""
    told: dict[str, Any] = {
        "register": await visit.ask(SYSTEMS),
        "incidents": await visit.ask_if_allowed(INCIDENTS),
        "log": await visit.ask_if_allowed(LOG),
        "erasures": await _erasures(visit) if visit.may(ERASURES) else None,
        "retention": await visit.ask_if_allowed(RUNS),
    }
    found = matters(told, visit.words)
    erasures = told["erasures"].erasures if told["erasures"] is not None else []
    model = {
        **told,
        "tabs": tabs(visit, "compliance"),
        "urgent": [each for each in found if each.urgent],
        "soon": [each for each in found if not each.urgent],
        "duties": duties(told["register"].systems),
        "under_way": sum(each.state == "requested" for each in erasures),
    }
    return Shown("compliance", model)


PAGES = (
    Page(
        path="/compliance",
        title="Compliance",
        view=_overview,
        asks=(SYSTEMS,),
        live=("standing",),
        common=True,
        menu="Governance/compliance",
        keys="g m",
    ),
)

ACTS: tuple[Act, ...] = ()
