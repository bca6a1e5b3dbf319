"""What each kind of fact tells the log."""

from collections.abc import Callable, Mapping
from typing import Any

from xop.kernel import facts as f
from xop.kernel.audit.code import WITHHELD, code, codes
from xop.kernel.audit.leaf import LeafType
from xop.kernel.commands import Reconciliation
from xop.kernel.entry import Entry
from xop.kernel.erasure.model import GROUNDS
from xop.kernel.handovers.model import NOBODY, PROMISED, RESOLVED
from xop.kernel.steps.approval import EDITED, REFUSED

Told = tuple[LeafType, Mapping[str, Any]]
"""A type of leaf and its members."""


def _held(fact: f.InvocationHeld, _entry: Entry) -> Told | None:
    one = fact.invocation
    if one.until != "approval":
        return None
    return "oversight.requested", {"roles": codes(one.approvers), "people": one.people}


def _cancelled(fact: f.InvocationCancelled, _entry: Entry) -> Told:
    action = {"name": code(fact.action)}
    if fact.code == REFUSED:
        return "oversight.rejected", {"action": action}
    if fact.code == EDITED:
        return "oversight.modified", {"action": action}
    return "effect", {"action": action, "result": "cancelled", "code": code(fact.code)}


def _effect(result: str) -> Callable[[Any, Entry], Told]:
    """A person who settles what nobody knew overrides the machine."""

    def told(fact: Any, entry: Entry) -> Told:
        members: dict[str, Any] = {"action": {"name": code(fact.action)}, "result": result}
        by_person = isinstance(entry.command, Reconciliation)
        return ("oversight.override" if by_person else "effect"), members

    return told


def _consent(kind: LeafType) -> Callable[[Any, Entry], Told]:
    def told(fact: Any, _entry: Entry) -> Told:
        channel = {} if fact.channel == "*" else {"channel": code(fact.channel)}
        return kind, {"purpose": code(fact.purpose), **channel}

    return told


def _halt(fact: f.HaltImposed, _entry: Entry) -> Told:
    return "system.halt", {"scope": code(fact.halted.scope)}


def _begun(fact: f.LogBegun, _entry: Entry) -> Told:
    """The names of logs are public: they stand in every checkpoint."""
    before = fact.follows
    return "log.begun", {
        "origin": fact.origin,
        "follows": {"origin": before.origin, "size": before.size, "root": before.root},
    }


def _shown(fact: f.ContextShown, _entry: Entry) -> Told:
    """Only how much of each class was seen: the names of fields can be anything a source made up."""
    purpose = {"purpose": code(fact.purpose)} if fact.purpose else {}
    counts = {code(name): len(names) for name, names in fact.fields.items()}
    return "access.shown", {"counts": counts, **purpose}


def _ground(word: str) -> str:
    return word if word in GROUNDS else WITHHELD


def _outcome(word: str) -> str:
    """What a person calls an outcome can be anything, also a name."""
    return word if word in {RESOLVED, PROMISED, NOBODY} else WITHHELD


def _machine(agent: str) -> str:
    return agent if agent.startswith("agent:") else ""


def _erased(fact: f.CustomerErased, _entry: Entry) -> Told:
    if not fact.recorded:
        return "erasure.executed", {"reason": _ground(fact.ground)}
    counts = {code(name): count for name, count in fact.counts.items()}
    return "erasure.executed", {
        "reason": _ground(fact.ground),
        "counts": counts,
        "told": codes(fact.told),
        "untold": codes(fact.untold),
    }


def _retained(fact: f.RetentionRun, _entry: Entry) -> Told:
    kept = {name: count for name, count in (("held", fact.held), ("required", fact.required)) if count}
    return "retention.run", {"counts": fact.counts, **kept}


def _handover(kind: LeafType, **read: Callable[[Any], str]) -> Callable[[Any, Entry], Told]:
    def told(fact: Any, _entry: Entry) -> Told:
        return kind, {name: code(get(fact)) for name, get in read.items()}

    return told


