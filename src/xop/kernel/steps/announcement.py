"""Announcements: signals of the platform's own about what became true, for journeys and triggers to hear."""

from typing import Any

from xop.kernel.base.actor import SYSTEM, Actor
from xop.kernel.base.ids import derive
from xop.kernel.commands import Signal
from xop.kernel.effects import Schedule
from xop.kernel.release import Release
from xop.kernel.steps.draft import Draft

OWN = (
    "xop.segment.",
    "xop.approval.",
    "xop.handover.",
    "xop.consent.changed",
    "xop.consent.expired",
    "xop.erasure.",
    "xop.incident.",
)
"""How the types of signals begin that only the platform sends."""


def is_own(actor: Actor) -> bool:
    """Say whether an actor is a trigger that hears the platform's own signals: what comes of it is announced to nobody."""
    return actor.kind == "trigger" and actor.id.startswith(OWN)


def announce(release: Release, draft: Draft, kind: str, data: dict[str, Any], cause: str) -> None:
    """Send a signal of the platform's own about a draft's part, if anything hears it; `cause` makes its id its own."""
    compiled = release.signals.get(kind)
    if kind in release.routes.heard or (compiled is not None and compiled.changes):
        name = derive("own", kind, cause, draft.part.id)
        draft.ask(Schedule(name, draft.moment.at, Signal(name, kind, "xop", draft.moment.at, SYSTEM, data=data)))
