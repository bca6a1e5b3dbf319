"""A decision names what was asked, what was read, which rules spoke and what won."""

from typing import Any, Literal

from msgspec import Struct

from xop.kernel.base.actor import Actor
from xop.kernel.choices.considered import Considered

Outcome = Literal["permit", "deny", "hold"]


class Read(Struct, frozen=True, omit_defaults=True):
    """One fact that a rule read: where it came from and a commitment to its value, which is kept as evidence."""

    name: str
    source: str
    commitment: str
    at: int | None = None
    """When it became true, in milliseconds since the epoch; None for what has no age, such as the release's own settings."""


class Reason(Struct, frozen=True, omit_defaults=True):
    """One rule that applied."""

    rule: str
    effect: Literal["permit", "forbid", "hold"]
    message: str
    reads: tuple[str, ...] = ()
    """The names of the facts it read."""
    lost: str = ""
    """Why it did not determine the verdict; empty when it did."""
    basis: str = ""


class Decision(Struct, frozen=True, omit_defaults=True):
    """The reasoning path of one ruling."""

    id: str
    at: int
    command: str
    stage: Literal["proposal", "evaluation", "reconsideration", "approval", "execution", "choice"]
    actor: Actor
    customer: str
    release: str
    action: str
    action_version: int
    invocation: str
    verdict: Outcome
    purpose: str
    reasons: tuple[Reason, ...] = ()
    reads: tuple[Read, ...] = ()
    channel: str | None = None
    code: str = ""
    """The rule that decided, or what kept the rules from being asked."""
    until: str = ""
    due: int = 0
    """When a held invocation is judged again, in milliseconds since the epoch."""
    approvers: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    """What whoever asked should know besides, such as that the action is deprecated."""
    people: int = 1
    """How many different people must approve."""
    binding: str = ""
    """What an approval is bound to: the digest of exactly what was asked, by whom, for whom and under which release."""
    would: Outcome | None = None
    """The verdict if rules that are only observed had counted, when it is another."""
    shadow: bool = False
    """Whether whoever asked is only observed, so that nothing follows from the verdict."""
    error: str = ""
    """Why the rules could not be evaluated; an error denies."""
    cause: str = ""
    """The command that led to the proposal."""
    person: str = ""
    """The operator who approved or refused."""
    decision_set: str = ""
    """Of a choice: the decision set that was asked."""
    arm: str = ""
    """Of a choice: the control group the customer is in, or `business`."""
    probability: float = 0.0
    """Of a choice: how likely it was, given all but chance."""
    candidates: tuple[Considered, ...] = ()
    """Of a choice: every candidate, with its place in the ranking or where it fell."""


class Evidence(Struct, frozen=True):
    """The values behind a decision's commitments; erasable, unlike the decision."""

    decision: str
    values: dict[str, Any]
