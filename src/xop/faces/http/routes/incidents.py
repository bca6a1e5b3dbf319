"""Incidents: opening, classifying, reporting and closing them, each against its deadline."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.engine.incidents import incident_state, incidents_of
from xop.faces.http.arrival import Time, moment_named
from xop.faces.http.commanding import IDEMPOTENCY_KEY, ShortText, Text, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.base.times import iso
from xop.kernel.commands import Command
from xop.kernel.facts import IncidentOpened
from xop.kernel.halts.model import PLATFORM
from xop.kernel.oversight.calendar import IncidentClass
from xop.kernel.oversight.commands import ClassifyIncident, CloseIncident, OpenIncident, ReportIncident
from xop.kernel.oversight.incident import Incident

INCIDENT = "An incident of the list."


class ReportView(Struct, frozen=True):
    """One report of an incident."""

    to: str
    at: str
    by: str
    complete: bool
    reference: str


class IncidentView(Struct, frozen=True):
    """One incident, and how it stands to its deadline."""

    incident: str
    category: str
    origin: str
    state: str
    """`open`, `overdue`, `reported` in time, `reported_late`, or `closed`."""
    aware: str
    due: str | None
    """By when it must be reported; null for never."""
    left: int | None
    """Seconds until then, negative when it is over; null when it is reported, closed or need not be."""
    opened: str
    by: str
    summary: str
    agent: str
    systems: list[str]
    keeps: list[str]
    """The decisions whose evidence is kept for it."""
    invocation: str
    reports: list[ReportView]
    closed: str | None
    outcome: str


class IncidentList(Struct, frozen=True):
    """Incidents, those whose deadline is nearest first."""

    incidents: list[IncidentView]


class IncidentRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What went wrong, or may have."""

    category: IncidentClass
    """`death`: 10 days to report; `widespread` or critical infrastructure: 2; `serious`: 15; `other`: no report."""
    summary: Text = ""
    """What happened, without names of persons: decisions lead to them."""
    agent: ShortText = ""
    """The agent concerned, as `agent:name`."""
    decisions: Annotated[tuple[ShortText, ...], Meta(max_length=100)] = ()
    """The decisions concerned: their evidence is kept."""
    aware: Time | None = None
    """When you became aware, as an RFC 3339 time; now when left out."""
    suspend: bool = False
    """Whether the agent is halted at once."""


class ClassRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """How grave it is."""

    category: IncidentClass
    note: Text = ""


class ReportRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """To whom it was reported."""

    to: Annotated[str, Meta(min_length=1, max_length=400)]
    complete: bool = True
    """Whether it is the whole report; an incomplete one may come first."""
    reference: ShortText = ""


class CloseRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of it."""

    outcome: Text = ""


class IncidentQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which incidents to list."""

    state: Literal["all", "open"] = "open"
    """`open` for those that are not closed."""


async def _list(call: Call) -> Reply:
    known = await incidents_of(call.platform.engine)
    wanted = [each for each in known if call.query.state == "all" or not each.closed_at]
    at = call.platform.runtime.clock.now()
    return Reply(IncidentList([_view(each, at) for each in wanted]))


async def _show(call: Call) -> Reply:
    return Reply(await _known(call, call.path["incident"]))


async def _open(call: Call) -> Reply:
    asked: IncidentRequest = call.body
    command = OpenIncident(
        command_name(call, "incident"),
        call.actor,
        asked.category,
        "report",
        asked.summary,
        asked.agent,
        asked.decisions,
        aware_at=moment_named(asked.aware) if asked.aware is not None else 0,
        suspend=asked.suspend,
    )
    answer = await submit(call, command, PLATFORM)
    facts = answer.entry.facts if answer.entry is not None else ()
    name = next((fact.incident.id for fact in facts if isinstance(fact, IncidentOpened)), "")
    return Reply(await _known(call, name))


