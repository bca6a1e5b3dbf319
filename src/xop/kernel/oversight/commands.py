"""Commands about oversight: what customers were told of AI, and incidents, which are about the platform itself."""

from msgspec import Struct

from xop.kernel.base.actor import Actor
from xop.kernel.oversight.calendar import IncidentClass
from xop.kernel.oversight.incident import Origin


class Inform(Struct, frozen=True, tag="inform", tag_field="command", omit_defaults=True):
    """The word that a customer was given a text about AI: who it is they deal with, or that it takes part in a decision."""

    id: str
    actor: Actor
    text: str
    """The name of the text in systems.yaml."""
    language: str
    system: str = ""
    """The system it is about; every one of the actor's that gives this text when empty."""
    conversation: str = ""
    channel: str = ""


class SeedProbe(Struct, frozen=True, tag="seed_probe", tag_field="command"):
    """The wish to put a known-wrong proposal about a customer among the requests for approval."""

    id: str
    actor: Actor
    probe: str
    """Its name in systems.yaml."""


class OpenIncident(Struct, frozen=True, tag="open_incident", tag_field="command", omit_defaults=True):
    """The word that something went wrong with an AI system, or may have; about the platform itself."""

    id: str
    actor: Actor
    category: IncidentClass
    origin: Origin = "report"
    summary: str = ""
    agent: str = ""
    """The agent concerned, as `agent:name`."""
    decisions: tuple[str, ...] = ()
    invocation: str = ""
    aware_at: int = 0
    """When somebody became aware, in milliseconds since the epoch; the moment of the command when 0."""
    suspend: bool = False
    """Whether the agent is halted at once."""


class ClassifyIncident(Struct, frozen=True, tag="classify_incident", tag_field="command", omit_defaults=True):
    """A person's word on how grave an incident is."""

    id: str
    actor: Actor
    incident: str
    category: IncidentClass
    note: str = ""


class ReportIncident(Struct, frozen=True, tag="report_incident", tag_field="command", omit_defaults=True):
    """The word that an incident was reported to somebody who must know."""

    id: str
    actor: Actor
    incident: str
    to: str
    complete: bool = True
    reference: str = ""


class RemindIncident(Struct, frozen=True, tag="remind_incident", tag_field="command"):
    """The moment by which an incident had to be reported."""

    id: str
    incident: str
    due: int
    """Another deadline, which is over at another moment, is not meant."""


class CloseIncident(Struct, frozen=True, tag="close_incident", tag_field="command", omit_defaults=True):
    """A person's word that an incident was dealt with."""

    id: str
    actor: Actor
    incident: str
    outcome: str = ""


INCIDENT_COMMANDS = (OpenIncident, ClassifyIncident, ReportIncident, RemindIncident, CloseIncident)
"""Commands about incidents: all are about the platform itself."""
