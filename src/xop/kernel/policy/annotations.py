"""What the annotations of a rule may say, and every way they can be wrong."""

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from xop.kernel.base.spans import SPAN_PATTERN
from xop.kernel.policy.model import Effect, Terms, Until
from xop.kernel.policy.source import invisible

KNOWN = (
    "id", "message", "customer", "basis", "outcome", "until", "approver", "people", "deadline", "reminder", "escalate_to",
    "escalate_after", "halts", "shadow", "obligation", "default",
)  # fmt: skip
TERMS = ("people", "deadline", "reminder", "escalate_to", "escalate_after")
HALTS = ("agent", "action", "connection", "all")
MOST_PEOPLE = 9
UNTIL: tuple[str, ...] = get_args(Until)

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_WORD = re.compile(r"[a-z][a-z0-9_.:-]*")
_SPAN = re.compile(SPAN_PATTERN)
_TRANSLATED = re.compile(r"customer_([a-z]{2,3}(?:_[A-Z]{2})?)")
_PLACEHOLDER = re.compile(r"[{}<>\n]")
_MAX_VALUE = 2_000
_MAX_SENTENCE = 300

Mistake = tuple[str, str]  # cause and remedy


def effect_of(annotations: Mapping[str, str], cedar_effect: str) -> Effect:
    """Return what the rule does; a forbid with `@outcome("hold")` holds."""
    if cedar_effect == "permit":
        return "permit"
    return "hold" if annotations.get("outcome") == "hold" else "forbid"


