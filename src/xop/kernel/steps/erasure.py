"""Legal holds and erasures: what may be forgotten, and what must be kept."""

from math import inf

import msgspec
from msgspec.structs import replace

from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import derive
from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Schedule
from xop.kernel.erasure.commands import Erase, ImposeLegalHold, LiftLegalHold, Removal
from xop.kernel.erasure.model import (
    ERASURE,
    HELD,
    HOLD_GROUNDS,
    PURPOSE,
    REMOVED,
    CustomerErased,
    ErasureRefused,
    ErasureRequested,
    LegalHold,
    LegalHoldImposed,
    LegalHoldLifted,
    Removed,
    in_force,
)
from xop.kernel.halts.model import PLATFORM
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.signals.model import Propose
from xop.kernel.step import Step
from xop.kernel.steps.announcement import announce
from xop.kernel.steps.draft import Draft

REQUESTED = "xop.erasure.requested"
"""The signal by which the platform tells that a customer is being erased, so that recipients can be told."""

REMOVAL = "removal:"
"""How the keys of timers begin by which customers are removed."""

_DAY = 86_400_000
_AGAIN = 3_600_000
"""Milliseconds after which it is looked again whether somebody who had to be kept can be erased."""

_PERSON = Refusal("erasure-person", "only a person decides what is kept and what is erased", "ask an operator")


def erase(release: Release, customer: Customer, command: Erase, moment: Moment) -> Step:
    """Have a customer erased, unless a legal hold keeps them; that is recorded as well, with its ground."""
    if not _may(command.actor):
        return Step(refusal=_PERSON)
    if ERASURE in customer.view.flags:
        return Step(
            refusal=Refusal("erasure-under-way", "this customer is being erased already", "wait until it is done")
        )
    draft = Draft(customer, moment)
    erasure, by = derive("era", command.id), str(command.actor)
    if command.heard_before is not None and customer.view.seen_at >= command.heard_before:
        return Step()
    kept = holds_of(customer, moment)
    if kept:
        holds, grounds = tuple(hold.name for hold in kept), tuple(hold.ground for hold in kept)
        draft.add(ErasureRefused(erasure, by, holds, grounds))
        return draft.step()
    due = moment.at + patience(release, command.within)
    draft.add(ErasureRequested(erasure, by, command.ground, due, command.suppress))
    announce(release, draft, REQUESTED, {"erasure": erasure, "ground": command.ground}, command.id)
    removal = Removal(removal_key(erasure), erasure, draft.part.id, command.ground, command.suppress)
    draft.ask(Schedule(removal_key(erasure), due, removal, PLATFORM))
    return draft.step()


def impose(_release: Release, customer: Customer, command: ImposeLegalHold, moment: Moment) -> Step:
    """Keep a customer's data for a ground; a hold of the same name is replaced by one that lasts as long, or longer."""
    if not _may(command.actor):
        return Step(refusal=_PERSON)
    if ERASURE in customer.view.flags:
        remedy = "it cannot be kept any more: impose the hold before erasure is asked for"
        return Step(refusal=Refusal("erasure-under-way", "this customer is being erased already", remedy))
    if command.ground not in HOLD_GROUNDS:
        cause, known_ones = f"{command.ground!r} is no ground of a legal hold", ", ".join(HOLD_GROUNDS)
        remedy = f"the grounds are {known_ones}; say more in its detail"
        return Step(refusal=Refusal("legal-hold-ground", cause, remedy))
    draft = Draft(customer, moment)
    hold = LegalHold(command.hold, command.ground, str(command.actor), moment.at, command.until, command.detail)
    known = draft.part.legal_holds.get(command.hold)
    if hold.until is not None and hold.until <= moment.at:
        return Step(
            refusal=Refusal("legal-hold-over", "the legal hold would be over already", "name a later end, or none")
        )
    if known is not None and in_force((known,), moment.at) and _ends(hold) < _ends(known):
        cause = f"the legal hold {command.hold!r} stands for longer"
        remedy = "lift it with a reason first, or give the new one another name"
        return Step(refusal=Refusal("legal-hold-shorter", cause, remedy))
    if known is None or replace(known, by=hold.by, at=hold.at) != hold:
        draft.add(LegalHoldImposed(hold))
    return draft.step()


def _ends(hold: LegalHold) -> float:
    return inf if hold.until is None else hold.until


def lift(_release: Release, customer: Customer, command: LiftLegalHold, moment: Moment) -> Step:
    """End a legal hold before its time."""
    if not _may(command.actor):
        return Step(refusal=_PERSON)
    draft = Draft(customer, moment)
    if command.hold not in draft.part.legal_holds:
        known = ", ".join(sorted(each.name for each in in_force(draft.part.legal_holds.values(), moment.at))) or "none"
        cause = f"there is no legal hold {command.hold!r}"
        return Step(refusal=Refusal("legal-hold-unknown", cause, f"the legal holds of this customer: {known}"))
    draft.add(LegalHoldLifted(command.hold, str(command.actor), command.reason))
    return draft.step()


def remove(_release: Release, customer: Customer, command: Removal, moment: Moment) -> Step:
    """Note of the platform that a customer is no more, as whoever removed them says.

    Who must be kept since it was asked for is looked at again later.
    """
    done = moment.reads.get(REMOVED)
    if HELD in moment.reads:
        draft = Draft(customer, moment)
        draft.ask(Schedule(removal_key(command.erasure), moment.at + _AGAIN, command, PLATFORM))
        return draft.step()
    if done is None:
        return Step(
            refusal=Refusal("erasure-not-done", "the customer is not removed yet", "wait until it is tried again")
        )
    draft = Draft(customer, moment)
    removed = msgspec.convert(done.value, Removed)
    counts, told, untold = removed.counts, removed.told, removed.untold
    draft.add(CustomerErased(command.erasure, command.ground, counts, told, untold, removed.recorded))
    return draft.step()


def removal_key(erasure: str) -> str:
    """Return the key of the timer by which a customer is removed, which is its command's id as well."""
    return f"{REMOVAL}{erasure}"


def holds_of(customer: Customer, moment: Moment) -> list[LegalHold]:
    """Return what keeps a customer's data: legal holds on any side, and incidents in which decisions about them play a part."""
    told = moment.reads.get(HELD)
    by_incident = msgspec.convert(told.value, list[LegalHold]) if told is not None else []
    return [*in_force((hold for part in customer.parts for hold in part.legal_holds.values()), moment.at), *by_incident]


def patience(release: Release, within: int | None = None) -> int:
    """Return how many milliseconds recipients have: a day where something hears of it, else there is nobody to wait for."""
    if within is not None:
        return within
    compiled = release.signals.get(REQUESTED)
    heard = REQUESTED in release.routes.heard or (compiled is not None and bool(compiled.changes))
    return _DAY if heard else 0


def recipients(release: Release) -> list[str]:
    """Return by which actions recipients are told of an erasure, and which journeys hear of it, as `journey:name`."""
    compiled = release.signals.get(REQUESTED)
    proposed = [each.change.propose for each in compiled.changes] if compiled is not None else []
    actions = [each.action for each in proposed if each is not None and _tells(release, each)]
    journeys = [f"journey:{entry.journey}" for entry in release.routes.entries.get(REQUESTED, ())]
    return list(dict.fromkeys([*actions, *journeys]))


def _tells(release: Release, propose: Propose) -> bool:
    compiled = release.actions.get(propose.action)
    return compiled is not None and PURPOSE in (propose.purpose, compiled.action.purpose)


def _may(actor: Actor) -> bool:
    return actor.kind in {"operator", "system"}
