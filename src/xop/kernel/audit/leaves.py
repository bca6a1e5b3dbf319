"""What the log is told of a ledger entry: its decision, what was done and what people did about it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xop.kernel import facts as f
from xop.kernel.audit.code import code, codes, party
from xop.kernel.audit.leaf import Leaf, LeafType
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Reconciliation
from xop.kernel.context.customer import Customer
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.release import Release
from xop.kernel.steps.approval import EDITED, REFUSED

Told = tuple[LeafType, Mapping[str, Any]]

SENT = frozenset({"started", "failed", "uncertain"})
"""What an invocation was before something came of it that follows from its decision."""


def leaves_of(entry: Entry, release: Release, before: Customer | None = None) -> Iterator[Leaf]:
    """Yield the leaves of an entry; `before` is the customer it was stepped on."""
    decision = entry.decision
    if decision is not None:
        yield _leaf(entry, decision.id, ("decision", _decision(decision, entry, release)), decision)
    for number, fact in enumerate(entry.facts):
        teller = _TELLERS.get(type(fact))
        told = teller(fact, entry) if teller is not None else None
        if told is None:
            continue
        name = f"{entry.command.id}\x1f{number}"
        if told[0] == "effect":
            told = "effect", {**told[1], "agrees": _agrees(fact, entry, before)}
        yield _leaf(entry, name, told, invocation=_invocation(fact))


def _leaf(entry: Entry, name: str, told: Told, decision: Decision | None = None, invocation: str = "") -> Leaf:
    kind, members = told
    return Leaf(
        type=kind,
        name=name,
        at=entry.moment.at,
        release=entry.release,
        members=members,
        invocation=decision.invocation if decision is not None else invocation,
        evidence=decision.id if decision is not None else "",
    )


def _decision(decision: Decision, entry: Entry, release: Release) -> dict[str, Any]:
    told: dict[str, Any] = {
        "stage": decision.stage,
        "outcome": decision.verdict,
        "code": code(decision.code) if decision.code else "",
        "reasons": codes(reason.rule for reason in decision.reasons if not reason.lost),
        "actor": party(decision.actor),
        "action": {"name": code(decision.action), "version": decision.action_version} if decision.action else {},
        "purpose": code(decision.purpose) if decision.purpose else "",
        "channel": code(decision.channel) if decision.channel else "",
        "until": decision.until,
        "obligations": codes(decision.obligations),
        "oversight": _oversight(decision),
        "model": _model(decision.actor, entry, release),
        "decision_set": code(decision.decision_set) if decision.decision_set else "",
        "shadow": decision.shadow,
        "failed": bool(decision.error),
    }
    return {name: value for name, value in told.items() if value}


def _oversight(decision: Decision) -> dict[str, Any]:
    if decision.person:
        return {"mode": "person"}
    if decision.until == "approval":
        return {"mode": "approval", "people": decision.people, "roles": codes(decision.approvers)}
    return {"mode": "none"}


def _model(actor: Actor, entry: Entry, release: Release) -> dict[str, str]:
    """Return the model that had a part in it: of a choice the version that scored, of an agent the one it says it is."""
    scores = entry.moment.scores
    if scores is not None and scores.model:
        return {"version": code(scores.model)}
    principal = release.principals.get(actor) if actor.kind == "agent" else None
    return {"id": code(principal.model)} if principal is not None and principal.model else {}


def _agrees(fact: Any, entry: Entry, before: Customer | None) -> bool:
    """Say whether what happened follows from a decision: something was permitted and sent before anything came of it."""
    if before is None or not isinstance(fact, f.InvocationDone | f.InvocationUncertain):
        # Nothing was done that could differ from what was decided.
        return True
    known = before.view.invocations.get(fact.invocation)
    started = any(isinstance(each, f.InvocationStarted) and each.invocation == fact.invocation for each in entry.facts)
    return started or (known is not None and known.status in SENT)


def _invocation(fact: Any) -> str:
    named = getattr(fact, "invocation", "")
    return named if isinstance(named, str) else named.id


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


def _erased(fact: f.CustomerErased, _entry: Entry) -> Told:
    counts = {code(name): count for name, count in fact.counts.items()}
    return "erasure.executed", {
        "reason": code(fact.ground),
        "counts": counts,
        "told": codes(fact.told),
        "untold": codes(fact.untold),
    }


def _handover(kind: LeafType, **read: Callable[[Any], str]) -> Callable[[Any, Entry], Told]:
    def told(fact: Any, _entry: Entry) -> Told:
        return kind, {name: code(get(fact)) for name, get in read.items()}

    return told


_TELLERS: Mapping[type, Callable[[Any, Entry], Told | None]] = {
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
    f.CustomersMerged: lambda _, __: ("identity.merged", {}),
    f.CustomersUnmerged: lambda _, __: ("identity.unmerged", {}),
    f.HaltImposed: _halt,
    f.HaltLifted: lambda fact, _: ("system.resume", {"scope": code(fact.scope)}),
    f.LegalHoldImposed: lambda fact, _: ("legal_hold.imposed", {"reason": code(fact.hold.ground)}),
    f.LegalHoldLifted: lambda _, __: ("legal_hold.lifted", {}),
    f.ErasureRequested: lambda fact, _: ("erasure.requested", {"reason": code(fact.ground)}),
    f.ErasureRefused: lambda fact, _: ("erasure.refused", {"reasons": codes(fact.grounds)}),
    f.CustomerErased: _erased,
    f.HandoverOpened: _handover("handover.opened", queue=lambda fact: fact.handover.queue),
    f.HandoverAccepted: _handover("handover.accepted"),
    f.HandoverReturned: _handover("handover.returned", outcome=lambda fact: fact.outcome),
    f.HandoverExpired: _handover("handover.expired", reason=lambda fact: fact.reason),
}
"""What each kind of fact tells; facts that are not here tell nothing."""
