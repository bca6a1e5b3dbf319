"""Scenarios as a workspace writes them: what is given, what happens, and what is expected then."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.actions.model import Name
from xop.kernel.base.spans import Span

Moment = Annotated[
    str,
    Meta(
        min_length=5,
        max_length=40,
        description="A local clock time such as `09:00`, or an RFC 3339 time such as `2026-03-02T10:00:00+01:00`.",
    ),
]

ActorText = Annotated[
    str,
    Meta(
        pattern=r"^[a-z_]+:\S.{0,299}$",
        description="Somebody of agents.yaml by kind and name, such as `operator:maria` or `agent:assistant`.",
    ),
]

Times = Annotated[int, Meta(ge=1, le=100_000, description="A number of 1 or more.")]


class Consent(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a customer said about a purpose before the scenario begins."""

    purpose: str
    channel: str | None = None
    """The channel; every channel when not given, which a grant cannot be for."""
    change: Literal["granted", "refused", "withdrawn", "objected"] = "granted"
    proof: str = ""
    until: str = ""
    """When a grant ends, as an RFC 3339 time."""


class Proposed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A wish to perform an action."""

    action: Name
    actor: ActorText
    arguments: dict[str, Any] = {}
    purpose: str | None = None
    conversation: str | None = None


class Answered(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person's answer to the invocation that has been held for approval last."""

    by: ActorText
    action: Name | None = None
    """Only an invocation of this action."""
    note: str = ""


