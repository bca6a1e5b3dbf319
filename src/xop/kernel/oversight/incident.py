"""Incidents: what went wrong with an AI system, by when it must be reported, and what became true of it."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.base.days import DAY
from xop.kernel.oversight.calendar import REPORT_WITHIN, IncidentClass

Origin = Literal["effect", "breaker", "report"]
"""How it came to light: an effect that differs from its decision, a halt of the platform's own, or somebody's word."""

MOST_KEPT = 200
"""Closed incidents that can still be looked at; the ledger and the log have all."""

MOST_ALIKE = 100
"""Open incidents of one cause that the platform opens by itself: what differs beyond that is in the ledger and the log only."""


class Report(Struct, frozen=True, omit_defaults=True):
    """One report of an incident to somebody who must know."""

    to: str
    """Whom: the provider, an authority, an importer."""
    at: int
    by: str
    complete: bool = True
    """Whether it is the whole report; an incomplete one may come first (Art. 73(5))."""
    reference: str = ""


class Incident(Struct, frozen=True, omit_defaults=True):
    """One incident, from the moment somebody became aware of it."""

    id: str
    category: IncidentClass
    origin: Origin
    aware_at: int
    """When the deployer became aware: every deadline counts from here. Milliseconds since the epoch."""
    opened_at: int
    by: str
    summary: str = ""
    agent: str = ""
    systems: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    """The decisions concerned: their evidence is kept, whatever retention and erasure ask."""
    invocation: str = ""
    reports: tuple[Report, ...] = ()
    overdue_at: int = 0
    """When its deadline passed without a report."""
    closed_at: int = 0
    outcome: str = ""

    @property
    def due(self) -> int:
        """By when it must be reported, in milliseconds since the epoch; 0 for never."""
        return due_of(self.category, self.aware_at)

    @property
    def reported_at(self) -> int:
        """When it was first reported; 0 when it was not."""
        return self.reports[0].at if self.reports else 0


class IncidentOpened(Struct, frozen=True, tag=True, tag_field="fact"):
    """Something went wrong with an AI system, or may have."""

    incident: Incident


class IncidentClassified(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A person said how grave it is: from then on another deadline counts."""

    incident: str
    category: IncidentClass
    by: str
    note: str = ""


class IncidentReported(Struct, frozen=True, tag=True, tag_field="fact"):
    """It was reported to somebody who must know."""

    incident: str
    report: Report


class IncidentOverdue(Struct, frozen=True, tag=True, tag_field="fact"):
    """Its deadline passed, and nobody had reported it."""

    incident: str


class IncidentClosed(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """It was dealt with."""

    incident: str
    by: str
    outcome: str = ""


class EffectDiffered(Struct, frozen=True, tag=True, tag_field="fact"):
    """What was done is not what was decided."""

    invocation: str
    action: str
    why: Literal["not_permitted", "not_under_way", "not_started", "output_unfit"]


IncidentFact = IncidentOpened | IncidentClassified | IncidentReported | IncidentOverdue | IncidentClosed


def due_of(category: IncidentClass, aware_at: int) -> int:
    """Return by when an incident must be reported, in milliseconds since the epoch; 0 for never."""
    days = REPORT_WITHIN[category]
    return aware_at + days * DAY if days else 0


def hold_name(incident: str) -> str:
    """Return what the legal hold of an incident is called."""
    return f"incident:{incident}"


def alike(incidents: Mapping[str, Incident], origin: Origin, agent: str, summary: str) -> int:
    """Return how many open incidents have the same cause."""
    known = (each for each in incidents.values() if not each.closed_at)
    return sum((each.origin, each.agent, each.summary) == (origin, agent, summary) for each in known)


def fold_incidents(incidents: dict[str, Incident], fact: IncidentFact, at: int) -> dict[str, Incident]:
    """Return the incidents with the fact applied; opening one forgets those that were closed longest ago."""
    if isinstance(fact, IncidentOpened):
        return {**_remembered(incidents), fact.incident.id: fact.incident}
    known = incidents.get(fact.incident)
    if known is None:
        return incidents
    match fact:
        case IncidentClassified():
            after = replace(known, category=fact.category, overdue_at=0)
        case IncidentReported():
            after = replace(known, reports=(*known.reports, fact.report))
        case IncidentOverdue():
            after = replace(known, overdue_at=at)
        case IncidentClosed():
            after = replace(known, closed_at=at, outcome=fact.outcome)
    return {**incidents, known.id: after}


def _remembered(incidents: dict[str, Incident]) -> dict[str, Incident]:
    closed = sorted((each for each in incidents.values() if each.closed_at), key=lambda each: (each.closed_at, each.id))
    gone = {each.id for each in closed[: max(0, len(closed) - MOST_KEPT + 1)]}
    return {name: each for name, each in incidents.items() if name not in gone} if gone else incidents
