"""Incidents: commands about the platform itself, and how the platform opens one on its own."""

from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import SYSTEM, Actor
from xop.kernel.base.ids import derive
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Signal
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Schedule, Unschedule
from xop.kernel.facts import (
    EffectDiffered,
    HaltImposed,
    IncidentClassified,
    IncidentClosed,
    IncidentOpened,
    IncidentOverdue,
    IncidentReported,
)
from xop.kernel.halts.model import PLATFORM, Halted
from xop.kernel.moment import Moment
from xop.kernel.oversight.commands import (
    ClassifyIncident,
    CloseIncident,
    OpenIncident,
    RemindIncident,
    ReportIncident,
)
from xop.kernel.oversight.incident import MOST_ALIKE, Incident, Report, alike
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.announcement import announce
from xop.kernel.steps.draft import Draft

PERSON = Refusal("incident-person", "only a person may say this of an incident", "ask an operator")

CLOSED = "incident-closed"

HARM = "xop.harm.reported"
"""The signal by which a source tells of a harm to a customer."""

OVERDUE = "xop.incident.overdue"
"""The signal by which the platform tells that an incident was not reported in time."""


def open_incident(release: Release, customer: Customer, command: OpenIncident, moment: Moment) -> Step:
    """Open an incident: its deadline counts from when somebody became aware, and the agent is halted if that is asked."""
    if command.aware_at > moment.at:
        cause = "nobody becomes aware of an incident before it is told of"
        return Step(refusal=Refusal("incident-time", cause, "give the moment at which you became aware"))
    if command.agent and command.agent not in {str(actor) for actor in release.principals}:
        known = ", ".join(sorted(str(actor) for actor in release.principals if actor.kind == "agent")) or "none"
        cause = f"there is no agent {command.agent!r}"
        return Step(refusal=Refusal("incident-agent", cause, f"name one of: {known}"))
    if command.suspend and not command.agent:
        cause = "nobody is named who could be suspended"
        return Step(refusal=Refusal("incident-agent", cause, "name the agent, as `agent:name`"))
    draft = Draft(customer, moment)
    if command.origin == "effect" and _are_enough(draft, command):
        return draft.step()
    incident = incident_of(release, command, moment)
    draft.add(IncidentOpened(incident))
    _watch(draft, incident)
    if command.suspend and command.agent not in draft.part.halts:
        draft.add(HaltImposed(Halted(command.agent, str(command.actor), moment.at, f"incident {incident.id}")))
    return draft.step()


def incident_of(release: Release, command: OpenIncident, moment: Moment) -> Incident:
    """Return the incident that a command opens."""
    register = release.register
    systems = register.governing([command.agent]) if register is not None and command.agent else ()
    return Incident(
        id=derive("inc", command.id),
        category=command.category,
        origin=command.origin,
        aware_at=command.aware_at or moment.at,
        opened_at=moment.at,
        by=str(command.actor),
        summary=command.summary,
        agent=command.agent,
        systems=systems,
        keeps=command.decisions,
        invocation=command.invocation,
    )


def classify_incident(_release: Release, customer: Customer, command: ClassifyIncident, moment: Moment) -> Step:
    """Take a person's word on how grave an incident is; the deadline still counts from when they became aware."""
    draft = Draft(customer, moment)
    incident = _open(draft, command.incident)
    if isinstance(incident, Refusal) or command.actor.kind != "operator":
        return Step(refusal=incident if isinstance(incident, Refusal) else PERSON)
    if incident.category != command.category:
        draft.add(IncidentClassified(incident.id, command.category, str(command.actor), command.note))
        _watch(draft, draft.part.incidents[incident.id])
    return draft.step()


def report_incident(_release: Release, customer: Customer, command: ReportIncident, moment: Moment) -> Step:
    """Note that an incident was reported; late is late, and yet reported."""
    draft = Draft(customer, moment)
    incident = draft.part.incidents.get(command.incident)
    if incident is None or command.actor.kind != "operator":
        return Step(refusal=_unknown(draft, command.incident) if incident is None else PERSON)
    report = Report(command.to, moment.at, str(command.actor), command.complete, command.reference)
    draft.add(IncidentReported(incident.id, report))
    draft.ask(Unschedule(deadline_key(incident.id)))
    return draft.step()


def remind_incident(release: Release, customer: Customer, command: RemindIncident, moment: Moment) -> Step:
    """Note that a deadline passed without a report, and tell those who listen."""
    draft = Draft(customer, moment)
    incident = draft.part.incidents.get(command.incident)
    if incident is not None and incident.due == command.due and not incident.reports and not incident.closed_at:
        draft.add(IncidentOverdue(incident.id))
        told = {"incident": incident.id, "category": incident.category, "due": iso(incident.due)}
        announce(release, draft, OVERDUE, told | ({"agent": incident.agent} if incident.agent else {}), command.id)
    return draft.step()


