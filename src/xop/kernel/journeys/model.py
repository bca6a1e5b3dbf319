"""Journeys as a workspace declares them: a map of named steps, who enters and what ends them.

Text values are templates, as in signal types; conditions and templates may read `customer`, `run` and `now`, and
`signal` where a signal is at hand.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.actions.model import Name
from xop.kernel.base.spans import Span

END = "end"
"""The target that ends a run."""

JOIN = "join"
"""The target that ends one path of a parallel step."""

Target = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="The name of a step, `end` to end the run, or `join` to end one path of a parallel step.",
    ),
]

Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="A local time such as `09:00`.")]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Reentry = Annotated[
    str,
    Meta(
        pattern=r"^(once|after_end|always|[0-9]{1,9}(ms|s|m|h|d|w))$",
        description="`once` in a lifetime, `after_end` of the run before, `always`, or a span since the last entry.",
    ),
]

Reaction = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="`wait` until it is settled, `skip` to the next step, `end` the run, or the step to go on with.",
    ),
]


class Schedule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Enter at a local clock time for as long as the customer is in a segment."""

    segment: Name
    at: Clock
    days: tuple[Weekday, ...] = ()
    """The weekdays; every day when empty."""


class EntryRule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"sets": "set"}):
    """One way into a journey: exactly one of `signal`, `segment`, `schedule` and `api`."""

    signal: str | None = None
    """A signal type; `when`, `key` and `set` may read `signal`."""
    segment: Name | None = None
    """A segment, when the customer enters it."""
    schedule: Schedule | None = None
    api: bool = False
    """Whoever is granted the journey may enter customers; `signal.data` is what they give."""
    when: str | None = None
    """A CEL condition."""
    key: str = ""
    """What a run is about besides the customer, such as an invoice: one run each. A template."""
    sets: dict[Name, Any] = {}
    """The run's variables at the beginning; templates."""


class Ending(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A goal or an exit: a signal, a condition over `customer`, `run` and `now`, or both together."""

    signal: str | None = None
    when: str | None = None
    description: str = ""


class ProposeStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Propose an action; the step is over when it was carried out."""

    action: Name
    denied: Reaction
    """What to do when the arbiter refuses it, at whatever moment; `wait` tries again after `again`."""
    held: Reaction
    """What to do while it is held; `wait` waits for the outcome, anything else lets the held proposal run on alone."""
    arguments: dict[str, Any] = {}
    purpose: str | None = None
    failed: Reaction | None = None
    """What to do when it could not be carried out; as `denied` when not given."""
    again: Span = "1d"
    """How long `denied: wait` waits before it proposes again."""
    most: Annotated[int, Meta(ge=1, le=100)] = 3
    """How often it is proposed at most; then it goes on as if `denied: skip`."""
    until: Literal["permitted", "done"] = "done"
    """Whether the step is over when the proposal is permitted, or when it was carried out."""


class ChooseStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"decision_set": "from"}):
    """Ask a decision set for the next best action and propose it."""

    decision_set: Name
    nothing: Reaction
    """What to do when nothing is the best."""
    denied: Reaction
    held: Reaction
    failed: Reaction | None = None
    again: Span = "1d"
    most: Annotated[int, Meta(ge=1, le=100)] = 3
    chosen: dict[Name, Target] = {}
    """Where to go on by the name of the candidate that won, once it was carried out; else to the next step."""


class WaitStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"span": "for"}):
    """Wait for a span of time, until a local clock time, or both one after the other."""

    span: Span | None = None
    until: Clock | None = None
    days: tuple[Weekday, ...] = ()
    """The weekdays that `until` may fall on; any when empty."""
    moment: str = ""
    """A template of an RFC 3339 time or of milliseconds since the epoch to wait for instead."""


class Awaited(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"sets": "set"}):
    """One signal that ends a wait."""

    signal: str
    go: Target | None = None
    """Where to go on; the next step when not given."""
    when: str | None = None
    sets: dict[Name, Any] = {}
    """Variables of the run to set; may read `signal`."""


class WaitForStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Wait for the first of some signals, for a span at most."""

    signals: Annotated[tuple[Awaited, ...], Meta(min_length=1)]
    within: Span
    late: Target
    """Where to go on when none of them came."""


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """One way out of a branch."""

    when: str
    go: Target


class BranchStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Go on with the first case whose condition holds; one that cannot be answered does not hold, and is noted."""

    cases: Annotated[tuple[Case, ...], Meta(min_length=1)]
    otherwise: Target


class Share(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One arm of a split."""

    name: Name
    weight: Annotated[float, Meta(gt=0)]
    go: Target
    control: bool = False
    """Whether it is the group that the others are compared with."""


class SplitStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Divide customers by chance, the same customer always the same way."""

    shares: Annotated[tuple[Share, ...], Meta(min_length=2)]
    salt: str = ""
    """Splits with the same salt divide customers alike; the journey's and the step's name when empty."""


class ParallelStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Go several ways at once; each ends with the target `join`."""

    paths: Annotated[tuple[Name, ...], Meta(min_length=2, max_length=16)]
    join: Literal["all", "any"] = "all"
    """Whether to go on when all paths have ended, or when the first has: the others are given up then."""


class CallStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"sets": "set"}):
    """Go through another journey and come back."""

    journey: Name
    sets: dict[Name, Any] = {}
    """Its variables at the beginning; templates."""
    ended: dict[Name, Target] = {}
    """Where to go on by its outcome; else to the next step."""


class AskStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Ask a person; their answer says where to go on."""

    role: Name
    question: str
    options: Annotated[dict[Name, Target], Meta(min_length=1)]
    within: Span
    late: Target
    """Where to go on when nobody has answered."""


class HandoverStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Hand the customer over to people, until they hand back: to whoever has a role, or by a packet in a queue."""

    reason: str
    within: Span
    late: Target
    """Where to go on when nobody has handed back."""
    role: Name = ""
    """Who takes the customer, where no queue is named."""
    queue: Name = ""
    """The queue in which the handover waits."""
    conversation: str = ""
    """The conversation that is handed over; a template. None for a customer who is in none."""
    intent: str = ""
    """What the customer wants; a template."""
    urgent: bool = False
    outcomes: dict[Name, Target] = {}
    """Where to go on by the outcome it is handed back with; else to the next step. `nobody` and `promised` are those of a
    handover that nobody took, which else goes where it would if late."""


class EndStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """End the run."""

    outcome: Name = "done"


class JourneyStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"sets": "set"}):
    """One step: exactly one of the kinds, and where to go on."""

    description: str = ""
    propose: ProposeStep | None = None
    choose: ChooseStep | None = None
    wait: WaitStep | None = None
    wait_for: WaitForStep | None = None
    branch: BranchStep | None = None
    split: SplitStep | None = None
    parallel: ParallelStep | None = None
    call: CallStep | None = None
    ask: AskStep | None = None
    handover: HandoverStep | None = None
    sets: dict[Name, Any] | None = None
    """Variables of the run to set; templates."""
    end: EndStep | None = None
    next: Target | None = None
    """Where to go on; the step below when not given, and the end after the last."""


KINDS = tuple(name for name in JourneyStep.__struct_fields__ if name not in {"description", "next"})
"""The kinds of step, by field."""


class Journey(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A journey: who enters, the steps, and what ends it early."""

    name: Name
    description: str
    steps: Annotated[dict[Name, JourneyStep], Meta(min_length=1, max_length=500)]
    """The first is where runs begin."""
    entries: tuple[EntryRule, ...] = ()
    """None for a journey that only others call."""
    reentry: Reentry = "after_end"
    priority: Annotated[int, Meta(ge=0, le=100)] = 50
    """Which journey gives way when a customer is in as many as the workspace lets them be."""
    counted: bool = True
    """Whether its runs count against that limit; service journeys should not."""
    goal: Ending | None = None
    """What the journey is for: reached, it ends with the outcome `goal`."""
    exits: dict[Name, Ending] = {}
    """What ends it early; the outcome is the exit's name."""
    longest: Span | None = None
    """How long a run may take; then it ends with the outcome `expired`. As long as its steps last when not given."""
