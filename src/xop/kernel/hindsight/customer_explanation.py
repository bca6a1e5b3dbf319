"""The explanation of a decision to the customer it is about: plain language, and nothing of anybody else.

It has what AI Act Article 86 and GDPR Articles 15(1)(h) and 22(3) ask for. It names no rule, system or person by an internal
name, shows no values, and tells no chain of thought.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xop.kernel.base.phrase import ENGLISH, Phrase, Speech, joined, marked, phrase, spoken, verbatim
from xop.kernel.base.times import iso
from xop.kernel.hindsight.account import Account
from xop.kernel.hindsight.grounds import ground_told
from xop.kernel.hindsight.inputs import facts_described, inputs_to_customer
from xop.kernel.hindsight.machine import Machine, Role
from xop.kernel.hindsight.model import Counterfactual
from xop.kernel.hindsight.outcome import chosen_told, effect_told, subject_told, verdict_told
from xop.kernel.hindsight.rights import rights_of
from xop.kernel.hindsight.told_to_customer import counterfactual_to_customer
from xop.kernel.hindsight.voice import addressed, moment, plain, words

_ROLES: Mapping[Role, str] = marked(
    {
        "automated": "An AI system took part in this. No person did.",
        "ai_recommended_human_decided": "An AI system suggested this. One of our staff has the last word.",
        "human_decided_ai_informed": "One of our staff decided to do this. An AI system helped them.",
        "none": "No AI took part in this. It follows from fixed rules and from what we have on record.",
    }
)

_ASKERS: Mapping[str, str] = marked(
    {
        "agent": "the AI system that asked",
        "operator": "the member of our staff who asked",
        "partner": "the partner of ours who asked",
        "source": "the app or system that asked",
    }
)
"""Who asked, as far as the customer is to know."""

_OURSELVES = marked("our own system")

_POINT, _RUN = "- {line}", "{one} {other}"
"""How lines are put together in every language."""

Line = Phrase | str


def customer_explanation(account: Account, speech: Speech = ENGLISH) -> dict[str, Any]:
    """Return the explanation as JSON-like data, with all of it in plain language as `text`."""
    decision, parts = account.decision, account.parts
    changed = [change.path for each in account.found for change in each.changes]
    rules = list(_rules(account, speech.language))
    told: dict[str, Any] = {
        "decision": decision.id,
        "at": iso(decision.at),
        "audience": "customer",
        "language": speech.language,
        "decided": {
            "about": subject_told(account),
            "on": moment(decision.at, account.zone),
            "verdict": decision.verdict,
            "text": verdict_told(account),
        },
        "effect": effect_told(account),
        "ai": {
            "role": parts.role,
            "text": phrase(_ROLES[parts.role]),
            "systems": [_machine(each) for each in parts.machines],
        },
        "deployer": account.deployer,
        "rules": rules,
        "inputs": inputs_to_customer(decision, account.release, account.zone, changed),
        "decisive": [each["text"] for each in rules],
        "counterfactuals": [_would(each, account) for each in account.found],
        "people": {"involved": parts.by_person, "text": _people(account)},
        "rights": rights_of(account),
        "verify": account.verification,
        "evidence": "kept" if account.evidence is not None else "erased",
    }
    asker = phrase(_ASKERS.get(decision.actor.kind, _OURSELVES))
    told = spoken(told, speech.say, asker=asker)
    told["counterfactuals"] = list(dict.fromkeys(told["counterfactuals"]))
    return {**told, "text": "\n".join(spoken([*_text(told, account)], speech.say))}


def _rules(account: Account, language: str) -> Iterator[dict[str, Any]]:
    """Yield what decided, in order; what lost to it is nothing to go by."""
    standing = [each for each in account.decision.reasons if not each.lost]
    for number, reason in enumerate(standing, 1):
        basis = {"legal_basis": reason.basis} if reason.basis else {}
        yield {"order": number, "text": ground_told(reason, account.release, language), **basis}


def _would(found: Counterfactual, account: Account) -> Phrase:
    decision, release = account.spoken_of(found), account.release
    purpose = release.purposes.get(decision.purpose) if release is not None else None
    title = (purpose.title if purpose is not None else "") or words(decision.purpose)
    asked = purpose is None or purpose.basis == "consent"
    return counterfactual_to_customer(found, decision, title, facts_described(release), by_consent=asked)


def _machine(machine: Machine) -> dict[str, Any]:
    told = {
        "name": words(machine.name),
        "provider": machine.provider,
        "model": plain(machine.model),
        "version": machine.version,
        "purpose": verbatim(addressed(machine.purpose)) if machine.purpose else "",
    }
    return {name: value for name, value in told.items() if value}


def _people(account: Account) -> Phrase:
    decision, parts = account.decision, account.parts
    if decision.until == "approval" and not parts.answers:
        return phrase("One of our staff will decide on this.")
    if parts.answers or parts.approved_by or decision.person:
        return phrase("One of our staff looked at this and decided.")
    if parts.asked_by_person:
        return phrase("One of our staff asked for this.")
    return phrase("No person took part in this decision. You can ask for one to look at it.")


def _text(told: dict[str, Any], account: Account) -> Iterator[Line]:
    """Yield the text line by line, from what is said already."""
    decided, ai = told["decided"], told["ai"]
    yield phrase("What was decided")
    if account.decision.stage == "choice":
        yield phrase("On {moment} {chosen}", moment=decided["on"], chosen=chosen_told(account.decision))
    else:
        yield phrase("On {moment} we decided about this: “{what}”", moment=decided["on"], what=decided["about"])
    yield from filter(None, (decided["text"], *told["effect"]))
    yield from _section(phrase("Why"), [_cited(each["text"], each.get("legal_basis", "")) for each in told["rules"]])
    if told["inputs"]:
        yield from _section(phrase("What we looked at"), [_input(each) for each in told["inputs"]])
    yield from _section(phrase("What would have changed it"), told["counterfactuals"] or [_nothing(account)])
    yield from _section(phrase("The part of AI"), [])
    yield ai["text"]
    yield from (_system(each) for each in ai["systems"])
    yield from _section(phrase("The part of people"), [])
    yield told["people"]["text"]
    yield from _section(phrase("Who answers for it"), [])
    yield _deployer(told["deployer"])
    yield from _section(phrase("Your rights"), [_cited(each["text"], each["basis"]) for each in told["rights"]])
    yield from _section(phrase("How to check this"), [])
    yield _checking(account)


def _section(title: Phrase, lines: Sequence[Line]) -> Iterator[Line]:
    yield ""
    yield title
    yield from (Phrase(_POINT, (("line", each),)) for each in lines)


def _cited(text: str, basis: str) -> str:
    """Return a sentence with its basis in law before the full stop."""
    return f"{text.removesuffix('.')} ({basis})." if basis else text


def _input(read: dict[str, Any]) -> Phrase:
    if "as_of" in read:
        return phrase("{category}: from {source}, as of {as_of}.", **read)
    return phrase("{category}: from {source}.", **read)


def _nothing(account: Account) -> Phrase:
    if account.evidence is None:
        return phrase("Some details behind this decision have been deleted since. We can only tell you what is left.")
    return phrase("We found nothing that could have been different and would have changed this.")


def _deployer(deployer: dict[str, str]) -> Phrase:
    if "contact" in deployer:
        return phrase("{name}. You reach us at {contact}.", **deployer)
    return phrase("{name}.", **deployer)


def _system(machine: dict[str, str]) -> Any:
    made = marked("Its name is “{name}”, made by {provider}.")
    told = [phrase(made if "provider" in machine else marked("Its name is “{name}”."), **machine)]
    if "model" in machine:
        runs = marked("It runs on: {model}, version {version}.")
        told.append(phrase(runs if "version" in machine else marked("It runs on: {model}."), **machine))
    if "purpose" in machine:
        told.append(phrase("What it is for: {purpose}", **machine))
    return joined(told, _RUN)


def _checking(account: Account) -> Phrase:
    if account.entered.index is None:
        return phrase("This decision is not in our public log of decisions any more, or not yet.")
    return phrase(
        "This decision is number {number} in our log of decisions. Nobody can change the log without being "
        "noticed. Ask us for the proof: anybody can check it for you, without having to trust us.",
        number=account.entered.index,
    )
