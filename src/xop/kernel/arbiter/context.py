"""The context that policies read: built from a case, with the source and age of everything in it."""

from collections.abc import Callable, Mapping
from typing import Any

from xop.kernel.arbiter.case import Case
from xop.kernel.arbiter.duties import DUTIES, DUTY_ENUMS, duty_context, system_source, told_source
from xop.kernel.arbiter.engagement import with_people
from xop.kernel.base.actor import ActorKind
from xop.kernel.base.values import Known
from xop.kernel.erasure.model import ERASURE

CARE = ("support", "complaint", "vulnerable")

FLAGS = (*CARE, "do_not_contact", ERASURE)
"""Circumstances that the platform itself knows; a workspace's signals raise others."""

COMMON: dict[str, Any] = {
    "purpose": "String",
    "promotional": "Bool",
    "channel": "String",
    "kind": "String",
    "risk": "String",
    "stage": "String",
    "approved": "Bool",
    "halted": "Bool",
    "actor": {
        "granted": "Bool",
        "autonomy": "String",
        "roles": "Set<String>",
        "purpose_allowed": "Bool",
        "engaged": "Bool",
        "with_people": "Bool",
        "within_budget": "Bool",
    },
    "consent": {"permitted": "Bool", "code": "String", "basis": "String"},
    "contact": {
        "capped": "Bool",
        "quiet": "Bool",
        "suppressed": "Bool",
        "suppressed_by": "Set<String>",
        "do_not_contact": "Bool",
        "addressable": "Bool",
    },
    "care": {"support": "Bool", "complaint": "Bool", "vulnerable": "Bool"},
    "assurance": {"level": "Long", "required": "Long", "method": "String"},
    "flags": "Set<String>",
    "intents": "Set<String>",
    "unknown": "Set<String>",
}
"""The types of what every policy can read; an action adds its own `arguments` and `facts`."""

ENUMS: dict[str, frozenset[str]] = {
    **DUTY_ENUMS,
    "kind": frozenset({"contact", "write", "read"}),
    "risk": frozenset({"low", "medium", "high"}),
    "stage": frozenset({"proposal", "evaluation", "reconsideration", "approval", "execution"}),
    "actor.autonomy": frozenset({"observe", "suggest", "act_with_approval", "act"}),
    "contact.suppressed_by": frozenset(CARE),
    "consent.code": frozenset(
        {
            "granted",
            "soft_opt_in",
            "not_needed",
            "unknown",
            "refused",
            "withdrawn",
            "objected",
            "expired",
            "channel",
            "purpose",
        }
    ),
    "consent.basis": frozenset(
        {"consent", "contract", "legal_obligation", "vital_interest", "public_task", "legitimate_interest", ""}
    ),
}
"""The only values that some of it can take; a rule that compares with any other is a mistake."""

ACTING: frozenset[ActorKind] = frozenset({"trigger", "journey", "decision_set", "system"})
"""The actors that the release itself acts by: they have every right, since whoever publishes it gave it to them."""

_CEDAR_FACTS = {"bool": "Bool", "int": "Long", "string": "String", "strings": "Set<String>"}


def context_type(
    arguments: Mapping[str, str], facts: Mapping[str, tuple[str, bool]], *, register: bool = False
) -> dict[str, Any]:
    """Return the context type of one action: its visible arguments by Cedar type, its facts by (type, required).

    A workspace with a register of AI systems has what it says of a case besides.
    """
    return {
        **COMMON,
        **(DUTIES if register else {}),
        "arguments": {f"{name}?": kind for name, kind in arguments.items()},
        "facts": {(name if required else f"{name}?"): _CEDAR_FACTS[kind] for name, (kind, required) in facts.items()},
    }


def build_context(case: Case, stage: str, *, approved: bool) -> dict[str, Any]:
    """Return the policy context of a case; a required fact that is unknown is left out, which denies."""
    action, view = case.action.action, case.view
    contact = action.kind == "contact"
    purpose = case.purpose
    care = {name: name in view.flags for name in CARE}
    suppressing = [name for name in purpose.suppressed_during if care[name]] if contact and purpose is not None else []
    arguments, register = case.invocation.arguments, case.release.register
    context = {
        "purpose": case.invocation.purpose,
        "promotional": purpose is not None and purpose.promotional,
        "channel": case.invocation.channel or "",
        "kind": action.kind,
        "risk": action.risk,
        "stage": stage,
        "approved": approved,
        "halted": bool(case.halted),
        "actor": _actor(case)
        | {
            "engaged": case.engaged,
            "with_people": bool(with_people(view, case.invocation)),
            "within_budget": case.within_budget,
        },
        "consent": {"permitted": case.consent.permitted, "code": case.consent.code, "basis": case.consent.basis},
        "contact": {
            "capped": case.cap is not None,
            "quiet": case.quiet_until is not None,
            "suppressed": bool(suppressing),
            "suppressed_by": suppressing,
            "do_not_contact": "do_not_contact" in view.flags,
            "addressable": not contact or case.address is not None,
        },
        "care": care,
        "assurance": {
            "level": case.assurance.level if case.assurance else 0,
            "required": action.assurance,
            "method": case.assurance.method if case.assurance else "",
        },
        "flags": list(view.flags),
        "intents": [name for name, intent in view.intents.items() if intent.status in {"open", "attempted"}],
        "unknown": list(case.unknown),
        "arguments": {name: arguments[name] for name in case.action.arguments if name in arguments},
        "facts": {name: known.value for name, known in case.facts.items()},
    }
    return context if register is None else context | duty_context(case, register)


