"""An invocation as it stands, and what became true of it."""

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import derive

InvocationStatus = Literal["held", "queued", "started", "failed", "uncertain"]


class Task(Struct, frozen=True, omit_defaults=True):
    """What a person is to do, so that an invocation is carried out."""

    question: str
    roles: tuple[str, ...]
    """Whoever has one of them may."""
    since: int
    due: int
    """When it has failed for want of an answer; milliseconds since the epoch."""
    queue: str = ""
    options: tuple[str, ...] = ()


class Assent(Struct, frozen=True, omit_defaults=True):
    """One person's yes to a held invocation."""

    by: str
    roles: tuple[str, ...]
    """The roles in which it was given."""
    binding: str = ""
    """What it was given to."""


class Seeded(Struct, frozen=True):
    """A known-wrong proposal put among requests for approval, to see whether people look."""

    probe: str
    """Its name in systems.yaml."""
    by: str
    """Who put it there: they do not answer it."""


class Takeover(Struct, frozen=True, omit_defaults=True):
    """A role that may answer in place of others, since that took too long."""

    role: str
    after: int = 0
    """The milliseconds after which rules let it, where they name several; 0 stands for any."""


class Invocation(Struct, frozen=True, omit_defaults=True):
    """One run of an action, from the proposal on until it is over."""

    id: str
    action: str
    actor: Actor
    status: InvocationStatus
    at: int
    """When it was proposed."""
    purpose: str
    channel: str | None = None
    address: str | None = None
    """Where a contact goes, as `namespace:value`."""
    arguments: dict[str, Any] = {}
    conversation: str | None = None
    expires_at: int = 0
    not_before: int = 0
    until: str = ""
    """What a held invocation waits for: approval, verification, quiet_hours_end or time."""
    approvers: tuple[str, ...] = ()
    """The roles whose approval a held invocation waits for."""
    people: int = 1
    """How many different people must approve."""
    answer_by: int = 0
    """When an open request for approval is refused for want of an answer."""
    binding: str = ""
    """What an approval is bound to."""
    decision: str = ""
    """The decision that holds it."""
    escalated_to: str = ""
    """The role that may answer in place of the others since it took too long, where rules name no other."""
    takeovers: tuple[Takeover, ...] = ()
    """Where rules name several such roles: those that may answer by now."""
    assents: tuple[Assent, ...] = ()
    """Who has approved it, in which roles."""
    attempt: int = 0
    attempts_before: int = 0
    """Attempts made before a person had it sent again; they do not count against the limit."""
    asked_by: Actor | None = None
    """Whoever had a journey or decision set propose it."""
    at_once: bool = False
    """Whether somebody waits for the outcome of its only attempt: a failure is theirs, and leaves no dead letter."""
    task: Task | None = None
    """What a person is asked to do for it, while they are."""
    seeded: Seeded | None = None
    """Set for a probe: whatever is answered, nothing is done."""

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Who has approved it, each once."""
        return tuple(dict.fromkeys(each.by for each in self.assents))

    @property
    def taken_over(self) -> tuple[Takeover, ...]:
        """Everybody who may answer in place of others by now."""
        return (*((Takeover(self.escalated_to),) if self.escalated_to else ()), *self.takeovers)

    @property
    def approved_as(self) -> tuple[str, ...]:
        """The roles in which it has been approved, each once."""
        return tuple(dict.fromkeys(role for each in self.assents for role in each.roles))


def derive_invocation(proposal: str, origin: str) -> str:
    """Return the id of the invocation that a proposal about a part leads to."""
    return derive("inv", proposal, origin)


class InvocationHeld(Struct, frozen=True, tag=True, tag_field="fact"):
    """A proposal must wait for something before it may run."""

    invocation: Invocation


class InvocationQueued(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A proposal was permitted and is on its way to be carried out."""

    invocation: Invocation
    contact_since: int | None = None
    """For a contact: contacts before this moment no longer matter to any cap."""
    act_since: int | None = None
    """For an actor with budgets: acts before this moment no longer matter to any of them."""
    cost: str = ""


