"""Combines the rules that apply into one verdict: error, forbid, nobody permits, hold, permit."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from xop.kernel.base.phrase import marked
from xop.kernel.base.spans import milliseconds
from xop.kernel.policy.model import Judgement, Rule, Terms, Verdict

_OUTRANKED_BY_FORBID = marked("a forbid outranks it")
_OUTRANKED_BY_HOLD = marked("a hold outranks a permit")
ONLY_OBSERVED = marked("it is only observed")
"""Why a rule in shadow did not determine a verdict."""

_SEVERAL = 2
_NOTHING_TO_HOLD = marked("nobody permits, so there is nothing to hold")


def combine(rules: Mapping[str, Rule], judgement: Judgement) -> Verdict:
    """Return the verdict on a judgement made over these rules; whatever cannot be judged is denied."""
    if judgement.error is not None:
        return Verdict("deny", error=judgement.error)
    unknown = [rule_id for rule_id in judgement.applied if rule_id not in rules]
    if unknown:
        return Verdict("deny", error=f"the judgement names rules this release does not have: {', '.join(unknown)}")
    applied = [rules[rule_id] for rule_id in judgement.applied]
    observed = [rule for rule in applied if rule.shadow]
    if not observed:
        return _combine(applied)
    verdict = _combine([rule for rule in applied if not rule.shadow])
    would = _combine(applied).outcome
    return replace(
        verdict,
        overruled=(*verdict.overruled, *_lost(observed, ONLY_OBSERVED)),
        would=would if would != verdict.outcome else None,
    )


def _combine(applied: Sequence[Rule]) -> Verdict:
    permits = [rule for rule in applied if rule.effect == "permit"]
    holds = [rule for rule in applied if rule.effect == "hold"]
    if len(permits) + len(holds) < len(applied):
        losers = [rule for rule in applied if rule.effect != "forbid"]
        forbids = [rule for rule in applied if rule.effect == "forbid"]
        halts = _once(rule.halts for rule in forbids if rule.halts is not None)
        return Verdict("deny", _ids(forbids), _lost(losers, _OUTRANKED_BY_FORBID), halts=halts, asks=_asks(holds))
    if not permits:
        return Verdict("deny", overruled=_lost(holds, _NOTHING_TO_HOLD), asks=_asks(holds))
    if holds:
        return _held(holds, permits)
    return Verdict("permit", _ids(permits), obligations=_once(o for rule in permits for o in rule.obligations))


def _held(holds: Sequence[Rule], permits: Sequence[Rule]) -> Verdict:
    return Verdict(
        "hold",
        _ids(holds),
        _lost(permits, _OUTRANKED_BY_HOLD),
        until=tuple(dict.fromkeys(rule.until for rule in holds if rule.until is not None)),
        approvers=_once(rule.approver for rule in holds if rule.approver is not None),
        terms=_strictest([rule.terms for rule in holds if rule.terms is not None]),
        asks=_asks(holds),
    )


def _asks(holds: Sequence[Rule]) -> tuple[tuple[str, Terms], ...]:
    return tuple((rule.approver, rule.terms or Terms()) for rule in holds if rule.approver is not None)


def _strictest(terms: Sequence[Terms]) -> Terms | None:
    """Return the most people and the shortest spans that any rule asks for."""
    if len(terms) < _SEVERAL:
        return terms[0] if terms else None
    escalation = min((each for each in terms if each.escalate_to), key=_patience, default=Terms())
    return Terms(
        max(each.people for each in terms),
        _shortest(each.deadline for each in terms),
        _shortest(each.reminder for each in terms),
        escalation.escalate_to,
        escalation.escalate_after,
    )


def _patience(terms: Terms) -> int:
    return milliseconds(terms.escalate_after)


def _shortest(spans: Iterable[str]) -> str:
    return min((span for span in spans if span), key=milliseconds, default="")


def _ids(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)


def _lost(rules: Sequence[Rule], why: str) -> tuple[tuple[str, str], ...]:
    return tuple((rule.id, why) for rule in rules)


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
