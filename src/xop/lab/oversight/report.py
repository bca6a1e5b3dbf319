"""The monthly report on the oversight of AI systems."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from statistics import median

from msgspec import Struct

from xop.engine.incidents import incident_state
from xop.kernel.arbiter.overseer import states_of
from xop.kernel.base.times import iso
from xop.kernel.oversight.incident import Incident
from xop.kernel.release import Release
from xop.lab.oversight.measures import HASTY, Measures, Request

_LAST_MONTH = 12
_ANSWERED = ("approved", "refused", "changed")


class Answers(Struct, frozen=True):
    """How people answered requests for approval of one sort."""

    asked: int
    approved: int
    refused: int
    changed: int
    """Approved as something else than was asked."""
    unanswered: int
    withdrawn: int
    stopped: int
    """Stopped or freed by the rules before anybody's word counted."""
    open: int
    approval_rate: float | None
    """Approved as asked, of those that people answered; null when nobody answered any."""
    override_rate: float | None
    """Refused or changed, of those that people answered."""
    answer_median: float | None
    """Seconds from the request to the first answer."""
    answer_p90: float | None
    hasty: int
    """Approved within ten seconds."""


class Sort(Struct, frozen=True):
    """Requests of one agent for one action, to the same roles."""

    agent: str
    action: str
    roles: list[str]
    answers: Answers


class Person(Struct, frozen=True):
    """How one person answered."""

    person: str
    answers: Answers
    probes: int
    """Known-wrong proposals they answered; these are in no other figure."""
    caught: int
    """How many of those they did not approve."""
    catch_rate: float | None


class AgentFigures(Struct, frozen=True):
    """What one agent, or what else is an AI system, asked for and what came of it."""

    agent: str
    systems: list[str]
    permitted: int
    denied: int
    held: int
    done: int
    failed: int
    uncertain: int


class Standing(Struct, frozen=True):
    """One system and the duties it does not meet."""

    system: str
    risk_class: str
    disclosures: int
    notices: int
    lacks: list[str]


class IncidentFigure(Struct, frozen=True):
    """One incident of the month."""

    incident: str
    category: str
    origin: str
    agent: str
    aware: str
    due: str
    reported: str
    state: str


class HaltFigure(Struct, frozen=True):
    """One halt of the month."""

    scope: str
    by: str
    at: str


class MonthlyReport(Struct, frozen=True):
    """How people oversaw AI systems in one month."""

    workspace: str
    month: str
    begins: str
    ends: str
    made: str
    release: str
    total: Answers
    sorts: list[Sort]
    people: list[Person]
    agents: list[AgentFigures]
    systems: list[Standing]
    incidents: list[IncidentFigure]
    halts: list[HaltFigure]
    overridden: int
    """Effects that a person settled in place of the machine."""
    differing: int
    """Effects that differ from their decision."""


def month_of(text: str) -> tuple[int, int]:
    """Return when a month such as `2026-11` begins and ends in UTC, in milliseconds; raises ValueError for no month."""
    begins = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    over = begins.month == _LAST_MONTH
    ends = begins.replace(year=begins.year + over, month=1 if over else begins.month + 1)
    return int(begins.timestamp() * 1000), int(ends.timestamp() * 1000)


def report(month: str, release: Release, measures: Measures, incidents: Sequence[Incident], at: int) -> MonthlyReport:
    """Return the report on what was measured of a month, made at a moment."""
    requests = list(measures.requests.values())
    sorts = sorted({(each.agent, each.action, each.roles) for each in requests})
    people = sorted({person for each in requests for person in each.by} | {by for by, _ in measures.probes})
    opened = set(measures.incidents)
    return MonthlyReport(
        workspace=release.name,
        month=month,
        begins=iso(measures.since),
        ends=iso(measures.until),
        made=iso(at),
        release=release.digest,
        total=_answers(requests),
        sorts=[
            Sort(*sort[:2], list(sort[2]), _answers(r for r in requests if (r.agent, r.action, r.roles) == sort))
            for sort in sorts
        ],
        people=[_person(person, [each for each in requests if person in each.by], measures) for person in people],
        agents=_agents(release, measures),
        systems=_systems(release, measures, min(at, measures.until - 1)),
        incidents=[_incident(each, at) for each in incidents if each.id in opened],
        halts=[HaltFigure(each.halted.scope, each.halted.by, iso(each.halted.at)) for each in measures.halts],
        overridden=measures.overridden,
        differing=measures.differing,
    )


def _person(person: str, requests: Sequence[Request], measures: Measures) -> Person:
    caught, missed = measures.probes[person, True], measures.probes[person, False]
    probes = caught + missed
    return Person(person, _answers(requests), probes, caught, round(caught / probes, 4) if probes else None)


def _answers(requests: Iterable[Request]) -> Answers:
    requests = list(requests)
    count = {name: sum(each.ending == name for each in requests) for name in _ENDINGS}
    answered = sum(count[name] for name in _ANSWERED)
    waits = sorted(each.answered_at - each.opened_at for each in requests if each.answered_at)
    hasty = [each for each in requests if each.ending == "approved" and each.answered_at - each.opened_at < HASTY]
    return Answers(
        asked=len(requests),
        approved=count["approved"],
        refused=count["refused"],
        changed=count["changed"],
        unanswered=count["unanswered"],
        withdrawn=count["withdrawn"],
        stopped=count["stopped"],
        open=count[""],
        approval_rate=round(count["approved"] / answered, 4) if answered else None,
        override_rate=round((count["refused"] + count["changed"]) / answered, 4) if answered else None,
        answer_median=round(median(waits) / 1000, 3) if waits else None,
        answer_p90=round(waits[(len(waits) * 9 + 9) // 10 - 1] / 1000, 3) if waits else None,
        hasty=len(hasty),
    )


_ENDINGS = (*_ANSWERED, "unanswered", "withdrawn", "stopped", "")


def _agents(release: Release, measures: Measures) -> list[AgentFigures]:
    names = sorted({agent for agent, _ in (*measures.verdicts, *measures.effects)})
    verdicts, effects, register = measures.verdicts, measures.effects, release.register
    return [
        AgentFigures(
            agent=name,
            systems=list(register.governing([name])) if register is not None else [],
            permitted=verdicts[name, "permit"],
            denied=verdicts[name, "deny"],
            held=verdicts[name, "hold"],
            done=effects[name, "done"],
            failed=effects[name, "failed"],
            uncertain=effects[name, "uncertain"],
        )
        for name in names
    ]


def _systems(release: Release, measures: Measures, at: int) -> list[Standing]:
    register = release.register
    if register is None:
        return []
    return [
        Standing(
            name,
            system.risk_class,
            measures.told[name, "disclosure"],
            measures.told[name, "notice"],
            [f"{each.article}: {each.lacks}" for each in states_of(release, name, at) if each.lacks],
        )
        for name, system in register.file.systems.items()
    ]


def _incident(incident: Incident, at: int) -> IncidentFigure:
    return IncidentFigure(
        incident.id,
        incident.category,
        incident.origin,
        incident.agent,
        iso(incident.aware_at),
        iso(incident.due) if incident.due else "",
        iso(incident.reported_at) if incident.reported_at else "",
        incident_state(incident, at).replace("_", " "),
    )