class ProposalDenied(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A proposal was refused."""

    invocation: str
    action: str
    code: str
    """The rule or reason that refused it."""
    conversation: str = ""
    """The interaction in which it was made."""


class InvocationApproved(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A person approved a held invocation."""

    invocation: str
    by: str
    roles: tuple[str, ...]
    binding: str = ""
    """What exactly they approved."""


class ApprovalReminded(Struct, frozen=True, tag=True, tag_field="fact"):
    """Those who may answer were reminded of an open request for approval."""

    invocation: str


class ApprovalEscalated(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """An open request for approval went to another role, since nobody had answered."""

    invocation: str
    role: str
    after: int = 0
    """Where rules name several escalations: the milliseconds of those that this is; 0 when it is all of them."""


class InvocationStarted(Struct, frozen=True, tag=True, tag_field="fact"):
    """An attempt to carry it out began; the request left after this was durable."""

    invocation: str
    attempt: int


class InvocationTaken(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A journey or people were asked to carry it out: what came of it is told later."""

    invocation: str
    journey: str = ""
    task: Task | None = None


class AttemptFailed(Struct, frozen=True, tag=True, tag_field="fact"):
    """An attempt failed and another will follow."""

    invocation: str
    attempt: int
    detail: str


class InvocationDone(Struct, frozen=True, tag=True, tag_field="fact"):
    """It was carried out."""

    invocation: str
    action: str
    output: Any


class InvocationFailed(Struct, frozen=True, tag=True, tag_field="fact"):
    """It could not be carried out and no attempt is left."""

    invocation: str
    action: str
    detail: str


class InvocationUncertain(Struct, frozen=True, tag=True, tag_field="fact"):
    """It was sent and nobody knows whether it was carried out; it is not sent again without reconciliation."""

    invocation: str
    action: str
    detail: str


class InvocationDropped(Struct, frozen=True, tag=True, tag_field="fact"):
    """A person gave up an invocation that had failed or whose outcome is not known."""

    invocation: str
    action: str
    by: str


class InvocationCancelled(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """It was stopped before it started."""

    invocation: str
    action: str
    code: str
    successor: str = ""
    """The invocation that a person put in its place."""


InvocationFact = (
    InvocationHeld
    | InvocationQueued
    | ProposalDenied
    | InvocationApproved
    | ApprovalReminded
    | ApprovalEscalated
    | InvocationStarted
    | InvocationTaken
    | AttemptFailed
    | InvocationDone
    | InvocationFailed
    | InvocationUncertain
    | InvocationDropped
    | InvocationCancelled
)


def approved(invocation: Invocation, assent: Assent) -> Invocation:
    """Return an invocation with one more approval."""
    return replace(invocation, assents=(*invocation.assents, assent))


def fold_invocation(invocations: dict[str, Invocation], fact: InvocationFact) -> dict[str, Invocation]:
    """Return the invocations that still need something, with the fact applied."""
    if isinstance(fact, InvocationHeld | InvocationQueued):
        return {**invocations, fact.invocation.id: fact.invocation}
    known = invocations.get(fact.invocation)
    if known is None:
        return invocations
    if isinstance(fact, InvocationDone | InvocationDropped | InvocationCancelled) or (
        isinstance(fact, InvocationFailed) and known.at_once
    ):
        return {name: each for name, each in invocations.items() if name != known.id}
    after = _changed(known, fact)
    return invocations if after is known else {**invocations, known.id: after}


def _changed(known: Invocation, fact: InvocationFact) -> Invocation:
    match fact:
        case InvocationApproved():
            return approved(known, Assent(fact.by, fact.roles, fact.binding))
        case ApprovalEscalated():
            return _escalated(known, fact)
        case InvocationStarted():
            return replace(known, status="started", attempt=fact.attempt)
        case InvocationTaken():
            return replace(known, task=fact.task, at_once=False)
        case AttemptFailed():
            return replace(known, status="queued")
        case InvocationFailed():
            return replace(known, status="failed", task=None)
        case InvocationUncertain():
            return replace(known, status="uncertain")
        case _:
            return known


def _escalated(known: Invocation, fact: ApprovalEscalated) -> Invocation:
    roles = tuple(dict.fromkeys((*known.approvers, fact.role)))
    if fact.after:
        return replace(known, approvers=roles, takeovers=(*known.takeovers, Takeover(fact.role, fact.after)))
    return replace(known, approvers=roles, escalated_to=fact.role)
