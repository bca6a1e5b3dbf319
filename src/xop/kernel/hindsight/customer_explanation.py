"""The explanation of a decision to the customer it is about: plain language, and nothing of anybody else.

It has what AI Act Article 86 and GDPR Articles 15(1)(h) and 22(3) ask for. It names no rule, system or person by an internal
name, shows no values, and tells no chain of thought.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from xop.kernel.base.times import iso
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.account import Account
from xop.kernel.hindsight.grounds import ground_told
from xop.kernel.hindsight.inputs import facts_described, inputs_to_customer
from xop.kernel.hindsight.machine import Machine, Role
from xop.kernel.hindsight.model import Counterfactual
from xop.kernel.hindsight.outcome import effect_told, subject_told, verdict_told
from xop.kernel.hindsight.rights import rights_of
from xop.kernel.hindsight.told import counterfactual_to_customer
from xop.kernel.hindsight.voice import addressed, moment, plain, words

_ROLES: dict[Role, str] = {
    "automated": "An AI system took part in this. No person did.",
    "ai_recommended_human_decided": "An AI system suggested this. One of our staff has the last word.",
    "human_decided_ai_informed": "One of our staff decided to do this. An AI system helped them.",
    "none": "No AI took part in this. It follows from fixed rules and from what we have on record.",
}

_ASKERS: dict[str, str] = {
    "agent": "the AI system that asked",
    "operator": "the member of our staff who asked",
    "partner": "the partner of ours who asked",
    "source": "the app or system that asked",
}

_NOTHING = "We found nothing that could have been different and would have changed this."
_ERASED = "Some details behind this decision have been deleted since. We can only tell you what is left."


def customer_explanation(account: Account) -> dict[str, Any]:
    """Return the explanation as JSON-like data, with all of it in plain language as `text`."""
    decision, parts = account.decision, account.parts
    changed = [change.path for each in account.found for change in each.changes]
    told: dict[str, Any] = {
        "decision": decision.id,
        "at": iso(decision.at),
        "audience": "customer",
        "language": "en",
        "decided": {
            "about": subject_told(account),
            "on": moment(decision.at, account.zone),
            "verdict": decision.verdict,
            "text": verdict_told(account),
        },
        "effect": effect_told(account),
        "ai": {"role": parts.role, "text": _ROLES[parts.role], "systems": [_machine(each) for each in parts.machines]},
        "deployer": account.deployer,
        "rules": list(_rules(account)),
        "inputs": inputs_to_customer(decision, account.release, account.zone, changed),
        "decisive": [each["text"] for each in _rules(account)],
        "counterfactuals": _otherwise(account),
        "people": {"involved": parts.by_person, "text": _people(account)},
        "rights": rights_of(account),
        "verify": account.verification,
        "evidence": "kept" if account.evidence is not None else "erased",
    }
    told = {name: _naming(value, _asker(decision)) for name, value in told.items()}
    return {**told, "text": "\n".join(_text(told, account))}


def _asker(decision: Decision) -> str:
    return _ASKERS.get(decision.actor.kind, "our own system")


def _naming(value: Any, asker: str) -> Any:
    """Return JSON-like data that says who asked, as far as the customer is to know."""
    if isinstance(value, str):
        named = value.replace("Whoever asked", f"{asker[:1].upper()}{asker[1:]}")
        return named.replace("whoever asked", asker)
    if isinstance(value, dict):
        return {name: _naming(each, asker) for name, each in value.items()}
    return [_naming(each, asker) for each in value] if isinstance(value, list) else value


def _rules(account: Account) -> Iterator[dict[str, Any]]:
    """Yield what decided, in order; what lost to it is nothing to go by."""
    standing = [each for each in account.decision.reasons if not each.lost]
    for number, reason in enumerate(standing, 1):
        basis = {"legal_basis": reason.basis} if reason.basis else {}
        yield {"order": number, "text": ground_told(reason, account.release), **basis}


def _otherwise(account: Account) -> list[str]:
    return list(dict.fromkeys(_would(each, account) for each in account.found))


def _would(found: Counterfactual, account: Account) -> str:
    decision, release = account.spoken_of(found), account.release
    purpose = release.purposes.get(decision.purpose) if release is not None else None
    title = (purpose.title if purpose is not None else "") or words(decision.purpose)
    asked = purpose is None or purpose.basis == "consent"
    return counterfactual_to_customer(found, decision, title, facts_described(release), by_consent=asked)


def _machine(machine: Machine) -> dict[str, str]:
    told = {
        "name": words(machine.name),
        "provider": machine.provider,
        "model": plain(machine.model),
        "version": machine.version,
        "purpose": addressed(machine.purpose),
    }
    return {name: value for name, value in told.items() if value}


def _people(account: Account) -> str:
    decision, parts = account.decision, account.parts
    if decision.until == "approval" and not parts.answers:
        return "One of our staff will decide on this."
    if parts.answers or decision.person:
        return "One of our staff looked at this and decided."
    if parts.asked_by_person:
        return "One of our staff asked for this."
    return "No person took part in this decision. You can ask for one to look at it."


def _text(told: dict[str, Any], account: Account) -> Iterator[str]:
    decided, ai = told["decided"], told["ai"]
    yield "What was decided"
    about = decided["about"]
    chose = account.decision.stage == "choice"
    yield f"On {decided['on']} " + (f"{about[0].lower()}{about[1:]}" if chose else f"we decided about this: “{about}”")
    yield from filter(None, (decided["text"], *told["effect"]))
    yield from _section("Why", [_cited(each["text"], each.get("legal_basis", "")) for each in told["rules"]])
    if told["inputs"]:
        yield from _section("What we looked at", [_input(each) for each in told["inputs"]])
    missing = _ERASED if account.evidence is None else _NOTHING
    yield from _section("What would have changed it", told["counterfactuals"] or [missing])
    yield from _section("The part of AI", [])
    yield ai["text"]
    yield from (_system(each) for each in ai["systems"])
    yield from _section("The part of people", [])
    yield told["people"]["text"]
    yield from _section("Who answers for it", [])
    deployer = told["deployer"]
    yield f"{deployer['name']}." + (f" You reach us at {deployer['contact']}." if "contact" in deployer else "")
    yield from _section("Your rights", [_cited(each["text"], each["basis"]) for each in told["rights"]])
    yield from _section("How to check this", [])
    yield _checking(account)


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"- {each}" for each in lines)


def _cited(text: str, basis: str) -> str:
    """Return a sentence with its basis in law before the full stop."""
    return f"{text.removesuffix('.')} ({basis})." if basis else text


def _input(read: dict[str, Any]) -> str:
    since = f", as of {read['as_of']}" if "as_of" in read else ""
    return f"{read['category']}: from {read['source']}{since}."


def _system(machine: dict[str, str]) -> str:
    made = f", made by {machine['provider']}" if "provider" in machine else ""
    kind = f" It runs on: {machine['model']}" if "model" in machine else ""
    version = f", version {machine['version']}" if "version" in machine else ""
    purpose = f" What it is for: {machine['purpose']}" if "purpose" in machine else ""
    return f"Its name is “{machine['name']}”{made}.{kind}{version if kind else ''}{'.' if kind else ''}{purpose}"


def _checking(account: Account) -> str:
    if account.entered.index is None:
        return "This decision is not in our public log of decisions any more, or not yet."
    return (
        f"This decision is number {account.entered.index} in our log of decisions. Nobody can change the log without being "
        "noticed. Ask us for the proof: anybody can check it for you, without having to trust us."
    )
