"""Commands: everything that can enter the kernel, each about one customer and each with an id that counts once."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from xop.kernel.base.actor import Actor
from xop.kernel.identity.model import Identifier


class Signal(Struct, frozen=True, tag="signal", tag_field="command", omit_defaults=True):
    """Something that happened, as a CloudEvent tells it."""

    id: str
    """The command id: `signal:` and the CloudEvents source and id."""
    type: str
    source: str
    time: int
    """When it happened, in milliseconds since the epoch."""
    actor: Actor
    identifiers: tuple[Identifier, ...] = ()
    data: dict[str, Any] = {}


class Proposal(Struct, frozen=True, tag="proposal", tag_field="command", omit_defaults=True):
    """A wish to perform an action for a customer."""

    id: str
    actor: Actor
    action: str
    arguments: dict[str, Any] = {}
    purpose: str | None = None
    """Why; the action's own purpose when not given."""
    conversation: str | None = None
    """The interaction in which it is made: assurance counts per interaction."""
    cause: str | None = None
    """The command that led to it."""


class Reconsideration(Struct, frozen=True, tag="reconsideration", tag_field="command", omit_defaults=True):
    """The moment to judge a held or queued invocation again: a time has come, a circumstance changed or it has expired."""

    id: str
    invocation: str
    cause: str | None = None


class Approval(Struct, frozen=True, tag="approval", tag_field="command", omit_defaults=True):
    """A person's answer to an invocation held for approval."""

    id: str
    actor: Actor
    invocation: str
    approved: bool
    note: str = ""


class Execution(Struct, frozen=True, tag="execution", tag_field="command"):
    """The moment at which a queued invocation is about to leave: judged once more before anything is sent."""

    id: str
    invocation: str
    attempt: int


class Outcome(Struct, frozen=True, tag="outcome", tag_field="command", omit_defaults=True):
    """What came of one attempt to carry out an invocation."""

    id: str
    invocation: str
    attempt: int
    result: Literal["done", "retry", "failed", "uncertain"]
    detail: str = ""
    output: Any | UnsetType = UNSET
    retry_after: int = 0
    """Milliseconds the other side asked to wait."""


class Deadline(Struct, frozen=True, tag="deadline", tag_field="command"):
    """The moment by which a promise had to be kept."""

    id: str
    promise: str


class Reconciliation(Struct, frozen=True, tag="reconciliation", tag_field="command", omit_defaults=True):
    """A person's answer to a failed or uncertain invocation: send it again, take it as done, or give it up."""

    id: str
    actor: Actor
    invocation: str
    choice: Literal["resend", "done", "drop"]
    note: str = ""


class Merge(Struct, frozen=True, tag="merge", tag_field="command", omit_defaults=True):
    """The wish to treat another customer as the same person."""

    id: str
    actor: Actor
    other: str
    """The customer to take in."""
    reason: str = ""
    evidence: Identifier | None = None
    """The shared strong identifier, when one is the reason."""


class Unmerge(Struct, frozen=True, tag="unmerge", tag_field="command", omit_defaults=True):
    """The wish to give a merged customer back everything that was theirs."""

    id: str
    actor: Actor
    other: str
    reason: str = ""


Command = (
    Signal | Proposal | Reconsideration | Approval | Execution | Outcome | Deadline | Reconciliation | Merge | Unmerge
)
