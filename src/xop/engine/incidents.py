"""Incidents as they stand: what is open and what is late."""

from collections.abc import Iterable

from xop.engine.engine import Engine
from xop.kernel.halts.model import PLATFORM
from xop.kernel.oversight.incident import Incident


async def incidents_of(engine: Engine) -> list[Incident]:
    """Return every incident that is remembered: those whose deadline is nearest first, closed ones last."""
    platform = await engine.customer(PLATFORM)
    known: Iterable[Incident] = platform.parts[0].incidents.values() if platform is not None else ()
    return sorted(known, key=_urgency)


def incident_state(incident: Incident, at: int) -> str:
    """Return how an incident stands to its deadline at a moment; what was reported late stays so when it is closed."""
    due, reported = incident.due, incident.reported_at
    if due and reported:
        return "reported_late" if reported > due else ("closed" if incident.closed_at else "reported")
    if incident.closed_at:
        return "closed"
    return "overdue" if due and at >= due else "open"


def _urgency(incident: Incident) -> tuple[bool, bool, int, str]:
    waits = bool(incident.due and not incident.reports)
    return bool(incident.closed_at), not waits, incident.due or incident.opened_at, incident.id
