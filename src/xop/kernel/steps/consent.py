"""What a change of consent makes true, and what follows from it: its end in time, and whoever listens being told."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.ids import derive
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Signal
from xop.kernel.conditions import Fault
from xop.kernel.consent.answer import ANY, latest
from xop.kernel.consent.facts import (
    ConsentExpired,
    ConsentFact,
    ConsentGranted,
    ConsentRefused,
    ConsentWithdrawn,
    ObjectionRaised,
    RecordedFact,
    SoftOptInNoted,
)
from xop.kernel.consent.model import ConsentRecord, IndicatedBy, Method, Notice, Purpose, SoftOptIn, Status
from xop.kernel.effects import Schedule
from xop.kernel.release import Release
from xop.kernel.steps.announcement import announce
from xop.kernel.steps.draft import Draft

CHANGED = "xop.consent.changed"
"""The signal by which the platform tells that a customer's consent changed."""

EXPIRED = "xop.consent.expired"
"""The signal that comes when a grant ends."""

_KINDS: dict[str, tuple[type[RecordedFact], Status]] = {
    "grant": (ConsentGranted, "granted"),
    "refuse": (ConsentRefused, "refused"),
    "withdraw": (ConsentWithdrawn, "withdrawn"),
    "object": (ObjectionRaised, "objected"),
    "soft_opt_in": (SoftOptInNoted, "soft_opt_in"),
}

_TERMS = {
    "granted": "ConsentGiven",
    "refused": "ConsentRefused",
    "withdrawn": "ConsentWithdrawn",
    "objected": "ObjectionRaised",
    "soft_opt_in": "SoftOptInNoted",
    "expired": "ConsentExpired",
}
"""Statuses as shared signals name them: terms of the Data Privacy Vocabulary where it has one."""

_TIME = "write an RFC 3339 time such as 2027-01-31T00:00:00Z"


class Details(Struct, frozen=True, forbid_unknown_fields=True):
    """What may be known of a change of consent besides what it is about."""

    since: str = ""
    """When a grant begins, as an RFC 3339 time."""
    method: Method | None = None
    indicated_by: IndicatedBy | None = None
    notice: Notice | None = None
    conditions: SoftOptIn | None = None


class ConsentWish(Struct, frozen=True):
    """A change of consent as it was told; every text may be empty but the purpose."""

    purpose: str
    """A purpose, or `gpc` or `promotional` for every purpose so marked."""
    channel: str = ""
    proof: str = ""
    until: str = ""
    """When a grant ends, as an RFC 3339 time."""
    details: Any = msgspec.field(default_factory=dict)
    """A map that fits `Details`; nothing more is known when it is empty or null."""


def change_consent(
    release: Release, change: str, wish: ConsentWish, time: int, source: str
) -> tuple[ConsentFact, ...] | Refusal:
    """Return the facts of a change of consent at `time` (milliseconds since the epoch).

    A grant names its channel unless the purpose uses none; a soft opt-in names one of electronic mail and states its
    four conditions; the rest may leave the channel out, or name `*`.
    """
    purposes, channel = _purposes(release, wish.purpose), wish.channel or ANY
    refusal = _misfit(release, change, purposes, (wish.purpose, channel))
    if refusal is not None:
        return refusal
    details = _details(change, wish.details)
    if isinstance(details, Refusal):
        return details
    until, since = _moment(wish.until), _moment(details.since)
    if isinstance(until, Refusal):
        return until
    if isinstance(since, Refusal):
        return since
    fact, status = _KINDS[change]
    base = ConsentRecord(
        status,
        time,
        source,
        wish.proof,
        method=details.method,
        indicated_by=details.indicated_by,
        notice=details.notice,
        conditions=details.conditions,
    )
    if change == "grant":
        return tuple(fact(each.name, channel, _grant(base, each, since, until)) for each in purposes)
    return tuple(fact(each.name, channel, base) for each in purposes)


def expire_consent(draft: Draft, wish: ConsentWish) -> tuple[ConsentFact, ...]:
    """Return the fact that a grant of the draft's part has come to its end, if it is the one in force and has."""
    channel = wish.channel or ANY
    record = latest(draft.part.consents, wish.purpose, channel, draft.moment.at)
    if record is None or record.status != "granted" or record.until is None or record.until > draft.moment.at:
        return ()
    return (ConsentExpired(wish.purpose, channel, record),)


