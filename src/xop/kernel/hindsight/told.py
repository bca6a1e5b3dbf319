"""Counterfactuals in plain language: to whoever looks into a decision, and to the customer it is about."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.recorded import ARGUMENTS, FACTS, SCORES
from xop.kernel.hindsight.voice import on_channel, sentence, words

_WOULD = {
    "permit": "this would have been permitted",
    "hold": "this would have waited",
    "deny": "this would have been denied",
}
_WOULD_TO_CUSTOMER = {
    "permit": "it would have been allowed",
    "hold": "it would have had to wait",
    "deny": "it would have been refused",
}

_PHRASES: Mapping[tuple[str, Any], tuple[str, str]] = {
    ("contact.do_not_contact", True): (
        "had the customer asked not to be contacted",
        "if you had asked us not to contact you",
    ),
    ("contact.do_not_contact", False): (
        "had the customer not asked not to be contacted",
        "if you had not asked us not to contact you",
    ),
    ("contact.capped", True): (
        "had the customer been contacted as often as allowed already",
        "if we had already contacted you as often as we allow ourselves",
    ),
    ("contact.capped", False): (
        "had the customer been contacted less of late",
        "if you had heard from us less often lately",
    ),
    ("contact.quiet", True): ("within the customer's quiet hours", "if it had been a quiet hour where you are"),
    ("contact.quiet", False): ("outside the customer's quiet hours", "if it had not been a quiet hour where you are"),
    ("contact.addressable", True): (
        "with an address to reach the customer at",
        "if we had an address of yours that we may use for this",
    ),
    ("approved", True): ("had {approvers} approved", "if one of our staff had approved it"),
    ("approved", False): ("had nobody approved", "if nobody of our staff had approved it"),
    ("actor.granted", True): (
        "had the action been granted to {actor}",
        "if whoever asked had been given the right to do this",
    ),
    ("actor.granted", False): (
        "had the action not been granted to {actor}",
        "if whoever asked had not been given the right to do this",
    ),
    ("actor.purpose_allowed", True): (
        "had {actor} been allowed to pursue {purpose}",
        "if whoever asked had been allowed to act for this purpose",
    ),
    ("actor.engaged", True): (
        "had {actor} been in a conversation or task with the customer",
        "if whoever asked had been in a conversation with you",
    ),
    ("actor.with_people", False): (
        "had the conversation not been with people",
        "if one of our staff had not been talking with you",
    ),
    ("actor.within_budget", True): (
        "with something left of the budget of {actor}",
        "if less had been done for you already in this time",
    ),
    ("actor.within_budget", False): (
        "with nothing left of the budget of {actor}",
        "if as much had been done for you already as one may do",
    ),
    ("halted", True): ("had it been halted", "if we had stopped such actions at that time"),
    ("halted", False): ("had nothing been halted", "if we had not stopped such actions at that time"),
    ("disclosure.made", True): (
        "had the customer been told that they deal with an AI, and on whose behalf it acts",
        "if you had been told first that you deal with an AI",
    ),
    ("disclosure.made", False): (
        "had the customer not been told that they deal with an AI",
        "if you had not been told first that you deal with an AI",
    ),
    ("notice.given", True): (
        "had the customer been told that a high-risk AI system takes part",
        "if you had been told first that an AI system takes part in this",
    ),
    ("notice.given", False): (
        "had the customer not been told that a high-risk AI system takes part",
        "if you had not been told first that an AI system takes part in this",
    ),
    ("system.assessed", True): (
        "had the impact of the AI system on fundamental rights been assessed",
        "if we had assessed what the AI system means for people's rights",
    ),
    ("system.registered", True): (
        "had an AI system of the register answered for it",
        "if the AI system had been in our register",
    ),
    ("arm", "business"): ("had the customer been in no control group", "if you had not been in a comparison group"),
}
"""What the platform's own rules read, said to others and to the customer."""

_CARE: Mapping[str, tuple[str, str]] = {
    "support": ("an open support case", "an open support case"),
    "complaint": ("an open complaint", "an open complaint"),
    "vulnerable": ("being marked as vulnerable", "a note that you need special care"),
}


