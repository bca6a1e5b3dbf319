"""Vocabulary: the closed sets of words that pages look up by their value, as verdicts and states are."""

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from xop.engine.head import LeafState
from xop.engine.witnessing import WitnessState
from xop.faces.console.work.outcome import WORDS
from xop.faces.http.problems import KINDS
from xop.faces.http.routes.journey_graphs import StepChange
from xop.faces.http.routes.policies import PolicySummary
from xop.faces.http.routes.quarantine import Quarantined
from xop.faces.http.routes.searches import SearchFound
from xop.faces.http.routes.timelines import Kind
from xop.kernel.actions.invocation import InvocationStatus
from xop.kernel.actions.model import Action
from xop.kernel.base.actor import ActorKind
from xop.kernel.base.principal import Autonomy, Principal
from xop.kernel.choices.considered import Stage as Fall
from xop.kernel.consent.model import Basis, Status
from xop.kernel.conversations.model import Tried
from xop.kernel.decisions.model import Decision, Outcome
from xop.kernel.erasure.model import GROUNDS
from xop.kernel.handovers.model import HandoverStatus
from xop.kernel.handovers.packet import Ruled
from xop.kernel.intents.model import IntentStatus
from xop.kernel.oversight.system import System, Wording
from xop.kernel.policy.model import Effect, Until
from xop.kernel.policy.parse import parse
from xop.kernel.policy.source import PolicySource
from xop.kernel.promises.model import Promise
from xop.lab.prove.model import Flaw
from xop.ports.outbox import OutboxState
from xop.ports.shadows import Aspect
from xop.ports.shadows import Kind as ShadowKind
from xop.workspace.baseline import baseline_files
from xop.workspace.compatibility import Change
from xop.workspace.difference import Became
from xop.workspace.policies import BASELINE

_TYPES: tuple[Any, ...] = (
    ActorKind,
    Aspect,
    Autonomy,
    Became,
    Change,
    Effect,
    Fall,
    Flaw,
    HandoverStatus,
    IntentStatus,
    InvocationStatus,
    Basis,
    Kind,
    LeafState,
    Outcome,
    OutboxState,
    Ruled,
    ShadowKind,
    Status,
    Until,
    WitnessState,
)

_FIELDS = (
    (Action, "kind"),
    (Action, "risk"),
    (Decision, "stage"),
    (PolicySummary, "change"),
    (Principal, "risk_class"),
    (Promise, "status"),
    (Quarantined, "change"),
    (SearchFound, "kind"),
    (StepChange, "change"),
    (System, "role"),
    (Tried, "outcome"),
    (Wording, "kind"),
)

_OTHERS = (
    # what has no type of its own: answers about consent, how incidents stand, and how runs of journeys ended
    *("purpose", "channel", "not_needed", "unknown", "expired"),
    *("open", "overdue", "reported", "reported_late", "closed"),
    *("end", "exit", "goal"),
    *("halted", "denied", "none", "other", "action", "connection"),
    # where a fact of a decision comes from, where that is no name
    *("request", "release", "customer context"),
    # what is kept of a customer, as erasing them counts it
    *("ledger", "evidence", "outbox", "links", "contrasts", "parts", "handovers", "standings", "timers"),
)


def vocabulary() -> list[str]:
    """Return every such word as it is looked up, the titles and remedies of problems, and what the platform's rules say."""
    words = {word.replace("_", " ") for word in _words()}
    kept = {word for word in _words() if "_" in word}
    problems = {text for kind in KINDS.values() for text in (kind.title, kind.remedy)}
    return sorted(each for each in words | kept | problems | {*_messages()} if each)


def _messages() -> Iterator[str]:
    """Yield the messages of the rules that every workspace begins with."""
    for name, content in baseline_files().items():
        if name.startswith("policies/"):
            source = PolicySource(BASELINE, name, content.decode())
            yield from (rule.message for rule in parse((source,)).rules)


def _words() -> Iterator[str]:
    for each in _TYPES:
        yield from _literals(each)
    for struct, field in _FIELDS:
        yield from _literals(get_type_hints(struct)[field])
    yield from (*_OTHERS, *GROUNDS, *WORDS)


def _literals(kind: Any) -> Iterator[str]:
    """Yield the words of a closed set, which may stand beside None."""
    for each in get_args(kind):
        if isinstance(each, str):
            yield each
        else:
            yield from _literals(each)
