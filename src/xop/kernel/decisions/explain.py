"""The explanation of a decision: which rules spoke, what they read and how old it was, what lost and why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xop.kernel.base.times import iso
from xop.kernel.decisions.aftermath import Happening, happening_told
from xop.kernel.decisions.choice import candidates_told, choice_told
from xop.kernel.decisions.model import Decision, Evidence, Read, Reason
from xop.kernel.halts.model import Halted

_VERDICTS = {"permit": "was permitted", "deny": "was denied", "hold": "is held"}
_UNTIL = {
    "approval": "until somebody approves it",
    "verification": "until the customer's identity is verified",
    "quiet_hours_end": "until quiet hours end",
    "time": "until its time comes",
    "resume": "until what was halted is resumed",
}


def explain(
    decision: Decision, evidence: Evidence | None, after: Sequence[Happening] = (), halt: Halted | None = None
) -> dict[str, Any]:
    """Return the whole reasoning path as JSON-like data; values are missing once their evidence was erased.

    `after` is what became of it since, and `halt` what was halted and stopped it.
    """
    values: Mapping[str, Any] = evidence.values if evidence is not None else {}
    reads = {read.name: _told(read, decision.at, values, erased=evidence is None) for read in decision.reads}
    told = {
        "decision": decision.id,
        "at": iso(decision.at),
        "asked": {
            "action": decision.action,
            "action_version": decision.action_version,
            "actor": str(decision.actor),
            "customer": decision.customer,
            "purpose": decision.purpose,
            "channel": decision.channel,
            "stage": decision.stage,
            "invocation": decision.invocation,
            "cause": decision.cause or None,
        },
        "release": decision.release,
        "verdict": decision.verdict,
        "code": decision.code,
        "until": decision.until or None,
        "due": iso(decision.due) if decision.due else None,
        "approvers": list(decision.approvers),
        "obligations": list(decision.obligations),
        "notices": list(decision.notices),
        "person": decision.person or None,
        "error": decision.error or None,
        "determined_by": [_reason(reason, reads) for reason in decision.reasons if not reason.lost],
        "overruled": [_reason(reason, reads) for reason in decision.reasons if reason.lost],
        "facts_read": list(reads.values()),
        "evidence": "kept" if evidence is not None else "erased",
        "halt": _halt_data(halt),
        "after": [_happening(each) for each in after],
        "story": tell(decision, evidence, after, halt),
    }
    if decision.stage != "choice":
        return told
    choice = {"decision_set": decision.decision_set, "arm": decision.arm, "probability": decision.probability}
    return {**told, **choice, "candidates": candidates_told(decision)}


def tell(
    decision: Decision, evidence: Evidence | None, after: Sequence[Happening] = (), halt: Halted | None = None
) -> str:
    """Return the decision in plain language, with what became of it."""
    values: Mapping[str, Any] = evidence.values if evidence is not None else {}
    if decision.stage == "choice":
        return "\n".join((*choice_told(decision), *_reasons_told(decision, values)))
    asked = f"The {decision.actor.kind} {decision.actor.id} asked to {decision.action.replace('_', ' ')}"
    verdict = f"{_VERDICTS[decision.verdict]} {_UNTIL.get(decision.until, '')}".strip()
    lines = [f"{asked} for {decision.purpose}; that {verdict}."]
    if decision.stage == "reconsideration":
        since = f" because of {decision.cause}" if decision.cause else ""
        lines.append(f"It had been proposed before, as {decision.invocation}, and was judged again{since}.")
    elif decision.stage == "execution":
        lines.append(f"It was judged once more at the moment {decision.invocation} was to leave.")
    lines += _reasons_told(decision, values)
    if decision.person:
        lines.append(f"A person had a part in it: {decision.person}.")
    if decision.error:
        lines.append(f"The rules could not be applied: {decision.error}. What cannot be judged is denied.")
    if decision.obligations:
        lines.append(f"Whoever carries it out must: {', '.join(decision.obligations)}.")
    if halt is not None:
        why = f", who said: {halt.reason}" if halt.reason else "."
        lines.append(f"Halted was {halt.scope}, since {iso(halt.at)}, by {halt.by}{why}")
    lines += decision.notices
    if after:
        lines += ["What became of it:", *(f"  - {happening_told(each)}" for each in after)]
    return "\n".join(lines)


def _reasons_told(decision: Decision, values: Mapping[str, Any]) -> Iterator[str]:
    reads = {read.name: read for read in decision.reads}
    for reason in decision.reasons:
        because = "Because" if not reason.lost else "Also said, without effect"
        lost = f" It lost: {reason.lost}." if reason.lost else ""
        yield f"{because}: {reason.message} (rule {reason.rule}){lost}"
        if not reason.lost:
            yield from (f"  - {_sentence(reads[name], decision.at, values)}" for name in reason.reads if name in reads)


def age(at: int | None, now: int) -> str:
    """Return how old something was, in the largest unit that fits; empty for what has no age."""
    if at is None:
        return ""
    seconds = max(0, now - at) // 1000
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _sentence(read: Read, at: int, values: Mapping[str, Any]) -> str:
    value = f"was {values[read.name]!r}" if read.name in values else "was read (its value has been erased)"
    old = age(read.at, at)
    return f"{read.name} {value}, from {read.source}" + (f", {old} old" if old else "")


def _told(read: Read, at: int, values: Mapping[str, Any], *, erased: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": read.name,
        "source": read.source,
        "at": iso(read.at) if read.at is not None else None,
        "age": age(read.at, at) or None,
        "commitment": read.commitment,
    }
    return told if erased else {**told, "value": values.get(read.name)}


def _halt_data(halt: Halted | None) -> dict[str, Any] | None:
    if halt is None:
        return None
    return {"scope": halt.scope, "by": halt.by, "at": iso(halt.at), "reason": halt.reason}


def _happening(happening: Happening) -> dict[str, Any]:
    """Return one thing that happened afterwards, without what does not apply to it."""
    told: dict[str, Any] = {"at": iso(happening.at), "what": happening.what, "invocation": happening.invocation}
    more = {name: getattr(happening, name) for name in ("by", "note", "detail", "successor", "arguments")}
    return told | {name: value for name, value in more.items() if value}


def _reason(reason: Reason, reads: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "effect": reason.effect,
        "message": reason.message,
        "basis": reason.basis or None,
        "read": [reads[name] for name in reason.reads if name in reads],
        "lost": reason.lost or None,
    }