def counterfactual_told(found: Counterfactual, decision: Decision) -> str:
    """Return one counterfactual as a sentence."""
    conditions = " and ".join(_phrase(change, decision) for change in found.changes)
    then = _WOULD[found.verdict] if decision.stage != "choice" else f"{found.chosen} would have been chosen"
    return f"{conditions[:1].upper()}{conditions[1:]}, {then}."


def counterfactual_to_customer(
    found: Counterfactual,
    decision: Decision,
    purpose: str,
    facts: Mapping[str, str] = MappingProxyType({}),
    *,
    by_consent: bool = True,
) -> str:
    """Return one counterfactual as a sentence that is said to the customer, without anybody's data.

    `facts` are descriptions of facts by name, as they are said to the customer; `by_consent` says whether the purpose asks
    for consent, rather than only heeding objections.
    """
    conditions = " and ".join(
        _phrase_to_customer(change, decision, purpose, facts, by_consent=by_consent) for change in found.changes
    )
    then = _WOULD_TO_CUSTOMER[found.verdict]
    if decision.stage == "choice":
        then = f"we would have chosen “{words(found.chosen)}”"
    return sentence(f"{conditions}, {then}")


def counterfactual_data(found: Counterfactual, decision: Decision) -> dict[str, Any]:
    """Return one counterfactual as JSON-like data."""
    return {
        "changes": [{"name": each.path, "was": each.was, "would": each.would} for each in found.changes],
        "verdict": found.verdict,
        "code": found.code,
        **({"chosen": found.chosen} if found.chosen else {}),
        "story": counterfactual_told(found, decision),
    }


def _phrase(change: Change, decision: Decision) -> str:
    path, would = change.path, change.would
    if path == "consent.permitted":
        on = f" on {decision.channel}" if decision.channel else ""
        return f"{'with' if would else 'without'} a legal basis for {decision.purpose}{on}, such as consent"
    known = _known(change)
    if known is not None:
        approvers = f"the role {' and the role '.join(decision.approvers)}" if decision.approvers else "somebody"
        actor = f"the {decision.actor.kind} {decision.actor.id}"
        return known[0].format(purpose=decision.purpose, actor=actor, approvers=approvers)
    if path == "assurance.level":
        return _assurance(change)
    if path.startswith(SCORES):
        return f"with a propensity of {would:g} for {path.removeprefix(SCORES).strip('.')} (it was {change.was:g})"
    return _set(change) if isinstance(would, list) and isinstance(change.was, list) else _value(change)


def _value(change: Change) -> str:
    path, would = change.path, change.would
    name = path.removeprefix(FACTS).removeprefix(ARGUMENTS).replace("_", " ")
    if change.was is None:
        return f"had {name} been known, and been {would!r}"
    if would is None:
        return f"without {name}"
    if isinstance(would, bool):
        return f"had it {'' if would else 'not '}been the case that {name}"
    return f"with {name} {repr(would) if would != '' else 'empty'} instead of {change.was!r}"


def _phrase_to_customer(
    change: Change, decision: Decision, purpose: str, facts: Mapping[str, str], *, by_consent: bool
) -> str:
    path, would = change.path, change.would
    if path == "consent.permitted":
        by = f" {on_channel(decision.channel)}" if decision.channel else ""
        word = "agreed" if by_consent else "objected"
        return f"if you had {'' if bool(would) is by_consent else 'not '}{word} to {purpose}{by}"
    known = _known(change)
    if known is not None:
        return known[1]
    if path == "assurance.level":
        return "if your identity had been checked more strongly" if would > change.was else _less_checked(would)
    if path.startswith(SCORES):
        candidate = words(path.removeprefix(SCORES).partition(".")[0])
        return f"if our estimate of how well “{candidate}” suits you had been higher"
    if isinstance(would, list) and isinstance(change.was, list):
        return _set_to_customer(change)
    described = facts.get(path.removeprefix(FACTS)) if path.startswith(FACTS) else None
    return _fact_to_customer(change, described) if described else _value_to_customer(change)