def follow_consent(release: Release, draft: Draft, facts: tuple[ConsentFact, ...], cause: str) -> None:
    """Ask for what follows from changes that a draft has taken in: a grant's end in time, and listeners told of each."""
    for fact in facts:
        record, expired = fact.record, isinstance(fact, ConsentExpired)
        place = f"{fact.purpose}/{fact.channel}"
        status = "expired" if expired else record.status
        if status == "granted" and record.until is not None:
            data = {"purpose": fact.purpose, "channel": fact.channel}
            name = derive("lapse", draft.part.id, place, str(record.until))
            signal = Signal(name, EXPIRED, "xop", record.until, SYSTEM, data=data)
            # A grant that begins later takes no earlier one's end away.
            key = f"consent:{draft.part.id}:{place}{':later' if record.since is not None else ''}"
            draft.ask(Schedule(key, record.until, signal))
        announce(release, draft, CHANGED, _told(release, fact, status), f"{cause}:{place}:{status}")


def _told(release: Release, fact: ConsentFact, status: str) -> dict[str, Any]:
    record, purpose = fact.record, release.purposes.get(fact.purpose)
    at = record.until if status == "expired" and record.until is not None else record.at
    return {
        "purpose": fact.purpose,
        "dpv": purpose.dpv if purpose is not None else "",
        "channel": fact.channel,
        "status": status,
        "term": _TERMS[status],
        "at": iso(at),
        "since": iso(record.since) if record.since is not None else "",
        "until": iso(record.until) if record.until is not None else "",
    }


def _misfit(release: Release, change: str, purposes: list[Purpose], asked: tuple[str, str]) -> Refusal | None:
    name, channel = asked
    if not purposes:
        known = ", ".join(sorted(release.purposes))
        return Refusal("purpose-unknown", f"no purpose {name!r} is declared", f"use one of: {known}")
    if channel != ANY and channel not in release.channels:
        known = ", ".join(sorted(release.channels))
        return Refusal("channel-unknown", f"no channel {channel!r} is declared", f"use one of: {known}")
    if change == "grant" and channel == ANY and any(purpose.channels for purpose in purposes):
        return Refusal("channel-missing", "a grant is for one channel", "name the channel the customer agreed to")
    if change != "soft_opt_in":
        return None
    if not all(purpose.soft_opt_in for purpose in purposes):
        cause = f"the purpose {name!r} has no soft opt-in"
        return Refusal("soft-opt-in-unfit", cause, "ask the customer for consent")
    if channel == ANY or release.channels[channel].medium != "electronic_mail":
        cause = "a soft opt-in is for one channel of electronic mail"
        return Refusal("soft-opt-in-unfit", cause, "name a channel with `medium: electronic_mail` in purposes.yaml")
    return None


def _details(change: str, told: Any) -> Details | Refusal:
    remedy = "give `method`, `indicated_by`, `notice`, `since` and `conditions` as the schema of the signal has them"
    if isinstance(told, Fault):
        return Refusal("details-unfit", told.cause, remedy)
    try:
        details = msgspec.convert(told or {}, Details)
    except msgspec.ValidationError as error:
        return Refusal("details-unfit", f"the details do not fit: {error}", remedy)
    if (details.conditions is not None) != (change == "soft_opt_in"):
        cause = "a soft opt-in, and nothing else, states its four conditions"
        return Refusal("details-unfit", cause, "give `conditions` with a soft opt-in, and leave them out otherwise")
    return details


def _purposes(release: Release, name: str) -> list[Purpose]:
    if name == "gpc":
        return [purpose for purpose in release.purposes.values() if purpose.gpc]
    if name == "promotional":
        return [purpose for purpose in release.purposes.values() if purpose.promotional]
    purpose = release.purposes.get(name)
    return [purpose] if purpose else []


def _grant(record: ConsentRecord, purpose: Purpose, since: int | None, until: int | None) -> ConsentRecord:
    """Return a grant with its times: it lasts from when it begins, as the purpose says where it names no end."""
    begins = record.at if since is None else max(since, record.at)
    if until is None and purpose.valid_for is not None:
        until = begins + milliseconds(purpose.valid_for)
    refresh = begins + milliseconds(purpose.refresh_after) if purpose.refresh_after is not None else None
    since = begins if begins > record.at else None
    return msgspec.structs.replace(record, since=since, until=until, refresh=refresh)


def _moment(text: str) -> int | Refusal | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Refusal("time-unreadable", f"{text!r} is no time", _TIME)
    if moment.tzinfo is None:
        return Refusal("time-without-zone", f"{text!r} names no time zone", _TIME)
    return int(moment.timestamp() * 1000)
