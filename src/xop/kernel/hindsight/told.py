"""Counterfactuals in plain language, to whoever looks into a decision."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.base.phrase import Phrase, joined, marked, opening, phrase
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.conditions import OTHERS, condition, differing
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.recorded import ARGUMENTS, FACTS, SCORES

_WOULD: Mapping[str, str] = marked(
    {
        "permit": "{conditions}, this would have been permitted.",
        "hold": "{conditions}, this would have waited.",
        "deny": "{conditions}, this would have been denied.",
    }
)


def counterfactual_told(found: Counterfactual, decision: Decision) -> Phrase:
    """Return one counterfactual as a sentence."""
    conditions = joined((_condition(change, decision) for change in found.changes), "{one} and {other}")
    if decision.stage == "choice":
        return opening(
            phrase("{conditions}, {chosen} would have been chosen.", conditions=conditions, chosen=found.chosen)
        )
    return opening(phrase(_WOULD[found.verdict], conditions=conditions))


def counterfactual_data(found: Counterfactual, decision: Decision) -> dict[str, Any]:
    """Return one counterfactual as JSON-like data."""
    return {
        "changes": [{"name": each.path, "was": each.was, "would": each.would} for each in found.changes],
        "verdict": found.verdict,
        "code": found.code,
        **({"chosen": found.chosen} if found.chosen else {}),
        "story": counterfactual_told(found, decision),
    }


def _condition(change: Change, decision: Decision) -> Any:
    path, would, was = change.path, change.would, change.was
    if path == "consent.permitted":
        return _basis(decision, there=bool(would))
    roles = joined((phrase("the role {role}", role=each) for each in decision.approvers), "{one} and {other}")
    actor = phrase("the {kind} {actor}", kind=phrase(decision.actor.kind), actor=decision.actor.id)
    known = condition(
        change, OTHERS, purpose=decision.purpose, actor=actor, approvers=roles if roles != "" else phrase("somebody")
    )
    if known not in (None, ""):
        return known
    if path == "assurance.level":
        verified = phrase("with an identity verified to level {level} (it was {was})", level=would, was=was)
        return verified if would else phrase("without a verified identity")
    if path.startswith(SCORES):
        name = path.removeprefix(SCORES).strip(".")
        return phrase(
            "with a propensity of {would} for {name} (it was {was})", would=f"{would:g}", name=name, was=f"{was:g}"
        )
    return _value(change)


def _basis(decision: Decision, *, there: bool) -> Phrase:
    places = {"purpose": decision.purpose, "channel": decision.channel}
    if there:
        on = marked("with a legal basis for {purpose} on {channel}, such as consent")
        return phrase(on if decision.channel else marked("with a legal basis for {purpose}, such as consent"), **places)
    on = marked("without a legal basis for {purpose} on {channel}, such as consent")
    return phrase(on if decision.channel else marked("without a legal basis for {purpose}, such as consent"), **places)


def _value(change: Change) -> Any:
    would, was = change.would, change.was
    places = {"name": change.path.removeprefix(FACTS).removeprefix(ARGUMENTS), "would": repr(would), "was": repr(was)}
    if was is None:
        return phrase("had {name} been known, and been {would}", **places)
    if would is None:
        return phrase("without {name}", **places)
    if isinstance(would, bool):
        return phrase(marked("had {name} been true") if would else marked("had {name} been false"), **places)
    if isinstance(would, list) and isinstance(was, list):
        more, less = (", ".join(map(repr, each)) for each in differing(change))
        said = [phrase("with {values} among {name}", values=more, **places)] if more else []
        said += [phrase("without {values} among {name}", values=less, **places)] if less else []
        return joined(said, "{one} and {other}")
    if would == "":
        return phrase("with {name} empty instead of {was}", **places)
    return phrase("with {name} {would} instead of {was}", **places)
