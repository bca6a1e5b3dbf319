"""What became true of a run."""

from typing import Any

from msgspec import Struct

from xop.kernel.base.actor import Actor
from xop.kernel.journeys.run import NOT_REMEMBERED, Token, Waiting


class RunEntered(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A customer entered a journey."""

    run: str
    journey: str
    version: str
    by: str
    """What led to it: `signal`, `segment`, `schedule`, `api`, `call` or `action`."""
    key: str = ""
    vars: dict[str, Any] = {}
    remembered_until: int = NOT_REMEMBERED
    """Until when the re-entry rule must know of it, in milliseconds since the epoch; 0 for ever, -1 not at all."""
    caller: str = ""
    caller_token: int = -1
    asked_by: Actor | None = None
    """Whoever asked for the entry: their own limits hold for what the run proposes."""
    conversation: str | None = None
    """The interaction in which they asked."""


class EntryDeclined(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A customer did not enter a journey although something would have led there."""

    journey: str
    code: str
    """`reentry`, `limit`, `fault` or `unknown`."""
    key: str = ""
    cause: str = ""


class StepReached(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A run came to a step; where it must wait, for what."""

    run: str
    journey: str
    token: int
    step: str
    by: str = ""
    """How it left the step before: `next`, `late`, `denied`, a signal type, the name of an arm or option, and so on."""
    waits: Waiting = ""
    due: int = 0
    on: str = ""
    parent: int = -1
    tries: int = 0
    fault: str = ""
    """What kept a condition or template of the step from being answered."""


class VariablesSet(Struct, frozen=True, tag=True, tag_field="fact"):
    """Variables of a run were set."""

    run: str
    values: dict[str, Any]


class PathEnded(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """One path of a parallel step ended, or was given up."""

    run: str
    token: int
    by: str = ""


class RunParked(Struct, frozen=True, tag=True, tag_field="fact"):
    """A token could have gone on but for another run of the same customer, or a version that is not at hand."""

    run: str
    token: int
    by: str


class RunEnded(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A run is over."""

    run: str
    journey: str
    version: str
    outcome: str
    reason: str
    """`end`, `goal`, `exit`, `expired`, `outranked`, `denied`, `failed` or `caller`."""
    step: str = ""
    cause: str = ""


class RunTransferred(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A publication moved a run to another version, set it aside, or put it back."""

    run: str
    journey: str
    version: str
    release: str
    change: str
    """`migrate`, `leave` or `restore`."""
    tokens: tuple[Token, ...]
    begun: int = 0
    """How many of them begin their step anew because it is of another kind."""


class QuestionAnswered(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A person answered what a run had asked, or handed the customer back."""

    run: str
    token: int
    choice: str
    by: str
    note: str = ""


JourneyFact = (
    RunEntered
    | EntryDeclined
    | StepReached
    | VariablesSet
    | PathEnded
    | RunParked
    | RunEnded
    | RunTransferred
    | QuestionAnswered
)
