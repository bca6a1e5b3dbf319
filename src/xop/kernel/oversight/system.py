"""The register of AI systems as a workspace writes it: `systems.yaml`."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.base.days import Day
from xop.kernel.base.risks import RiskClass
from xop.kernel.oversight.calendar import Duty

Name = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="Lower-case letters, digits and `_`, beginning with a letter."),
]
Words = Annotated[str, Meta(min_length=1, max_length=4000, description="A sentence or a few.")]
Language = Annotated[
    str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="A language such as `en` or `de-AT`.")
]
Covered = Annotated[
    str,
    Meta(
        pattern=r"^(agent|decision_set|journey|action):[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Write `agent:`, `decision_set:`, `journey:` or `action:` and a name.",
    ),
]


class Deployer(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who uses the systems."""

    name: Words
    contact: Words
    """Where people turn to with questions about what a system had a part in."""
    public_service: bool = False
    """Whether it is a public body, or a private one that provides public services."""


class Instructions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The instructions for use that the provider gave."""

    id: Words
    version: Words


class Assessment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An assessment of the impact on fundamental rights, with its six elements (Art. 27(1))."""

    process: Words
    """(a) The processes in which the system is used, in line with its intended purpose."""
    period: Words
    """(b) How long and how often it is used."""
    people: Words
    """(c) The categories of persons and groups likely to be affected."""
    risks: Words
    """(d) The specific risks of harm to them."""
    oversight: Words
    """(e) How human oversight is carried out, according to the instructions for use."""
    measures: Words
    """(f) What is done when the risks come true: governance and complaints included."""
    performed: Day
    valid_until: Day
    """The last day on which it is current; then it is looked at again."""
    authority_notified: Day | None = None
    """When the market surveillance authority was told of the results."""
    reference: str = ""
    """Where the whole of it is kept."""


class System(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One AI system: what of the workspace it is, what it is for and what was done about it."""

    covers: Annotated[tuple[Covered, ...], Meta(min_length=1)]
    """What of the workspace it is: agents, decision sets, journeys, and actions whose other side is an AI."""
    provider: Words
    purpose: Words
    """The purpose it is intended for."""
    risk_class: RiskClass
    rationale: Words
    """Why it is of this class."""
    role: Literal["provider", "deployer"] = "deployer"
    """What the enterprise is to it."""
    model: str = ""
    version: str = ""
    oversight: tuple[Words, ...] = ()
    """What people do to oversee it."""
    instructions: Instructions | None = None
    assessment: Assessment | None = None
    disclosure: Name | None = None
    """The text that says that it is an AI, and on whose behalf it acts."""
    notice: Name | None = None
    """The text that tells people that a high-risk system takes part in a decision about them."""
    placed: Day | None = None
    """When it was placed on the market."""
    in_use_since: Day | None = None


class Wording(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A text that people are given, in one or more languages."""

    kind: Literal["disclosure", "notice"]
    version: Annotated[int, Meta(ge=1, lt=2**53)]
    """Raised whenever those who were given it before should be given it again."""
    languages: Annotated[dict[Language, Words], Meta(min_length=1)]


class Probe(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A known-wrong proposal that people who look at it refuse; it is never carried out."""

    agent: Name
    """The agent it seems to come from."""
    action: Name
    wrong: Words
    """Why it is to be refused."""
    arguments: dict[str, Any] = {}
    conversation: Annotated[str, Meta(max_length=256)] = ""
    """In which conversation it seems to be made; when empty, the customer's open one with the agent, if there is one."""


class Systems(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The register of AI systems of a workspace, with the texts that people are given."""

    deployer: Deployer
    systems: dict[Name, System] = {}
    texts: dict[Name, Wording] = {}
    probes: dict[Name, Probe] = {}
    """Known-wrong proposals, to see whether people who approve look at what they approve."""
    effective_from: dict[Duty, Day] = {}
    """From when a duty binds, where that is earlier than the law asks."""