def _actor(case: Case) -> dict[str, Any]:
    actor = case.invocation.actor
    action = case.action.action
    if actor.kind in ACTING:
        return _acting(case)
    principal = case.release.principals.get(actor)
    if principal is None:
        return {"granted": False, "autonomy": "observe", "roles": [], "purpose_allowed": False}
    return {
        "granted": principal.may_propose(action.name, action.groups),
        "autonomy": principal.autonomy_in(action.name, action.groups),
        "roles": list(principal.roles),
        "purpose_allowed": not principal.purposes or case.invocation.purpose in principal.purposes,
    }


def _acting(case: Case) -> dict[str, Any]:
    """What the release itself acts by has every right; asked by somebody, it acts no more freely than they may."""
    asker = case.invocation.asked_by
    if asker is None:
        return {"granted": True, "autonomy": "act", "roles": [], "purpose_allowed": True}
    principal = case.release.principals.get(asker)
    if principal is None:
        return {"granted": False, "autonomy": "observe", "roles": [], "purpose_allowed": False}
    return {
        "granted": True,
        "autonomy": principal.autonomy_in(case.action.action.name, case.action.action.groups),
        "roles": [],
        "purpose_allowed": not principal.purposes or case.invocation.purpose in principal.purposes,
    }


_RELEASE = Known(None, -1, "release")


def provenance(case: Case, path: str) -> Known:
    """Return where one value of the context came from and how old it is; `value` is None here, and `at` -1 without age."""
    head, _, rest = path.partition(".")
    if head in {"care", "flags"} or path in _FLAG_PATHS:
        return _newest_flag(
            case, rest if head == "care" else "do_not_contact" if path == "contact.do_not_contact" else None
        )
    source = _SOURCES.get(path) or _SOURCES.get(head)
    return _RELEASE if source is None else source(case, rest)


def _consent_source(case: Case, _rest: str) -> Known:
    record = case.consent.record
    return Known(None, record.at, record.source) if record else Known(None, -1, "no consent on record")


def _fact_source(case: Case, rest: str) -> Known:
    known = case.facts.get(rest)
    return Known(None, known.at, known.source) if known else Known(None, -1, "unknown")


def _assurance_source(case: Case, rest: str) -> Known:
    if rest == "required":
        return Known(None, -1, "release")
    return (
        Known(None, case.assurance.at, case.assurance.by)
        if case.assurance
        else Known(None, -1, "no verification in force")
    )


def _contact_source(case: Case, _rest: str) -> Known:
    contacts = case.view.contacts
    if not contacts:
        return Known(None, -1, "no contact on record")
    return Known(None, contacts[-1].at, f"{len(contacts)} contacts on record, the last by {contacts[-1].sender}")


def _people_source(case: Case, _rest: str) -> Known:
    holder = with_people(case.view, case.invocation)
    return Known(None, -1, f"conversation held by {holder}" if holder else "conversations on record")


def _intent_source(case: Case, _rest: str) -> Known:
    newest = max((intent.changed_at for intent in case.view.intents.values()), default=-1)
    return Known(None, newest, "customer context")


_FLAG_PATHS = frozenset({"contact.suppressed", "contact.suppressed_by", "contact.do_not_contact"})

_SOURCES: dict[str, Callable[[Case, str], Known]] = {
    "consent": _consent_source,
    "facts": _fact_source,
    "assurance": _assurance_source,
    "actor.engaged": lambda _case, _rest: Known(None, -1, "conversations and tasks on record"),
    "actor.with_people": _people_source,
    "actor.within_budget": lambda case, _rest: Known(None, -1, f"{len(case.view.acts)} acts on record"),
    "halted": lambda case, _rest: Known(None, case.moment.at, f"halted: {case.halted or 'nothing'}"),
    "contact.capped": _contact_source,
    "contact.quiet": lambda case, _rest: Known(None, case.moment.at, f"clock in {case.zone}"),
    "system": system_source,
    "disclosure": told_source,
    "notice": told_source,
    "duties": lambda case, _rest: Known(None, case.moment.at, "calendar of duties"),
    "arguments": lambda case, _rest: Known(None, case.invocation.at, f"proposal by {case.invocation.actor}"),
    "intents": _intent_source,
}


def _newest_flag(case: Case, flag: str | None) -> Known:
    known = [each for name, cases in case.view.flags.items() if flag in {None, name} for each in cases.values()]
    newest = max(known, key=lambda each: each.at, default=None)
    return Known(None, newest.at, newest.source) if newest else Known(None, -1, "no such circumstance on record")
