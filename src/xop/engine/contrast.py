"""Contrasts: a decision that was made, beside the one that what is in shadow would have made."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from xop.kernel.actions.invocation import InvocationCancelled
from xop.kernel.base.values import Known
from xop.kernel.commands import Choice
from xop.kernel.context.customer import Customer
from xop.kernel.decide import decide
from xop.kernel.decisions.judgement import judgement
from xop.kernel.decisions.model import Decision, Reason
from xop.kernel.entry import Entry
from xop.kernel.policy.combine import ONLY_OBSERVED
from xop.kernel.policy.demands import Demands, demands
from xop.kernel.policy.model import Terms
from xop.kernel.release import CompiledRead, Release
from xop.kernel.step import Step
from xop.ports.shadows import Aspect, Contrast, Kind, Side

NOT_JUDGED = "xop.not_judged"
"""The code where a release in shadow has nothing to judge."""

_EFFECTS = {"permit": "permit", "hold": "hold", "deny": "forbid"}


class Judged(msgspec.Struct, frozen=True, gc=False):
    """An entry with a decision, and the customer it was made about as they were before it."""

    entry: Entry
    decision: Decision
    before: Customer | None = None
    """None when only what is in shadow within the release itself is of interest."""


def beside(live: Release, shadow: Release, judged: Judged, before: Customer) -> Contrast:
    """Return the contrast with a release in shadow: the same state, command and moment; nothing follows from it."""
    entry, decision = judged.entry, judged.decision
    needed = reads_needed(shadow, entry.command, decision)
    reads, unread = shared_reads(reads_needed(live, entry.command, decision), needed, entry.moment.reads)
    moment = msgspec.structs.replace(entry.moment, reads=reads)
    # As if it were the release that rules: an approval is bound to what was shown, and that names the release.
    step = decide(replace(shadow, digest=entry.release), before, entry.command, moment)
    other = step.decision
    observed = other is not None and other.shadow and not decision.shadow
    second = _refused(step) if other is None else _side(other, observed=observed)
    first = _side(decision, observed=decision.shadow and not (other is not None and other.shadow))
    aspect: Aspect = "verdict" if other is None else _aspect((decision, first), (other, second))
    if other is not None and not aspect and live.digest == entry.release:
        aspect = "" if _demands(live, decision) == _demands(shadow, other) else "terms"
    contrast = _contrast(("release", shadow.digest), judged, aspect, (first, second))
    return msgspec.structs.replace(contrast, unread=unread)


def broken(shadow: Release, judged: Judged, error: Exception) -> Contrast:
    """Return the contrast with a release that could not decide at all."""
    side = Side("fault", cause=f"{type(error).__name__}: {error}"[:300])
    return _contrast(("release", shadow.digest), judged, "verdict", (_side(judged.decision), side))


def within(judged: Judged) -> Iterator[Contrast]:
    """Yield the contrast with an agent or a rule that is in shadow within the release that rules."""
    decision = judged.decision
    if decision.shadow:
        agent = str(getattr(judged.entry.command, "asked_by", None) or decision.actor)
        yield _contrast(("agent", agent), judged, "verdict", (Side("observed"), _side(decision)))
    elif decision.would is not None:
        observed = tuple(each for each in decision.reasons if each.lost == ONLY_OBSERVED)
        rule = _deciding(observed, _EFFECTS[decision.would])
        side = Side(decision.would, rule, observed)
        yield _contrast(("rule", rule), judged, "verdict", (_side(decision), side))


def reads_needed(release: Release, command: Any, decision: Decision) -> dict[str, CompiledRead]:
    """Return the reads that a release asks for before it decides on something, by name."""
    if isinstance(command, Choice):
        compiled = release.decision_sets.get(command.decision_set)
        candidates = compiled.candidates if compiled is not None else ()
        names = [each.treatment.action for candidate in candidates for each in candidate.treatments]
    else:
        names = [decision.action]
    actions = [release.actions[name] for name in names if name in release.actions]
    return {read.name: read for action in actions for read in action.reads}


def shared_reads(
    made: dict[str, CompiledRead], needed: dict[str, CompiledRead], reads: dict[str, Known]
) -> tuple[dict[str, Known], tuple[str, ...]]:
    """Return the reads that mean the same to both releases, and the names of those that one lacks."""
    told = {
        name: known
        for name, known in reads.items()
        if name not in needed or (name in made and _asks(made[name]) == _asks(needed[name]))
    }
    return told, tuple(sorted(needed.keys() - told.keys()))


def _asks(read: CompiledRead) -> tuple[Any, ...]:
    """Return what a read asks for; two of one name may ask different things of different actions."""
    return read.action, read.paths, read.each.text if read.each is not None else "", read.needs, read.absent


def _deciding(observed: tuple[Reason, ...], effect: str) -> str:
    alike = [each.rule for each in observed if each.effect == effect]
    return (alike or [each.rule for each in observed] or [""])[0]


def _refused(step: Step) -> Side:
    """Tell why a release in shadow ruled on nothing."""
    if step.refusal is not None:
        return Side("refused", step.refusal.code, cause=step.refusal.cause)
    codes = [fact.code for fact in step.facts if isinstance(fact, InvocationCancelled)]
    return Side("refused", codes[0] if codes else NOT_JUDGED)


def _side(decision: Decision, *, observed: bool = False) -> Side:
    chosen = decision.candidates[0].name if decision.candidates and decision.verdict == "permit" else ""
    verdict = "observed" if observed else decision.verdict
    cause = decision.error
    return Side(verdict, decision.code, decision.reasons, decision.until, chosen, cause)


def _aspect(one: tuple[Decision, Side], other: tuple[Decision, Side]) -> Aspect:
    (first, left), (second, right) = one, other
    if left.verdict != right.verdict:
        return "verdict"
    if (left.choice, first.action) != (right.choice, second.action):
        return "choice"
    if left.code != right.code:
        return "reason"
    return "" if judgement(first) == judgement(second) else "terms"


def _demands(release: Release, decision: Decision) -> Demands:
    """Return what the rules that hold ask of those who approve: a decision tells only what they ask together."""
    names = (each.rule for each in decision.reasons if each.effect == "hold" and not each.lost)
    rules = (release.policies.rules.get(name) for name in names)
    return demands((each.approver, each.terms or Terms()) for each in rules if each is not None and each.approver)


def _contrast(what: tuple[Kind, str], judged: Judged, aspect: Aspect, sides: tuple[Side, Side]) -> Contrast:
    """Reasons that are the same need not be kept twice beside the decision that has them."""
    one = judged.decision
    told = sides if aspect else tuple(msgspec.structs.replace(side, reasons=()) for side in sides)
    return Contrast(*what, one.id, one.at, one.stage, one.action, str(one.actor), aspect, told[0], told[1])