class Reconciled(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person's answer to the invocation that failed or became uncertain last."""

    by: ActorText
    choice: Literal["resend", "done", "drop"]
    action: Name | None = None
    """Only an invocation of this action."""
    note: str = ""


class Response(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the outside answers from now on: to one action, to all of a connection, or to everything."""

    action: Name | None = None
    connection: Name | None = None
    result: Literal["done", "failed", "retry", "uncertain"] = "done"
    output: Any = None
    """What comes back; the output of a read action is what facts are made of."""
    detail: str = ""
    retry_after: Span | None = None
    """How long the outside asks to wait."""
    times: Times | None = None
    """For so many requests, after which the answer before holds again; for good when not given."""


class Entered(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The wish to have the customer enter a journey."""

    journey: Name
    actor: ActorText
    key: str | None = None
    data: dict[str, Any] = {}


class Replied(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person's answer to what a journey asked last, or `handed_back` for a customer handed over."""

    by: ActorText
    choice: str
    journey: Name | None = None
    note: str = ""


class Erased(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person's wish that the customer is erased."""

    by: ActorText


class Act(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that happens: exactly one kind, or `customer` alone, which introduces somebody."""

    customer: Name | None = None
    """Whom it is about, by a name of the scenario's own; not needed while there is only one customer."""
    identifiers: dict[str, str] = {}
    """Namespaces and values: of a customer who is introduced, or of a signal instead of its customer's own."""
    consents: tuple[Consent, ...] = ()
    profile: dict[str, Any] = {}
    """What is known about a customer who is introduced, by profile field."""
    signal: str | None = None
    """A signal type."""
    data: dict[str, Any] = {}
    """The signal's data."""
    source: str | None = None
    """Who tells of the signal, by a name of `sources` in agents.yaml."""
    ago: Span | None = None
    """How long before it is told the signal happened."""
    after: Span | None = None
    """Let virtual time pass."""
    until: Moment | None = None
    """Let virtual time pass until the customer's clock shows a time, or until a moment."""
    propose: Proposed | None = None
    approve: Answered | None = None
    refuse: Answered | None = None
    reconcile: Reconciled | None = None
    respond: Response | None = None
    enter: Entered | None = None
    reply: Replied | None = None
    erase: Erased | None = None


class SentExpected(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Invocations that left for the outside; every field given must fit."""

    action: Name | None = None
    connection: Name | None = None
    purpose: str | None = None
    to: str | None = None
    """Where a contact went, as `namespace:value` or the value alone."""
    arguments: dict[str, Any] = {}
    """Some of the arguments; those that are not named may be anything."""
    count: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    """Exactly so many; one or more when not given."""
    between: tuple[Moment, ...] = ()
    """Every attempt left within these two clock times of the customer, or moments; the second is excluded."""


class NotSentExpected(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Invocations of which none left for the outside; every field given must fit."""

    action: Name | None = None
    connection: Name | None = None
    purpose: str | None = None
    to: str | None = None
    arguments: dict[str, Any] = {}


class HeldExpected(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An invocation that is held now; every field given must fit."""

    action: Name | None = None
    until: Literal["approval", "verification", "quiet_hours_end", "time"] | None = None
    due: Moment | None = None
    """When it is judged again at the latest."""
    approver: str | None = None
    """A role whose approval it waits for."""


class OutcomeExpected(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What came of the invocation that ended last; every field given must fit."""

    status: Literal["done", "failed", "uncertain", "cancelled", "dropped"]
    action: Name | None = None
    rule: str | None = None
    """The rule or reason that cancelled it."""


class JourneyExpected(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the customer is in a journey: exactly one of `at`, `ended` and `not_entered`."""

    name: Name
    at: Name | None = None
    """A step at which a run is now."""
    ended: Name | None = None
    """The outcome of the run that ended last."""
    not_entered: bool = False


class Expectation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that is expected, of what came since the last `when` began: exactly one kind."""

    customer: Name | None = None
    """Whom it is about, by the scenario's own name; anybody when not given."""
    verdict: Literal["permit", "deny", "hold"] | None = None
    """The last verdict that fits `rule`'s neighbours `action`, `actor` and `stage`."""
    rule: str | None = None
    """A rule or reason that determined the verdict."""
    action: Name | None = None
    actor: ActorText | None = None
    stage: Literal["proposal", "reconsideration", "approval", "execution"] | None = None
    until: Literal["approval", "verification", "quiet_hours_end", "time"] | None = None
    """What a hold waits for."""
    sent: SentExpected | None = None
    not_sent: NotSentExpected | None = None
    held: HeldExpected | None = None
    outcome: OutcomeExpected | None = None
    context: str | None = None
    """A CEL condition over `customer` and `now`."""
    journey: JourneyExpected | None = None
    refused: str | None = None
    """The code with which something that happened was refused, such as `approval-role`."""


class Block(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A stretch of a scenario: what is given, what happens, what is expected then."""

    given: tuple[Act, ...] = ()
    when: tuple[Act, ...] = ()
    then: tuple[Expectation, ...] = ()


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One scenario; `steps` follow `given`, `when` and `then`, or stand in their place."""

    name: Annotated[str, Meta(min_length=1, max_length=200, description="A sentence that says what should be so.")]
    description: str = ""
    at: Annotated[
        str,
        Meta(description="When it begins, as an RFC 3339 time; without an offset in the workspace's time zone."),
    ] = "2026-01-05T12:00:00"
    seed: Annotated[
        int, Meta(ge=0, le=2**53, description="What chance is drawn from; the same seed, the same run.")
    ] = 7
    given: tuple[Act, ...] = ()
    when: tuple[Act, ...] = ()
    then: tuple[Expectation, ...] = ()
    steps: tuple[Block, ...] = ()

    def blocks(self) -> tuple[tuple[tuple[str | int, ...], Block], ...]:
        """Return the stretches in order, each with its place in the scenario."""
        first = Block(self.given, self.when, self.then)
        own = (((), first),) if self.given or self.when or self.then else ()
        return (*own, *((("steps", index), block) for index, block in enumerate(self.steps)))


KINDS_OF_ACT = (
    *("signal", "after", "until", "propose", "approve", "refuse", "reconcile", "respond", "enter", "reply", "erase"),
)
"""The kinds of act, by field; `customer` alone is one more."""

KINDS_OF_EXPECTATION = ("verdict", "sent", "not_sent", "held", "outcome", "context", "journey", "refused")
"""The kinds of expectation, by field."""