def obligations_of(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """Return the obligations a permit carries, in the order written."""
    return tuple(word.strip() for word in annotations.get("obligation", "").split(",") if word.strip())


def translated_of(annotations: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what the customer is told in other languages, by the names of these, in the order written."""
    found = ((_TRANSLATED.fullmatch(name), said) for name, said in annotations.items())
    return tuple((match[1].replace("_", "-"), said) for match, said in found if match is not None)


def terms_of(annotations: Mapping[str, str]) -> Terms | None:
    """Return how an approval is to be given; None for a rule that waits for none."""
    if annotations.get("until") != "approval":
        return None
    spans = {name: annotations.get(name, "") for name in TERMS if name != "people"}
    return Terms(int(annotations.get("people", "1")), **spans)


def mistakes(annotations: Mapping[str, str], cedar_effect: str, pack: str) -> Iterator[Mistake]:
    """Yield cause and remedy of every mistake in the annotations of one rule of a pack."""
    yield from _values(annotations)
    yield from _identity(annotations, pack)
    for name, value in annotations.items():
        if name == "customer" or _TRANSLATED.fullmatch(name):
            yield from _to_customer(name, value)
    yield from _hold(annotations, cedar_effect)
    yield from _terms(annotations)
    yield from _reach(annotations, cedar_effect)
    yield from _extras(annotations, cedar_effect)


def _values(annotations: Mapping[str, str]) -> Iterator[Mistake]:
    for name, value in annotations.items():
        if name not in KNOWN and not _TRANSLATED.fullmatch(name):
            known = ", ".join(f"@{each}" for each in KNOWN)
            yield (
                f"annotation @{name} is unknown",
                f"use one of {known}, or one such as @customer_es or @customer_pt_BR",
            )
        if len(value) > _MAX_VALUE:
            yield f"@{name} is longer than {_MAX_VALUE} characters", "say it shorter"
        hidden = invisible(value)
        if hidden is not None:
            yield f"@{name} holds the invisible character {hidden[1]}", "write it without"


def _identity(annotations: Mapping[str, str], pack: str) -> Iterator[Mistake]:
    rule_id = annotations.get("id", "")
    example = f'@id("{pack}.<name>")'
    if not rule_id:
        yield "the rule has no @id", f"name it: {example}"
    elif not _ID.fullmatch(rule_id):
        yield f"@id({rule_id!r}) is no rule name", f"use small letters, digits, _ and dots: {example}"
    elif not rule_id.startswith(f"{pack}."):
        yield f"@id({rule_id!r}) is outside its pack {pack!r}", f"start it with the pack: {example}"
    if not annotations.get("message", "").strip():
        yield "the rule has no @message", 'say why in plain words: @message("...")'


def _to_customer(name: str, sentence: str) -> Iterator[Mistake]:
    if not sentence.strip():
        yield f"@{name} says nothing", "write the sentence that the customer is told, or leave it out"
    if len(sentence) > _MAX_SENTENCE:
        yield f"@{name} is longer than {_MAX_SENTENCE} characters", "say it in one sentence"
    if _PLACEHOLDER.search(sentence):
        yield f"@{name} holds {{, }}, < or > or a second line", "write one plain sentence: nothing is filled in"


def _hold(annotations: Mapping[str, str], cedar_effect: str) -> Iterator[Mistake]:
    outcome, until = annotations.get("outcome"), annotations.get("until")
    if outcome not in (None, "hold"):
        yield f"@outcome({outcome!r}) is unknown", '@outcome("hold") is the only one; leave it out otherwise'
    if outcome is not None and cedar_effect == "permit":
        yield "@outcome stands on a permit", "write the hold as a forbid, so that plain Cedar tools deny"
    holds = outcome == "hold" and cedar_effect == "forbid"
    if holds and not until:
        yield "the hold does not say until when", f"add @until with one of {', '.join(UNTIL)}"
    if until is not None and not holds:
        yield "@until stands on a rule that does not hold", 'add @outcome("hold") to the forbid or drop @until'
    if until and until not in UNTIL:
        yield f"@until({until!r}) is unknown", f"use one of {', '.join(UNTIL)}"
    yield from _approver(annotations.get("approver"), until)


def _approver(approver: str | None, until: str | None) -> Iterator[Mistake]:
    if until == "approval" and not approver:
        yield "nobody is named to approve", 'add @approver("role")'
    if approver is not None and until != "approval":
        yield "@approver stands on a rule that waits for no approval", 'add @until("approval") or drop @approver'
    if approver and not _WORD.fullmatch(approver):
        yield f"@approver({approver!r}) is no role name", "use small letters, digits, _ . : and -"


def _terms(annotations: Mapping[str, str]) -> Iterator[Mistake]:
    given = [name for name in TERMS if name in annotations]
    if given and annotations.get("until") != "approval":
        yield f"@{given[0]} stands on a rule that waits for no approval", 'add @until("approval") or drop it'
    people = annotations.get("people", "1")
    if not (people.isascii() and people.isdigit() and 1 <= int(people) <= MOST_PEOPLE):
        yield f"@people({people!r}) is no number of people", f"write a number from 1 to {MOST_PEOPLE}"
    for name in ("deadline", "reminder", "escalate_after"):
        if name in annotations and not _SPAN.fullmatch(annotations[name]):
            yield f"@{name}({annotations[name]!r}) is no span of time", f'write one such as @{name}("4h")'
    if ("escalate_to" in annotations) != ("escalate_after" in annotations):
        yield "an escalation needs a role and a span", 'write @escalate_to("role") and @escalate_after("2h")'
    if not _WORD.fullmatch(annotations.get("escalate_to", "role")):
        yield f"@escalate_to({annotations['escalate_to']!r}) is no role name", "use small letters, digits, _ . : and -"


def _reach(annotations: Mapping[str, str], cedar_effect: str) -> Iterator[Mistake]:
    halts = annotations.get("halts")
    if halts is not None and halts not in HALTS:
        yield f"@halts({halts!r}) is unknown", f"use one of {', '.join(HALTS)}"
    if halts is not None and (cedar_effect != "forbid" or "outcome" in annotations):
        yield "@halts stands on a rule that forbids nothing", "only a forbid can halt; drop it"
    if annotations.get("shadow", "true") != "true":
        yield f"@shadow({annotations['shadow']!r}) is unknown", 'write @shadow("true") or leave it out'


def _extras(annotations: Mapping[str, str], cedar_effect: str) -> Iterator[Mistake]:
    if annotations.get("default", "true") != "true":
        yield f"@default({annotations['default']!r}) is unknown", 'write @default("true") or leave it out'
    if "obligation" not in annotations:
        return
    if cedar_effect != "permit":
        yield "@obligation stands on a forbid", "only a permit can oblige; move it to the permit"
    words = obligations_of(annotations)
    if not words:
        yield "@obligation names nothing", 'write the names with commas: @obligation("a,b")'
    for word in words:
        if not _WORD.fullmatch(word):
            yield f"obligation {word!r} is no name", "use small letters, digits, _ . : and -"
