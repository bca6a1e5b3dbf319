"""The ruling: one case judged by the policies, recorded as a decision with its reasons and what they read."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.actions.notices import notices_of
from xop.kernel.arbiter.assent import standing, suffices
from xop.kernel.arbiter.binding import binding
from xop.kernel.arbiter.case import Case
from xop.kernel.arbiter.context import build_context, provenance
from xop.kernel.arbiter.duties import missing_told
from xop.kernel.base.ids import derive
from xop.kernel.base.json import canonical
from xop.kernel.base.spans import milliseconds
from xop.kernel.decisions.model import Decision, Evidence, Read, Reason
from xop.kernel.decisions.reasons import NOT_GRANTED, UNKNOWN, UNPERMITTED
from xop.kernel.policy.combine import combine
from xop.kernel.policy.explain import facts_read
from xop.kernel.policy.model import Judgement, Request, Rule, Verdict

Stage = Literal["proposal", "evaluation", "reconsideration", "approval", "execution"]

_PRINCIPALS = {
    "agent": "Agent",
    "operator": "Operator",
    "journey": "Journey",
    "decision_set": "DecisionSet",
    "trigger": "Trigger",
    "source": "Source",
    "partner": "Partner",
    "system": "Trigger",
}

UNKNOWN_FACT = "xop.fact_unknown"
"""The reason when a required fact could not be had: it stands before all rules, since they could not be asked."""

HALTED = "xop.halted"

HALTED_MEANWHILE = "xop.halted_meanwhile"

NOBODY_PERMITS = "xop.nobody_permits"

ERROR = "xop.error"

RESUME_CHECK = 60_000
"""Milliseconds after which what is held by a halt is looked at again."""


class Ruling(Struct, frozen=True):
    """A verdict with its decision and evidence."""

    verdict: Verdict
    decision: Decision
    evidence: Evidence
    due: int
    """When a held invocation is judged again, in milliseconds since the epoch."""
    answer_by: int = 0
    """When an open request for approval is refused for want of an answer, in milliseconds since the epoch."""


def rule(case: Case, stage: Stage, command: str, cause: str = "", person: str = "") -> Ruling:
    """Judge a case; what cannot be judged is denied."""
    invocation, release = case.invocation, case.release
    context, verdict = _verdict(case, stage)
    decision_id = derive("dec", command, invocation.id)
    reasons, values = _reasons(case, verdict, context)
    answer_by = _answer_by(case, verdict) if _until(verdict) == "approval" else 0
    due = _due(case, verdict, answer_by) if verdict.outcome == "hold" else 0
    decision = Decision(
        id=decision_id,
        at=case.moment.at,
        command=command,
        stage=stage,
        actor=invocation.actor,
        customer=case.moment.origin,
        release=release.digest,
        action=invocation.action,
        action_version=case.action.action.version,
        invocation=invocation.id,
        verdict=verdict.outcome,
        purpose=invocation.purpose,
        reasons=reasons,
        reads=_reads(case, values),
        channel=invocation.channel,
        code=_code(case, verdict),
        until=_until(verdict),
        due=due,
        approvers=verdict.approvers,
        people=verdict.terms.people if verdict.terms else 1,
        binding=binding(case) if answer_by else "",
        would=verdict.would,
        obligations=verdict.obligations,
        notices=(*notices_of(case.action.action), *missing_told(case)),
        error=verdict.error or "",
        cause=cause,
        person=person,
    )
    return Ruling(verdict, decision, Evidence(decision_id, values), due, answer_by)


def _verdict(case: Case, stage: Stage) -> tuple[dict[str, Any], Verdict]:
    """An approval lifts only what waits for the roles it was given in: first it is asked what would wait without any."""
    context = build_context(case, stage, approved=False)
    verdict = _judge(case, context)
    assents = standing(case)
    if assents and verdict.error is None and suffices(assents, case.invocation, verdict):
        context = build_context(case, stage, approved=True)
        verdict = _judge(case, context)
    return context, verdict


def unapproved(case: Case) -> Verdict:
    """Return what the rules say of a case as long as nobody has approved it."""
    return _judge(case, build_context(case, "approval", approved=False))


def _judge(case: Case, context: dict[str, Any]) -> Verdict:
    invocation, policies = case.invocation, case.release.policies
    if case.unknown and case.halted:
        return _halted(policies.rules, context)
    if case.unknown:
        judgement = Judgement((), error=f"required facts are unknown: {', '.join(case.unknown)}")
    else:
        principal = _PRINCIPALS[invocation.actor.kind]
        request = Request(principal, invocation.actor.id, invocation.action, case.view.id, context)
        judgement = policies.judge(request, case.moment.seed)
        asker = invocation.asked_by
        if asker is not None and judgement.error is None:
            own = replace(request, principal_type=_PRINCIPALS[asker.kind], principal=asker.id)
            judgement = _bound(policies.rules, judgement, policies.judge(own, case.moment.seed))
    return combine(policies.rules, judgement)


def _halted(rules: Mapping[str, Rule], context: dict[str, Any]) -> Verdict:
    """Return the verdict on what is halted and lacks facts: none are read for it, so that the rules cannot all be asked."""
    new = context["stage"] in {"proposal", "evaluation"}
    verdict = Verdict("deny", (HALTED,)) if new else Verdict("hold", (HALTED_MEANWHILE,), until=("resume",))
    return verdict if verdict.determining[0] in rules else Verdict("deny", error="it is halted, and facts are unknown")


def _bound(rules: Mapping[str, Rule], judgement: Judgement, own: Judgement) -> Judgement:
    """Return a judgement with what forbids or holds the same wish of whoever had it proposed; permits are not theirs to add."""
    if own.error is not None:
        return own
    stricter = {name for name in own.applied if rules[name].effect != "permit"}
    applied = tuple(name for name in rules if name in stricter or name in judgement.applied)
    return replace(judgement, applied=applied)


def _code(case: Case, verdict: Verdict) -> str:
    if case.unknown and not verdict.determining:
        return UNKNOWN_FACT
    if verdict.error is not None:
        return ERROR
    return verdict.determining[0] if verdict.determining else NOBODY_PERMITS


def _until(verdict: Verdict) -> str:
    """An approval is waited for before a verification, both before a resumption, and all before a time."""
    for each in ("approval", "verification", "resume", "quiet_hours_end", "time"):
        if each in verdict.until:
            return each
    return ""


def _due(case: Case, verdict: Verdict, answer_by: int) -> int:
    expiry = case.invocation.expires_at
    if answer_by:
        return min(answer_by, expiry)
    if _until(verdict) == "resume":
        return min(case.moment.at + RESUME_CHECK, expiry)
    if _until(verdict) == "quiet_hours_end" and case.quiet_until is not None:
        return min(case.quiet_until, expiry)
    return expiry


def _answer_by(case: Case, verdict: Verdict) -> int:
    """A request for approval keeps the deadline it was opened with, however often it is looked at."""
    if case.invocation.until == "approval" and case.invocation.answer_by:
        return case.invocation.answer_by
    expiry = case.invocation.expires_at
    deadline = verdict.terms.deadline if verdict.terms else ""
    return min(case.moment.at + milliseconds(deadline), expiry) if deadline else expiry


def _reasons(case: Case, verdict: Verdict, context: dict[str, Any]) -> tuple[tuple[Reason, ...], dict[str, Any]]:
    rules = case.release.policies.rules
    reasons: list[Reason] = []
    values: dict[str, Any] = {}
    for name, lost in (*((each, "") for each in verdict.determining), *verdict.overruled):
        applied = rules[name]
        read = facts_read(applied, context)
        values.update(read)
        reasons.append(Reason(name, applied.effect, applied.message, tuple(read), lost, applied.basis))
    if case.unknown and not verdict.determining:
        values |= {"unknown": list(case.unknown), "unknown_because": dict(case.causes)}
        reasons.append(Reason(UNKNOWN_FACT, "forbid", UNKNOWN, ("unknown", "unknown_because")))
    elif not verdict.determining:
        values["actor"] = context["actor"]
        message = verdict.error or _nobody(case, granted=context["actor"]["granted"])
        reasons.append(Reason(_code(case, verdict), "forbid", message, ("actor",)))
    return tuple(reasons), values


def _nobody(case: Case, *, granted: bool) -> str:
    actor, action = case.invocation.actor, case.invocation.action
    return UNPERMITTED if granted else NOT_GRANTED.format(actor=actor, action=action)


def _reads(case: Case, values: dict[str, Any]) -> tuple[Read, ...]:
    """Say of each value where it came from, and commit to it; without the seed the commitment tells nothing about it."""
    # Each is hashed from a copy of one keyed hash: to set the key up costs more than to hash a short value.
    keyed = blake2b(digest_size=16, key=case.moment.seed.to_bytes(8, "big"), person=b"xop.read")
    reads = []
    for name, value in values.items():
        known, commitment = provenance(case, name), keyed.copy()
        commitment.update(canonical(value))
        reads.append(Read(name, known.source, commitment.hexdigest(), known.at if known.at >= 0 else None))
    return tuple(reads)
