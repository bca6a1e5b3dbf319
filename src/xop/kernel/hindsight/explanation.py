"""The explanation of a decision in full, for whoever audits it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from xop.kernel.base.phrase import ENGLISH, Speech, marked, phrase, point, spoken, verbatim
from xop.kernel.base.times import iso
from xop.kernel.decisions.aftermath import happening_told
from xop.kernel.decisions.explain import explain
from xop.kernel.decisions.model import Reason
from xop.kernel.decisions.reasons import reason_told
from xop.kernel.hindsight.account import Account
from xop.kernel.hindsight.inputs import inputs
from xop.kernel.hindsight.machine import Role
from xop.kernel.hindsight.rights import rights_of
from xop.kernel.hindsight.told import counterfactual_data, counterfactual_told

_ROLES: Mapping[Role, str] = marked(
    {
        "automated": "An AI system took part, and no person did.",
        "ai_recommended_human_decided": "An AI system proposed it, and a person decides or decided.",
        "human_decided_ai_informed": "A person asked for it, and an AI system informed them or had a part in it.",
        "none": "No AI system had a part in it: it follows from fixed rules and records alone.",
    }
)


def explanation(account: Account, speech: Speech = ENGLISH) -> dict[str, Any]:
    """Return the whole explanation as JSON-like data."""
    decision, parts = account.decision, account.parts
    path = explain(decision, account.evidence, account.after, account.halt, speech.say)
    told: dict[str, Any] = {
        "decision": decision.id,
        "at": iso(decision.at),
        "audience": "auditor",
        "language": speech.language,
        "decided": path["asked"]
        | {"verdict": decision.verdict, "code": decision.code, "until": decision.until or None},
        "effect": path["after"] or [{"what": "nothing" if decision.verdict == "deny" else "pending"}],
        "ai": {
            "role": parts.role,
            "text": phrase(_ROLES[parts.role]),
            "systems": msgspec.to_builtins(parts.machines),
        },
        "deployer": account.deployer,
        "release": decision.release,
        "rules": [_rule(number, each, account) for number, each in enumerate(decision.reasons, 1)],
        "inputs": inputs(decision, account.evidence, account.release),
        "decisive": _decisive(account),
        "counterfactuals": [counterfactual_data(each, account.spoken_of(each)) for each in account.found],
        "people": {
            "involved": parts.by_person,
            "person": decision.person or ", ".join(parts.approved_by) or None,
            "answers": [happening_told(each) for each in parts.answers],
        },
        "rights": rights_of(account),
        "verify": account.verification,
        "evidence": path["evidence"],
        "reasoning": path,
        "text": "\n".join(spoken([*_text(account, path["story"])], speech.say)),
    }
    said: dict[str, Any] = spoken(told, speech.say)
    return said


def _rule(number: int, reason: Reason, account: Account) -> dict[str, Any]:
    known = account.release.policies.rules.get(reason.rule) if account.release is not None else None
    told = {
        "order": number,
        "rule": reason.rule,
        "version": account.decision.release,
        "effect": reason.effect,
        "text": reason_told(reason, account.decision),
        "legal_basis": reason.basis,
        "lost": verbatim(reason.lost) if reason.lost else "",
        "place": f"{known.file}:{known.line}" if known is not None else "",
    }
    return {name: value for name, value in told.items() if value != ""}


def _decisive(account: Account) -> list[str]:
    """Return the names of what the outcome hangs on: what a counterfactual changes, else what the rules that decided read."""
    changed = [change.path for each in account.found for change in each.changes]
    read = [name for reason in account.decision.reasons if not reason.lost for name in reason.reads]
    return list(dict.fromkeys(changed or read))


def _text(account: Account, story: str) -> Iterator[Any]:
    yield from (story, "", phrase(_ROLES[account.parts.role]))
    for each in account.parts.machines:
        known = ", ".join(filter(None, (each.provider, each.model, each.version, each.instructions)))
        yield point(f"{each.name}: {known}")
    deployer = account.deployer
    who = ", ".join(filter(None, (deployer["name"], deployer.get("contact"))))
    yield from ("", phrase("Responsible: {who}.", who=who), "")
    if account.found:
        yield phrase("What would have been decided otherwise:")
        yield from (point(counterfactual_told(each, account.spoken_of(each))) for each in account.found)
    elif account.evidence is None:
        yield phrase("The values behind this decision were erased: what else would have been decided is not told.")
    else:
        yield phrase("Nothing that could have been otherwise and may be told was found to lead to another decision.")
    yield ""
    places = {"log": account.entered.origin, "index": account.entered.index, "command": account.verification["bundle"]}
    if account.entered.index is None:
        yield phrase("In the log {log}: not in it, or erased. {command} exports the proof.", **places)
    else:
        yield phrase("In the log {log}: leaf {index}. {command} exports the proof.", **places)