def _fact_to_customer(change: Change, described: str) -> str:
    """Descriptions say what is so as `whether`, and how much as `how`."""
    described, would = described[:1].lower() + described[1:].rstrip("."), change.would
    found = "if we had been able to find out " if change.was is None else ""
    if isinstance(would, bool) and described.startswith("whether "):
        case = f"it had {'' if would else 'not '}been so that {described.removeprefix('whether ')}"
        return f"{found}{described}, and {case}" if found else f"if {case}"
    if type(would) is not int:
        return f"{found}{described}" if found else f"if we had found something else about this: {described}"
    if found:
        return f"{found}{described}, and it had been {would}"
    return f"if “{described}” had been at {'least' if would > change.was else 'most'} {would} (it was {change.was})"


def _value_to_customer(change: Change) -> str:
    name, would = words(change.path.removeprefix(FACTS).removeprefix(ARGUMENTS)), change.would
    ours = change.path.startswith(FACTS)
    if change.was is None:
        return f"if we had been able to find out about “{name}”" + (
            "" if would is not False else ", and it had not been so"
        )
    if isinstance(would, bool):
        return f"if {'we had found' if ours else 'the request had said'} {'' if would else 'no '}“{name}”"
    if type(would) is int and type(change.was) is int:
        low = "at least" if would > change.was else "at most"
        name, value, was = (
            (name.removesuffix(" cents"), f"{would / 100:.2f}", f"{change.was / 100:.2f}")
            if name.endswith(" cents")
            else (name, str(would), str(change.was))
        )
        return f"if the {name} had been {low} {value} (it was {was})"
    return f"if the {name} had been left out" if would is None else f"if the {name} had been another one"


def _known(change: Change) -> tuple[str, str] | None:
    if change.path.startswith("care.") and isinstance(change.would, bool):
        there, to_customer = _CARE.get(change.path.removeprefix("care."), ("that circumstance", "that circumstance"))
        word = "with" if change.would else "without"
        return f"{word} {there}", f"{word} {to_customer}"
    return _PHRASES.get((change.path, change.would)) if isinstance(change.would, bool | str) else None


def _assurance(change: Change) -> str:
    if change.would == 0:
        return "without a verified identity"
    return f"with an identity verified to level {change.would} (it was {change.was})"


def _less_checked(would: int) -> str:
    return "if your identity had been checked less strongly" if would else "if your identity had not been checked"


def _set(change: Change) -> str:
    more = [each for each in change.would if each not in change.was]
    less = [each for each in change.was if each not in change.would]
    if change.path == "contact.suppressed_by":
        return _cases(more, less, 0)
    name = change.path.removeprefix(FACTS).removeprefix(ARGUMENTS).replace("_", " ")
    said = [f"with {', '.join(map(repr, more))} among {name}"] if more else []
    said += [f"without {', '.join(map(repr, less))} among {name}"] if less else []
    return " and ".join(said)


def _set_to_customer(change: Change) -> str:
    more = [each for each in change.would if each not in change.was]
    less = [each for each in change.was if each not in change.would]
    if change.path == "contact.suppressed_by":
        return _cases(more, less, 1)
    noun = {"intents": "that you want to", "flags": "a note of"}.get(change.path, "the entry")
    said = [f"if we had known of {noun} {_listed(more)}"] if more else []
    said += [f"if we had not known of {noun} {_listed(less)}"] if less else []
    if change.path == "intents":
        said = [f"if you had wanted to “{_listed(more)}”"] if more else []
        said += [f"if you had not wanted to “{_listed(less)}”"] if less else []
    return " and ".join(said)


def _listed(names: list[str]) -> str:
    return " and ".join(words(each) for each in names)


def _cases(more: list[str], less: list[str], voice: int) -> str:
    said = [f"with {_CARE[each][voice] if each in _CARE else each}" for each in more]
    said += [f"without {_CARE[each][voice] if each in _CARE else each}" for each in less]
    return " and ".join(said)
