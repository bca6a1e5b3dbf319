"""What the acts of a recorded desk mean: which execute something, which disclose something, what the bank answered."""

import re
from collections.abc import Mapping
from typing import Any, Literal

Result = Literal["confirmed", "refused", "unconfirmed"]
"""The bank's answer to the question who the customer is; anything that is no clear yes or no is `unconfirmed`."""

BANK_EXECUTIONS = {"bank_balance": "read_balance", "bank_fraud_report": "file_fraud_report"}
"""The bank's services and the actions they carry out: one call authenticates and executes."""

DISCLOSURES = {
    "bank_inform_balance": "tell_balance",
    "bank_inform_fraud_report_submitted": "confirm_fraud_report",
}
"""Acts of the desk that tell the customer something of their account."""

OWN_WORDS = frozenset({"", "custom"})
"""Labels of answers in the agent's own words."""

_WRITES = re.compile(r"_(book|schedule|plan|rsvp|change|request|report|codes|support)$")
_STATUS = re.compile(r"(message|status|confirmation)$", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:[^.?!]|[.](?=\d))+[.?!]*")
_MONEY = r"[$£€]?\s?\d[\d.,]*"
_BALANCE = re.compile(
    rf"\bbalance\b[^.?!\d]{{0,40}}\b(is|of|stands at)\b[^.?!\d]{{0,15}}{_MONEY}|{_MONEY} (dollars )?in (credit|your account)",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\breport\b[^.?!]{0,40}\b(has|have|was|is) (been |now )?(re-?)?(submitted|filed|turned in|sent)\b"
    r"|\breport (successfully )?(submitted|filed)\b"
    r"|\b(i|we)( have|'ve)? (just )?(re-?)?(submitted|filed) (the|your|a|this)( \w+){0,2} report\b",
    re.IGNORECASE,
)


def is_bank(service: str) -> bool:
    """Say whether a service is the bank's."""
    return service.startswith("bank")


def execution(service: str, request: str) -> str | None:
    """Return the action that a call of a service carries out; None when it only looks something up."""
    if is_bank(service):
        return BANK_EXECUTIONS.get(service)
    return "carry_out" if _WRITES.search(service) and request != "Check" else None


def disclosure(label: str, text: str) -> tuple[str, Literal["label", "text"]] | None:
    """Return the action that an answer of the desk performs, and whether its label or its words show it."""
    if label in DISCLOSURES:
        return DISCLOSURES[label], "label"
    if label not in OWN_WORDS:
        return None
    said = [sentence for sentence in _SENTENCE.findall(text) if not sentence.rstrip().endswith("?")]
    if any(_BALANCE.search(sentence) for sentence in said):
        return "tell_balance", "text"
    return ("confirm_fraud_report", "text") if any(_REPORTED.search(sentence) for sentence in said) else None


def authentication(item: Mapping[str, Any] | None) -> Result:
    """Return what a bank service's answer says about who the customer is."""
    if not item:
        return "unconfirmed"
    if re.search("cannot authenticate|must provide", status_text(item), re.IGNORECASE):
        return "refused"
    names = {name.rpartition("/")[2] for name in item}
    return "confirmed" if names & {"BankBalance", "Confirmation"} else "unconfirmed"


def status_text(item: Mapping[str, Any] | None) -> str:
    """Return a service's own words about how it went; empty when it only gave a record."""
    texts = [value for name, value in (item or {}).items() if _STATUS.search(name) and isinstance(value, str)]
    return " ".join(texts)[:1990]
