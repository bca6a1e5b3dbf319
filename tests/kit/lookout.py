"""The harbour with a register of AI systems: who must be told what, and who may approve."""

import json
from typing import Any

from tests.kit.counter import queue_files
from tests.kit.harbour import BOT
from xop.assembly import compiled
from xop.kernel.base.actor import Actor
from xop.kernel.oversight.commands import Inform
from xop.kernel.release import Release

WORDS = "You are dealing with an AI that acts on behalf of the Harbour."

ASSESSMENT: dict[str, Any] = {
    "process": "Loans below 500 are granted in chat.",
    "period": "Every day, for every application.",
    "people": "Applicants, among them people with little income.",
    "risks": "A refusal that a person would not have made.",
    "oversight": "A trained person looks at every refusal.",
    "measures": "Complaints go to the head of lending, who can reverse a decision.",
    "performed": "2026-03-01",
    "valid_until": "2026-12-31",
    "authority_notified": "2026-03-10",
}

BOT_SYSTEM: dict[str, Any] = {
    "covers": ["agent:helper_bot", "agent:shy_bot"],
    "provider": "A maker of models",
    "purpose": "Answers customers in chat.",
    "risk_class": "art50",
    "rationale": "It talks to people and decides nothing of Annex III.",
    "disclosure": "ai_chat",
}

LENDER: dict[str, Any] = {
    "covers": ["action:grant_loan"],
    "provider": "A maker of scores",
    "purpose": "Says whether a small loan is granted.",
    "risk_class": "annex_iii:5b",
    "rationale": "It evaluates creditworthiness.",
    "notice": "ai_lending",
    "assessment": ASSESSMENT,
    "oversight": ["Every refusal is looked at by a trained person."],
    "instructions": {"id": "lender-guide", "version": "3"},
}

EARLY = {"notice": "2026-01-01", "assessment": "2026-01-01", "competence": "2026-01-01"}
"""Duties of Annex III that bind now, which is earlier than the law asks."""

TRAINED = {"record": "T-17", "valid_until": "2026-12-31", "systems": ["*"]}

_LOAN: dict[str, Any] = {
    "name": "grant_loan",
    "version": 1,
    "description": "Grant a small loan.",
    "kind": "write",
    "purpose": "service",
    "risk_class": "annex_iii:5b",
    "output": {"type": "object", "properties": {"granted": {"type": "boolean"}}, "required": ["granted"]},
    "binding": {"connection": "desk", "request": {"customer": "{{customer.id}}", "output": {"granted": True}}},
}

_HELLO: dict[str, Any] = {
    "name": "say_hello",
    "version": 1,
    "description": "Say who is there.",
    "kind": "contact",
    "purpose": "service",
    "channel": "web",
    "informs": "ai_chat",
    "binding": {"connection": "desk", "request": {"to": "{{address}}", "text": f"Hello! {WORDS}"}},
}


def lookout_files(
    systems: dict[str, Any] | None = None,
    effective_from: dict[str, str] | None = None,
    training: dict[str, dict[str, Any]] | None = None,
    owner: str = "",
    rule: str = "",
    granted: Any = True,
    **lender: Any,
) -> dict[str, bytes]:
    """Return the harbour's files with a register; `lender` changes the system behind the loans."""
    files = queue_files()
    own = {"lender": {**LENDER, **lender}, "chat_bot": BOT_SYSTEM}
    register = {
        "deployer": {"name": "Harbour", "contact": "ai@harbour.test"},
        "systems": own if systems is None else systems,
        "texts": {
            "ai_chat": {"kind": "disclosure", "version": 1, "languages": {"en": WORDS, "de": "Hier spricht eine KI."}},
            "ai_lending": {"kind": "notice", "version": 1, "languages": {"en": "An AI helps to decide on loans."}},
        },
        "effective_from": effective_from or {},
        "probes": {
            "gift": {
                "agent": "helper_bot",
                "action": "issue_credit",
                "arguments": {"cents": 40_000},
                "wrong": "Nobody complained, and nothing was charged.",
            }
        },
    }
    files["systems.yaml"] = json.dumps(register).encode()
    loan = json.dumps(_LOAN).replace('"granted": true', f'"granted": {json.dumps(granted)}')
    files["actions/grant_loan.yaml"] = loan.encode()
    files["actions/say_hello.yaml"] = json.dumps(_HELLO).encode()
    people = files["agents.yaml"].replace(b"[issue_credit, send_notice, read_bill]", b'["*"]')
    if owner:
        people = people.replace(
            b"    customers: all\n    autonomy", f"    owner: {owner}\n    customers: all\n    autonomy".encode()
        )
    for name, each in (training or {}).items():
        people = people.replace(f"  {name}: {{".encode(), f"  {name}: {{training: {json.dumps(each)}, ".encode())
    files["agents.yaml"] = people
    if rule:
        files["policies/lookout.cedar"] = rule.encode()
    return files


def lookout(**changes: Any) -> Release:
    """Return the release of those files."""
    return compiled(lookout_files(**changes))


def approval_rule(action: str) -> str:
    """Return a rule by which an action waits for a supervisor."""
    return f"""
@id("lookout.ask")
@message("A supervisor looks at it first.")
@outcome("hold")
@until("approval")
@approver("supervisor")
forbid(principal is Agent, action == Action::"{action}", resource)
when {{ !context.approved }};
"""


def told(number: object, text: str = "ai_chat", actor: Actor = BOT, **more: Any) -> Inform:
    """Return the word that a customer was given a text in English."""
    return Inform(f"inform:test:{number}", actor, text, "en", **more)
