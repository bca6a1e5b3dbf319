"""What policies speak of: rules, requests, judgements and verdicts."""

from typing import Any, Literal

from msgspec import Struct

Effect = Literal["permit", "forbid", "hold"]
Until = Literal["approval", "verification", "quiet_hours_end", "time"]
EngineName = Literal["compiled", "reference"]
Outcome = Literal["permit", "deny", "hold"]


class Rule(Struct, frozen=True):
    """One Cedar rule with what its annotations say; `text` is the rule itself, so a rule can be judged alone."""

    id: str
    effect: Effect
    message: str
    text: str
    basis: str = ""
    until: Until | None = None
    """What ends the hold; set on a hold rule only."""
    approver: str | None = None
    """The role that may approve; set when a hold lasts until approval."""
    obligations: tuple[str, ...] = ()
    default: bool = False
    """Whether a workspace may drop this rule."""
    pack: str = ""
    file: str = ""
    line: int = 0
    reads: tuple[str, ...] = ()
    """Dotted context paths the rule reads, such as `consent.permitted`, sorted."""


class Request(Struct, frozen=True):
    """Who wants to do what to which customer, and everything the rules may read about it."""

    principal_type: str
    principal: str
    action: str
    resource: str
    """The customer's id."""
    context: dict[str, Any]


class Judgement(Struct, frozen=True):
    """Which rules apply to a request, or why nobody can say."""

    applied: tuple[str, ...]
    """Rule ids in rule order; empty when there is an error."""
    error: str | None = None
    engine: EngineName = "reference"
    mismatch: bool = False
    """Whether a shadow check found the two engines disagreeing; the reference's answer is the one given."""


class Verdict(Struct, frozen=True):
    """The outcome of a request and the rules it follows from."""

    outcome: Outcome
    determining: tuple[str, ...] = ()
    overruled: tuple[tuple[str, str], ...] = ()
    """Rules that applied and lost, each with why."""
    until: tuple[Until, ...] = ()
    """Everything a hold waits for, in rule order, each once."""
    approvers: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    error: str | None = None


class Problem(Struct, frozen=True):
    """One mistake in policy text: where it is, what is wrong and what to write instead."""

    file: str
    line: int
    cause: str
    remedy: str