async def _classify(call: Call) -> Reply:
    asked: ClassRequest = call.body
    name = call.path["incident"]
    return await _change(
        call, ClassifyIncident(command_name(call, "classify"), call.actor, name, asked.category, asked.note)
    )


async def _report(call: Call) -> Reply:
    asked: ReportRequest = call.body
    name = command_name(call, "report")
    return await _change(
        call, ReportIncident(name, call.actor, call.path["incident"], asked.to, asked.complete, asked.reference)
    )


async def _close(call: Call) -> Reply:
    asked: CloseRequest = call.body
    return await _change(
        call, CloseIncident(command_name(call, "close"), call.actor, call.path["incident"], asked.outcome)
    )


async def _change(call: Call, command: Command) -> Reply:
    await submit(call, command, PLATFORM)
    return Reply(await _known(call, call.path["incident"]))


async def _known(call: Call, name: str) -> IncidentView:
    known = {each.id: each for each in await incidents_of(call.platform.engine)}
    if name not in known:
        raise ProblemError("incident-unknown", f"there is no incident {name[:64]!r}")
    return _view(known[name], call.platform.runtime.clock.now())


def _view(incident: Incident, at: int) -> IncidentView:
    due, waits = incident.due, bool(incident.due and not incident.reports and not incident.closed_at)
    return IncidentView(
        incident=incident.id,
        category=incident.category,
        origin=incident.origin,
        state=incident_state(incident, at),
        aware=iso(incident.aware_at),
        due=iso(due) if due else None,
        left=(due - at) // 1000 if waits else None,
        opened=iso(incident.opened_at),
        by=incident.by,
        summary=incident.summary,
        agent=incident.agent,
        systems=list(incident.systems),
        keeps=list(incident.keeps),
        invocation=incident.invocation,
        reports=[
            ReportView(each.to, iso(each.at), each.by, each.complete, each.reference) for each in incident.reports
        ],
        closed=iso(incident.closed_at) if incident.closed_at else None,
        outcome=incident.outcome,
    )


_CHANGES = ("incident-unknown", "incident-closed", "incident-person", "command-conflict")

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/incidents",
        summary="List incidents",
        handler=_list,
        scope="decisions:read",
        query=IncidentQuery,
        answers=(Content(JSON, IncidentList),),
    ),
    Operation(
        method="GET",
        path="/v1/incidents/{incident}",
        summary="Look at one incident",
        handler=_show,
        scope="decisions:read",
        parameters={"incident": INCIDENT},
        answers=(Content(JSON, IncidentView),),
        problems=("incident-unknown",),
    ),
    Operation(
        method="POST",
        path="/v1/incidents",
        summary="Open an incident",
        description="Its deadline counts from when somebody became aware; the evidence of its decisions is kept.",
        handler=_open,
        scope="halts:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, IncidentRequest),),
        answers=(Content(JSON, IncidentView),),
        problems=("incident-agent", "incident-time", "incident-unknown", "time-unreadable", "command-conflict"),
    ),
    Operation(
        method="POST",
        path="/v1/incidents/{incident}/category",
        summary="Say how grave an incident is",
        handler=_classify,
        scope="halts:write",
        parameters={"incident": INCIDENT},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ClassRequest),),
        answers=(Content(JSON, IncidentView),),
        problems=_CHANGES,
    ),
    Operation(
        method="POST",
        path="/v1/incidents/{incident}/reports",
        summary="Record that an incident was reported",
        handler=_report,
        scope="halts:write",
        parameters={"incident": INCIDENT},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ReportRequest),),
        answers=(Content(JSON, IncidentView),),
        problems=_CHANGES,
    ),
    Operation(
        method="POST",
        path="/v1/incidents/{incident}/closing",
        summary="Close an incident that was dealt with",
        handler=_close,
        scope="halts:write",
        parameters={"incident": INCIDENT},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, CloseRequest),),
        answers=(Content(JSON, IncidentView),),
        problems=(*_CHANGES, "incident-unreported"),
    ),
)
