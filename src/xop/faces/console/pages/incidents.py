"""Incidents: what went wrong, by when it must be reported, and what was done about it."""

from datetime import datetime
from typing import Any, get_args
from urllib.parse import quote

from msgspec import Struct

from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.compliance import INCIDENTS, tabs
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.incidents import IncidentView
from xop.kernel.oversight.calendar import REPORT_WITHIN, IncidentClass

INCIDENT = "GET /v1/incidents/{incident}"
OPEN = "POST /v1/incidents"
DECISION = "GET /v1/decisions/{decision}"
CLASSIFY = "POST /v1/incidents/{incident}/category"
REPORT = "POST /v1/incidents/{incident}/reports"
CLOSE = "POST /v1/incidents/{incident}/closing"

_NAMES = marked(
    {
        "death": "death of a person",
        "widespread": "widespread, or critical infrastructure",
        "serious": "serious",
        "other": "not serious",
    }
)

_MARKS = {"overdue": "bad", "reported_late": "bad", "open": "wait", "reported": "good", "closed": ""}


class Step(Struct, frozen=True):
    """One thing that happened to an incident, or is to."""

    at: str
    text: str
    tone: str
    by: str = ""
    note: str = ""


async def _list(visit: Visit) -> Answer:
    state = "all" if visit.query.get("state") == "all" else "open"
    found = await visit.ask(INCIDENTS, query={"state": state})
    text = visit.words.text
    model = {
        "incidents": found.incidents,
        "tabs": tabs(visit, "incidents"),
        "filters": [
            (text("Open"), f"{PREFIX}/incidents", state == "open"),
            (text("All"), f"{PREFIX}/incidents?state=all", state == "all"),
        ],
        "marks": _MARKS,
        "categories": _categories(visit),
        "may_open": visit.may(OPEN),
    }
    return Shown("incidents", model)


async def _show(visit: Visit) -> Answer:
    found: IncidentView = await visit.ask(INCIDENT, path=visit.path)
    model = {
        "incident": found,
        "address": _address(found.incident),
        "story": _story(found, visit),
        "marks": _MARKS,
        "categories": _categories(visit),
        "called": visit.words.text(_NAMES[found.category]),
        "may_change": visit.may(CLASSIFY, REPORT, CLOSE) and not found.closed,
        "complete": any(each.complete for each in found.reports),
        "concerned": [await _concerned(visit, each) for each in found.keeps],
    }
    return Shown("incident", model, visit.words.text("Incident"))


async def _concerned(visit: Visit, name: str) -> tuple[str, str, str]:
    """Return a decision with what was asked in it and what was decided; without, where that cannot be told any more."""
    try:
        told = await visit.ask(DECISION, path={"decision": name})
    except ProblemError:
        return name, "", ""
    asked, text = told["asked"], visit.words.text
    kind, _, who = asked["actor"].partition(":")
    said = text("{kind} {who}: {action}").format(kind=text(kind), who=who, action=asked["action"].replace("_", " "))
    return name, said, told["verdict"]


def _story(found: IncidentView, visit: Visit) -> list[Step]:
    """Return what happened, in its order."""
    text = visit.words.text
    steps = [
        Step(found.aware, text("Somebody became aware of it"), "bad"),
        Step(found.opened, text("The incident was opened"), "", found.by),
    ]
    for each in found.reports:
        said = text("Reported to {to}" if each.complete else "Reported to {to} for a start").format(to=each.to)
        steps.append(Step(each.at, said, "good", each.by, each.reference))
    if found.closed:
        steps.append(Step(found.closed, text("Closed"), "good", "", found.outcome))
    if found.due and found.left is not None:
        late = found.state == "overdue"
        said = text("The deadline passed without a report" if late else "It must be reported by then")
        steps.append(Step(found.due, said, "bad" if late else "wait"))
    return sorted(steps, key=lambda each: each.at)


def _categories(visit: Visit) -> list[tuple[str, str]]:
    """Return how grave an incident can be, with the days within which it is reported."""
    text = visit.words.text
    found = []
    for name in get_args(IncidentClass):
        days = REPORT_WITHIN[name]
        within = text("report within {days} days").format(days=days) if days else text("no report")
        found.append((name, f"{text(_NAMES[name])}: {within}"))
    return found


async def _open(visit: Visit) -> Answer:
    body: dict[str, Any] = {
        "category": visit.field("category"),
        "summary": visit.field("summary"),
        "agent": visit.field("agent"),
        "decisions": visit.field("decisions").replace(",", " ").split(),
        "suspend": visit.field("suspend") == "yes",
    }
    aware = visit.field("aware")
    if aware:
        body["aware"] = _zoned(aware, visit)
    found = await visit.ask(OPEN, body=body)
    return Moved(_address(found.incident), visit.words.text("The incident was opened."))


async def _classify(visit: Visit) -> Answer:
    body = {"category": visit.field("category"), "note": visit.field("note")}
    return await _changed(visit, CLASSIFY, body, marked("How grave it is was noted; the deadline counts by that."))


async def _report(visit: Visit) -> Answer:
    body = {
        "to": visit.field("to"),
        "complete": visit.field("complete") == "yes",
        "reference": visit.field("reference"),
    }
    return await _changed(visit, REPORT, body, marked("The report was noted."))


async def _close(visit: Visit) -> Answer:
    return await _changed(visit, CLOSE, {"outcome": visit.field("outcome")}, marked("The incident was closed."))


async def _changed(visit: Visit, operation: str, body: dict[str, Any], said: str) -> Answer:
    found = await visit.ask(operation, path=visit.path, body=body)
    return Moved(_address(found.incident), visit.words.text(said))


def _zoned(text: str, visit: Visit) -> str:
    """Return what a date-time field holds as an RFC 3339 time; it has no zone, and means the reader's own."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=visit.words.zone)).isoformat()


def _address(name: str) -> str:
    return f"{PREFIX}/incidents/{quote(name, safe='')}"


PAGES = (
    Page(
        path="/incidents",
        title="Incidents",
        view=_list,
        within="/compliance",
        asks=(INCIDENTS,),
        live=("found",),
        common=True,
    ),
    Page(path="/incidents/{incident}", title="Incident", view=_show, within="/compliance", asks=(INCIDENT,)),
)

ACTS = (
    Act(path="/incidents", view=_open, asks=(OPEN,)),
    Act(path="/incidents/{incident}/category", view=_classify, asks=(CLASSIFY,)),
    Act(path="/incidents/{incident}/reports", view=_report, asks=(REPORT,)),
    Act(path="/incidents/{incident}/closing", view=_close, asks=(CLOSE,)),
)
