"""What policies speak of: rules, requests, judgements and verdicts."""

from typing import Any, Literal

from msgspec import Struct

Effect = Literal["permit", "forbid", "hold"]
Until = Literal["approval", "verification", "resume", "quiet_hours_end", "time"]
EngineName = Literal["compiled", "reference"]
Outcome = Literal["permit", "deny", "hold"]


class Terms(Struct, frozen=True, omit_defaults=True):
    """How an approval is to be given."""

    people: int = 1
    """How many different people must approve."""
    deadline: str = ""
    """The span after which an unanswered request is refused; the invocation's own end when empty."""
    reminder: str = ""
    """The span after which those who may answer are reminded."""
    escalate_to: str = ""
    """The role that may answer instead of the others after a while."""
    escalate_after: str = ""


class Rule(Struct, frozen=True):
    """One Cedar rule with what its annotations say; `text` is the rule itself, so a rule can be judged alone."""

    id: str
    effect: Effect
    message: str
    text: str
    customer: str = ""
    """What the customer is told in place of the message, as it stands."""
    translated: tuple[tuple[str, str], ...] = ()
    """The same in other languages, by the names of these."""
    basis: str = ""
    until: Until | None = None
    """What ends the hold; set on a hold rule only."""
    approver: str | None = None
    """The role that may approve; set when a hold lasts until approval."""
    terms: Terms | None = None
    """How the approval is to be given; set when a hold lasts until approval."""
    halts: Literal["agent", "action", "connection", "all"] | None = None
    """What stops altogether when this rule forbids something."""
    shadow: bool = False
    """Whether the rule is only observed: it is judged and recorded, and decides nothing."""
    obligations: tuple[str, ...] = ()
    default: bool = False
    """Whether a workspace may drop this rule."""
    pack: str = ""
    file: str = ""
    line: int = 0
    reads: tuple[str, ...] = ()
    """Dotted context paths the rule reads, such as `consent.permitted`, sorted."""

    def to_customer(self, language: str) -> str:
        """Return what the customer is told in a language such as `pt-BR`; empty where nothing is said but the message."""
        known = dict(self.translated)
        return known.get(language) or known.get(language.partition("-")[0]) or self.customer


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
    terms: Terms | None = None
    """How an approval is to be given: the strictest of what the rules ask."""
    asks: tuple[tuple[str, Terms], ...] = ()
    """Every approval that rules hold for, also where a forbid outranks them: the role and its own terms."""
    halts: tuple[str, ...] = ()
    """What the rules that forbid want stopped altogether."""
    obligations: tuple[str, ...] = ()
    error: str | None = None
    would: Outcome | None = None
    """The outcome if rules that are only observed had counted, when it is another."""


class Problem(Struct, frozen=True):
    """One mistake in policy text: where it is, what is wrong and what to write instead."""

    file: str
    line: int
    cause: str
    remedy: str
