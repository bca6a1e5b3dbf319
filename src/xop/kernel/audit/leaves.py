"""What the log is told of a ledger entry: its decision, what was done and what people did about it."""

from collections.abc import Iterator
from typing import Any

from xop.kernel import facts as f
from xop.kernel.audit.code import code, codes, party
from xop.kernel.audit.leaf import Leaf
from xop.kernel.audit.tellers import TELLERS, Told
from xop.kernel.base.actor import Actor
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.release import Release


def leaves_of(entry: Entry, release: Release) -> Iterator[Leaf]:
    """Yield the leaves of an entry that was made under a release."""
    decision = entry.decision
    if decision is None and TELLERS.keys().isdisjoint(map(type, entry.facts)):
        return  # as most signals, which tell nothing
    if decision is not None:
        yield _leaf(entry, decision.id, ("decision", _decision(decision, entry, release)), decision)
    for number, fact in enumerate(entry.facts):
        teller = TELLERS.get(type(fact))
        told = teller(fact, entry) if teller is not None else None
        if told is None:
            continue
        if told[0] == "effect":
            told = "effect", {**told[1], "agrees": not _differs(fact, entry)}
        yield _leaf(entry, leaf_name(entry, number), told, invocation=_invocation(fact))


def leaf_name(entry: Entry, number: int) -> str:
    """Return what the leaf of an entry's fact, by its number, is called within its part."""
    return f"{entry.command.id}\x1f{number}"


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


def _differs(fact: Any, entry: Entry) -> bool:
    """Say whether the entry itself says that what was done is not what was decided."""
    return any(isinstance(each, f.EffectDiffered) and each.invocation == fact.invocation for each in entry.facts)


def _invocation(fact: Any) -> str:
    named = getattr(fact, "invocation", "")
    return named if isinstance(named, str) else named.id