def close_incident(_release: Release, customer: Customer, command: CloseIncident, moment: Moment) -> Step:
    """Take a person's word that an incident was dealt with; one that must be reported is reported first."""
    draft = Draft(customer, moment)
    incident = _open(draft, command.incident)
    if isinstance(incident, Refusal) or command.actor.kind != "operator":
        return Step(refusal=incident if isinstance(incident, Refusal) else PERSON)
    if incident.due and not any(each.complete for each in incident.reports):
        cause = "it must be reported in full before it is closed"
        remedy = "report it, or classify it as `other` if it turned out to be none"
        return Step(refusal=Refusal("incident-unreported", cause, remedy))
    draft.add(IncidentClosed(incident.id, str(command.actor), command.outcome))
    draft.ask(Unschedule(deadline_key(incident.id)))
    return draft.step()


def deadline_key(incident: str) -> str:
    """Return the key of the timer that ends the time for a report."""
    return f"report:{incident}"


def open_for_halt(release: Release, draft: Draft, scope: str, reason: str, cause: str) -> None:
    """Open an incident for a halt that the platform imposed on its own."""
    if release.register is None:
        return
    agent = scope if scope.startswith("agent:") else ""
    command = OpenIncident(f"incident:{cause}", SYSTEM, "other", "breaker", reason, agent)
    draft.add(IncidentOpened(incident_of(release, command, draft.moment)))


def report_harm(release: Release, draft: Draft, signal: Signal) -> None:
    """Open an incident for a harm that a source tells of; whom it befell is told by the decision, not by the incident."""
    agent = str(signal.data.get("agent", ""))
    name = f"incident:{signal.id}"
    command = OpenIncident(
        name,
        signal.actor,
        signal.data["category"],
        summary=f"a harm that {signal.source} told of",
        agent=agent if agent in {str(actor) for actor in release.principals} else "",
        decisions=(str(signal.data["decision"]),) if "decision" in signal.data else (),
    )
    draft.ask(Schedule(name, draft.moment.at, command, part=PLATFORM))


def look_into_effect(release: Release, draft: Draft, invocation: Invocation, output: object) -> None:
    """Open an incident when what came of a permitted invocation is not what its contract promises."""
    compiled = release.actions.get(invocation.action) if release.register is not None else None
    if compiled is None or compiled.output_misfit is None or compiled.output_misfit(output) is None:
        return
    differ(release, draft, invocation, EffectDiffered(invocation.id, invocation.action, "output_unfit"))


def differ(release: Release, draft: Draft, invocation: Invocation | None, fact: EffectDiffered) -> None:
    """Note that an effect differs from its decision, and have the platform open an incident."""
    register = release.register
    if register is None:
        return
    draft.add(fact)
    agent = _agent(invocation) if invocation is not None else None
    decided = (invocation.decision,) if invocation is not None and invocation.decision else ()
    name = f"incident:{fact.invocation}:{fact.why}"
    command = OpenIncident(
        name,
        SYSTEM,
        "other",
        "effect",
        f"{fact.action or 'an action'}: {_WHY[fact.why]}",
        str(agent) if agent is not None and agent in release.principals else "",
        decided,
        fact.invocation,
    )
    draft.ask(Schedule(name, draft.moment.at, command, part=PLATFORM))


_WHY = {
    "not_permitted": "it was carried out although it was not permitted",
    "not_under_way": "it was carried out although nothing of the kind was under way",
    "not_started": "it was carried out before it was let go",
    "output_unfit": "what came of it is not what its contract promises",
}


def _agent(invocation: Invocation) -> Actor | None:
    return next((each for each in (invocation.asked_by, invocation.actor) if each and each.kind == "agent"), None)


def _watch(draft: Draft, incident: Incident) -> None:
    """Have the deadline of an incident watched, as long as nobody has reported it."""
    if not incident.due or incident.reports:
        draft.ask(Unschedule(deadline_key(incident.id)))
        return
    due = max(incident.due, draft.moment.at)
    reminder = RemindIncident(f"remind:{incident.id}:{incident.due}", incident.id, incident.due)
    draft.ask(Schedule(deadline_key(incident.id), due, reminder))


def _open(draft: Draft, name: str) -> Incident | Refusal:
    incident = draft.part.incidents.get(name)
    if incident is None:
        return _unknown(draft, name)
    if incident.closed_at:
        return Refusal(CLOSED, f"the incident {name!r} is closed", "open another one if it happened again")
    return incident


def _are_enough(draft: Draft, command: OpenIncident) -> bool:
    return alike(draft.part.incidents, command.origin, command.agent, command.summary) >= MOST_ALIKE


def _unknown(draft: Draft, name: str) -> Refusal:
    known = ", ".join(sorted(draft.part.incidents)[-5:]) or "there is none"
    return Refusal("incident-unknown", f"there is no incident {name!r}", f"look at the list of incidents: {known}")
