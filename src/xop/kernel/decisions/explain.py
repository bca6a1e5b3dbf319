"""The explanation of a decision: which rules spoke, what they read and how old it was, what lost and why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xop.kernel.base.phrase import Phrase, Say, marked, phrase, point, spoken, verbatim
from xop.kernel.base.times import iso
from xop.kernel.decisions.aftermath import Happening, happening_told
from xop.kernel.decisions.choice import candidates_told, choice_told
from xop.kernel.decisions.model import Decision, Evidence, Read, Reason
from xop.kernel.decisions.reasons import reason_told
from xop.kernel.halts.model import Halted

_VERDICTS: Mapping[str, str] = marked(
    {
        "permit": "{asked} for {purpose}; that was permitted.",
        "deny": "{asked} for {purpose}; that was denied.",
        "hold": "{asked} for {purpose}; that is held.",
    }
)

_HELD: Mapping[str, str] = marked(
    {
        "approval": "{asked} for {purpose}; that is held until somebody approves it.",
        "verification": "{asked} for {purpose}; that is held until the customer's identity is verified.",
        "quiet_hours_end": "{asked} for {purpose}; that is held until quiet hours end.",
        "time": "{asked} for {purpose}; that is held until its time comes.",
        "resume": "{asked} for {purpose}; that is held until what was halted is resumed.",
    }
)

_UNITS: Sequence[tuple[str, int]] = (
    (marked("{count} d"), 86_400),
    (marked("{count} h"), 3_600),
    (marked("{count} min"), 60),
    (marked("{count} s"), 1),
)


def explain(
    decision: Decision,
    evidence: Evidence | None,
    after: Sequence[Happening] = (),
    halt: Halted | None = None,
    say: Say = str,
) -> dict[str, Any]:
    """Return the whole reasoning path as JSON-like data; values are missing once their evidence was erased.

    `after` is what became of it since, and `halt` what was halted and stopped it.
    """
    values: Mapping[str, Any] = evidence.values if evidence is not None else {}
    reads = {read.name: _told(read, decision.at, values, say, erased=evidence is None) for read in decision.reads}
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
        "determined_by": [_reason(reason, decision, reads, say) for reason in decision.reasons if not reason.lost],
        "overruled": [_reason(reason, decision, reads, say) for reason in decision.reasons if reason.lost],
        "facts_read": list(reads.values()),
        "evidence": "kept" if evidence is not None else "erased",
        "halt": _halt_data(halt),
        "after": [_happening(each) for each in after],
        "story": tell(decision, evidence, after, halt, say),
    }
    if decision.stage != "choice":
        return told
    choice = {"decision_set": decision.decision_set, "arm": decision.arm, "probability": decision.probability}
    return {**told, **choice, "candidates": candidates_told(decision)}


def tell(
    decision: Decision,
    evidence: Evidence | None,
    after: Sequence[Happening] = (),
    halt: Halted | None = None,
    say: Say = str,
) -> str:
    """Return the decision in plain language, with what became of it."""
    return "\n".join(spoken([*_lines(decision, evidence, after, halt)], say))


def _lines(
    decision: Decision, evidence: Evidence | None, after: Sequence[Happening], halt: Halted | None
) -> Iterator[Phrase | str]:
    values: Mapping[str, Any] = evidence.values if evidence is not None else {}
    if decision.stage == "choice":
        yield from choice_told(decision)
        yield from _reasons_told(decision, values)
        return
    yield _asked(decision)
    yield from _judged_again(decision)
    yield from _reasons_told(decision, values)
    if decision.person:
        yield phrase("A person had a part in it: {person}.", person=decision.person)
    if decision.error:
        yield phrase("The rules could not be applied: {error}. What cannot be judged is denied.", error=decision.error)
    if decision.obligations:
        yield phrase("Whoever carries it out must: {obligations}.", obligations=", ".join(decision.obligations))
    if halt is not None:
        yield _halted(halt)
    yield from decision.notices
    if after:
        yield phrase("What became of it:")
        yield from (point(happening_told(each)) for each in after)


def _asked(decision: Decision) -> Phrase:
    actor = {"kind": phrase(decision.actor.kind), "actor": decision.actor.id}
    asked = phrase("The {kind} {actor} asked to {action}", **actor, action=decision.action.replace("_", " "))
    held = _HELD.get(decision.until) if decision.verdict == "hold" else None
    return phrase(held or _VERDICTS[decision.verdict], asked=asked, purpose=decision.purpose)


def _judged_again(decision: Decision) -> Iterator[Phrase]:
    places = {"invocation": decision.invocation, "cause": decision.cause}
    if decision.stage == "execution":
        yield phrase("It was judged once more at the moment {invocation} was to leave.", **places)
    elif decision.stage == "reconsideration" and decision.cause:
        yield phrase("It had been proposed before, as {invocation}, and was judged again because of {cause}.", **places)
    elif decision.stage == "reconsideration":
        yield phrase("It had been proposed before, as {invocation}, and was judged again.", **places)


def _halted(halt: Halted) -> Phrase:
    places = {"scope": halt.scope, "at": iso(halt.at), "by": halt.by, "reason": halt.reason}
    said = marked("Halted was {scope}, since {at}, by {by}, who said: {reason}")
    return phrase(said if halt.reason else marked("Halted was {scope}, since {at}, by {by}."), **places)


def _reasons_told(decision: Decision, values: Mapping[str, Any]) -> Iterator[Phrase]:
    reads = {read.name: read for read in decision.reads}
    for reason in decision.reasons:
        places = {"message": reason_told(reason, decision), "rule": reason.rule, "lost": verbatim(reason.lost)}
        if reason.lost:
            yield phrase("Also said, without effect: {message} (rule {rule}) It lost: {lost}.", **places)
        else:
            yield phrase("Because: {message} (rule {rule})", **places)
            yield from (point(_read(reads[name], decision.at, values)) for name in reason.reads if name in reads)


def age(at: int | None, now: int) -> Phrase | None:
    """Return how old something was, in the largest unit that fits; None for what has no age."""
    if at is None:
        return None
    seconds = max(0, now - at) // 1000
    template, length = next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])
    return phrase(template, count=seconds // length)


def _read(read: Read, at: int, values: Mapping[str, Any]) -> Phrase:
    places = {"name": read.name, "source": read.source, "value": repr(values.get(read.name)), "age": age(read.at, at)}
    if read.name not in values:
        gone = marked("{name} was read (its value has been erased), from {source}, {age} old")
        return phrase(
            gone if places["age"] else marked("{name} was read (its value has been erased), from {source}"), **places
        )
    kept = marked("{name} was {value}, from {source}, {age} old")
    return phrase(kept if places["age"] else marked("{name} was {value}, from {source}"), **places)


def _told(read: Read, at: int, values: Mapping[str, Any], say: Say, *, erased: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": read.name,
        "source": read.source,
        "at": iso(read.at) if read.at is not None else None,
        "age": spoken(age(read.at, at), say),
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


def _reason(reason: Reason, decision: Decision, reads: Mapping[str, dict[str, Any]], say: Say) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "effect": reason.effect,
        "message": spoken(reason_told(reason, decision), say),
        "basis": reason.basis or None,
        "read": [reads[name] for name in reason.reads if name in reads],
        "lost": spoken(verbatim(reason.lost), say) or None,
    }
