"""Duties: what the register of AI systems says of a case, for rules to ask and for people to act on."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any

from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.case import Case
from xop.kernel.base.risks import annex_point
from xop.kernel.base.values import Known
from xop.kernel.context.customer import Part
from xop.kernel.oversight.calendar import LAW, Duty
from xop.kernel.oversight.register import Register, is_current, needs_assessment
from xop.kernel.oversight.standing import speaks
from xop.kernel.oversight.told import place_of

DUTIES: dict[str, Any] = {
    "duties": "Set<String>",
    "system": {
        "names": "Set<String>",
        "registered": "Bool",
        "annex_iii": "Bool",
        "assessment_needed": "Bool",
        "assessed": "Bool",
    },
    "disclosure": {"needed": "Bool", "made": "Bool"},
    "notice": {"needed": "Bool", "given": "Bool"},
}
"""The types of what policies can read besides in a workspace with a register."""

DUTY_ENUMS: dict[str, frozenset[str]] = {"duties": frozenset(LAW)}

_TO_DISCLOSE = "art50"


def governing(register: Register, invocation: Invocation) -> tuple[str, ...]:
    """Return the systems that have a part in an invocation: whoever acts, whoever asked, and the action itself."""
    asker = invocation.asked_by
    covered = (str(invocation.actor), *((str(asker),) if asker is not None else ()), f"action:{invocation.action}")
    return register.governing(covered)


def duty_context(case: Case, register: Register) -> dict[str, Any]:
    """Return what rules may read of the register about a case."""
    at, own = case.moment.at, annex_point(case.action.action.risk_class)
    answering = answering_for(case, register)
    high = bool(own or answering)
    known = [register.file.systems[name] for name in answering]
    deployer = register.file.deployer
    needing = [each for each in known if needs_assessment(each, deployer) or needs_assessment(each, deployer, own)]
    needed = disclosing(case, register)
    return {
        "duties": [duty for duty in LAW if register.in_force(duty, at)],
        "system": {
            "names": list(governing(register, case.invocation)),
            "annex_iii": high,
            "registered": bool(answering) or not high,
            "assessment_needed": bool(needing),
            "assessed": all(is_current(each.assessment, at) for each in needing),
        },
        "disclosure": {
            "needed": bool(needed),
            "made": bool(needed) and all(_disclosed(case, register, name) for name in needed),
        },
        "notice": {
            "needed": high,
            "given": bool(answering) and all(_noticed(case, register, name) for name in answering),
        },
    }


def disclosing(case: Case, register: Register) -> tuple[str, ...]:
    """Return the systems that must have said what they are before this contact; an agent that is none by its own name."""
    if case.action.action.kind != "contact":
        return ()
    invocation, systems = case.invocation, governing(register, case.invocation)
    speaking = [
        name
        for name in systems
        if register.file.systems[name].risk_class == _TO_DISCLOSE or speaks(register.file.systems[name])
    ]
    agents = [
        str(each) for each in (invocation.actor, invocation.asked_by) if each is not None and each.kind == "agent"
    ]
    strangers = [name for name in agents if not register.covering.get(name)]
    return (*speaking, *strangers)


def answering_for(case: Case, register: Register) -> tuple[str, ...]:
    """Return the high-risk systems that have a part in it; for a read that is of no high risk itself, none."""
    if case.action.action.kind == "read" and not annex_point(case.action.action.risk_class):
        return ()
    systems = governing(register, case.invocation)
    return tuple(name for name in systems if annex_point(register.file.systems[name].risk_class))


def missing_told(case: Case) -> tuple[str, ...]:
    """Return what the customer must be told first, and how, each as one sentence; nothing of most cases."""
    register = case.release.register
    if register is None:
        return ()
    told: list[str] = []
    for kind, owing, settled in _OWED:
        if register.in_force(kind, case.moment.at):
            absent = [name for name in owing(case, register) if not settled(case, register, name)]
            told += _remedies(case, register, kind, absent)
    return tuple(told)


def system_source(case: Case, rest: str) -> Known:
    """Return where what rules read of systems comes from."""
    register = case.release.register
    names = governing(register, case.invocation) if register is not None else ()
    return Known(None, -1, f"register: {', '.join(names) or 'no system'}" if rest != "names" else "register")


def told_source(case: Case, _rest: str) -> Known:
    """Return where what rules read of disclosures and notices comes from."""
    told = [*case.view.disclosures.values(), *case.view.notices.values()]
    newest = max((each.at for each in told), default=-1)
    return Known(None, newest, f"{len(told)} texts on record" if told else "no text on record")


def _disclosed(case: Case, register: Register, name: str) -> bool:
    """Say whether a system has said what it is: in this conversation and on this channel, and after people last had it."""
    system = register.file.systems.get(name)
    if system is None or system.disclosure is None:
        return False
    said = register.carried.get(case.invocation.action)
    if said is not None and said.text == system.disclosure:
        return True
    conversation, view = case.invocation.conversation or "", case.view
    told = view.disclosures.get(place_of(name, conversation, case.invocation.channel or ""))
    wording = register.file.texts.get(system.disclosure)
    if told is None or wording is None or (told.text, told.version) != (system.disclosure, wording.version):
        return False
    known = view.conversations.get(conversation)
    opened = known.opened_at if known is not None else 0
    return told.at >= opened and told.at > with_people_last(view, conversation)


def with_people_last(view: Part, conversation: str) -> int:
    """Return when people last had a conversation, or any where none is named; -1 for never.

    Handovers that were over long ago are forgotten: of a conversation whose own are, the newest of all counts.
    """
    taken = [each for each in view.handovers.values() if each.status in {"accepted", "returned"}]
    own = [each for each in taken if not conversation or each.conversation == conversation]
    known = view.conversations.get(conversation)
    if not own and known is not None and known.handovers:
        own = taken
    return max((each.since for each in own), default=-1)


def _noticed(case: Case, register: Register, name: str) -> bool:
    system = register.file.systems[name]
    if system.notice is None:
        return False
    said = register.carried.get(case.invocation.action)
    if said is not None and said.text == system.notice:
        return True
    told, wording = case.view.notices.get(name), register.file.texts.get(system.notice)
    return told is not None and wording is not None and (told.text, told.version) == (system.notice, wording.version)


_OWED: tuple[tuple[Duty, Callable[[Case, Register], tuple[str, ...]], Callable[[Case, Register, str], bool]], ...] = (
    ("disclosure", disclosing, _disclosed),
    ("notice", answering_for, _noticed),
)
"""What the law wants said: its name, which systems owe it, and whether one of them has said it."""


def _remedies(case: Case, register: Register, kind: str, names: Iterable[str]) -> Iterator[str]:
    """Yield what to do about each text that was not given, once for all the systems that share it."""
    sharing: dict[str, list[str]] = {}
    for name in names:
        system = register.file.systems.get(name)
        text = (system.disclosure if kind == "disclosure" else system.notice) if system is not None else None
        if text is None or text not in register.file.texts:
            yield f"{name} has no {kind} text in systems.yaml: nothing can be told, and so nothing is permitted."
        else:
            sharing.setdefault(text, []).append(name)
    for text, systems in sharing.items():
        yield f"First give the customer the {kind} {text!r} of {' and '.join(systems)}{_place(case)}: " + _how(
            register, text
        )


def _how(register: Register, text: str) -> str:
    """Return how a text is given and recorded, with its words in the first language it has."""
    wording = register.file.texts[text]
    language, *others = wording.languages
    carriers = "".join(f"call {action}, or " for action, said in register.carried.items() if said.text == text)
    digest = sha256(wording.languages[language].encode()).hexdigest()
    besides = f" (there is {', '.join(others)} too)" if others else ""
    return (
        f"{carriers}say it and record that with POST /v1/customers/{{customer}}/notices. "
        f"Version {wording.version}{besides} in {language} (sha256 {digest}): {wording.languages[language]}"
    )


def _place(case: Case) -> str:
    conversation, channel = case.invocation.conversation, case.invocation.channel
    return (f" in conversation {conversation!r}" if conversation else "") + (f" on {channel}" if channel else "")