def _given(kind: LeafType) -> Callable[[Any, Entry], Told]:
    """A text that a person was given: which, in which version and language, and the digest of its words."""

    def told(fact: Any, _entry: Entry) -> Told:
        text = {
            "name": code(fact.text),
            "version": fact.version,
            "language": code(fact.language),
            "sha256": fact.sha256,
        }
        channel = {"channel": code(fact.channel)} if fact.channel else {}
        return kind, {"system": code(fact.system), "text": text, **channel}

    return told


def _incident(kind: LeafType, **read: Callable[[Any], str]) -> Callable[[Any, Entry], Told]:
    def told(fact: Any, _entry: Entry) -> Told:
        return kind, {name: code(value) for name, get in read.items() if (value := get(fact))}

    return told


def _probed(fact: f.ProbeAnswered, _entry: Entry) -> Told:
    return "evaluation", {"name": code(fact.probe), "caught": fact.caught}


TELLERS: Mapping[type, Callable[[Any, Entry], Told | None]] = {
    f.InvocationHeld: _held,
    f.InvocationApproved: lambda fact, _: ("oversight.approved", {"roles": codes(fact.roles)}),
    f.ApprovalEscalated: lambda fact, _: ("oversight.escalated", {"roles": [code(fact.role)]}),
    f.InvocationStarted: lambda fact, _: ("action.started", {"attempt": fact.attempt}),
    f.InvocationDone: _effect("done"),
    f.InvocationFailed: _effect("failed"),
    f.InvocationUncertain: _effect("uncertain"),
    f.InvocationDropped: _effect("dropped"),
    f.InvocationCancelled: _cancelled,
    f.ConsentGranted: _consent("consent.given"),
    f.ConsentRefused: _consent("consent.refused"),
    f.ConsentWithdrawn: _consent("consent.withdrawn"),
    f.ObjectionRaised: _consent("consent.objected"),
    f.ConsentExpired: _consent("consent.expired"),
    f.SoftOptInNoted: _consent("consent.soft_opt_in"),
    f.DisclosureMade: _given("disclosure.ai"),
    f.NoticeGiven: _given("notice.art26_11"),
    f.EffectDiffered: lambda fact, _: ("effect", {"action": {"name": code(fact.action)}, "code": fact.why}),
    f.IncidentOpened: _incident(
        "incident.opened",
        category=lambda fact: fact.incident.category,
        reason=lambda fact: fact.incident.origin,
        agent=lambda fact: _machine(fact.incident.agent),
    ),
    f.IncidentClassified: _incident("incident.classified", category=lambda fact: fact.category),
    f.IncidentReported: _incident("incident.reported"),
    f.IncidentOverdue: _incident("incident.overdue"),
    f.IncidentClosed: _incident("incident.closed"),
    f.ProbeAnswered: _probed,
    f.ExplanationDelivered: lambda fact, _: ("explanation.delivered", {"text": {"language": code(fact.language)}}),
    f.CustomersMerged: lambda _, __: ("identity.merged", {}),
    f.CustomersUnmerged: lambda _, __: ("identity.unmerged", {}),
    f.HaltImposed: _halt,
    f.ReleaseActivated: lambda _, __: ("policy.activated", {}),
    f.HaltLifted: lambda fact, _: ("system.resume", {"scope": code(fact.scope)}),
    f.LogBegun: _begun,
    f.LegalHoldImposed: lambda fact, _: ("legal_hold.imposed", {"reason": _ground(fact.hold.ground)}),
    f.LegalHoldLifted: lambda _, __: ("legal_hold.lifted", {}),
    f.ErasureRequested: lambda fact, _: ("erasure.requested", {"reason": _ground(fact.ground)}),
    f.ErasureRefused: lambda fact, _: ("erasure.refused", {"reasons": [_ground(each) for each in fact.grounds]}),
    f.CustomerErased: _erased,
    f.CustomerExported: lambda _, __: ("access.export", {}),
    f.RetentionRun: _retained,
    f.ContextShown: _shown,
    f.HandoverOpened: _handover("handover.opened", queue=lambda fact: fact.handover.queue),
    f.HandoverAccepted: _handover("handover.accepted"),
    f.HandoverReturned: _handover("handover.returned", outcome=lambda fact: _outcome(fact.outcome)),
    f.HandoverExpired: _handover("handover.expired", reason=lambda fact: fact.reason),
}
"""What each kind of fact tells; facts that are not here tell nothing."""
