"""What a change of consent makes true."""

from collections.abc import Mapping
from datetime import datetime

from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.consent.answer import ANY
from xop.kernel.consent.facts import ConsentFact, ConsentGranted, ConsentRefused, ConsentWithdrawn, ObjectionRaised
from xop.kernel.consent.model import ConsentRecord, Purpose, Status
from xop.kernel.release import Release

_KINDS: dict[str, tuple[type[ConsentFact], Status]] = {
    "grant": (ConsentGranted, "granted"),
    "refuse": (ConsentRefused, "refused"),
    "withdraw": (ConsentWithdrawn, "withdrawn"),
    "object": (ObjectionRaised, "objected"),
}


def change_consent(
    release: Release, change: str, texts: Mapping[str, str], time: int, source: str
) -> tuple[ConsentFact, ...] | Refusal:
    """Return the facts of a change to `purpose` on `channel`, with its `proof` and `until` (RFC 3339 text, may be empty).

    `gpc` and `promotional` stand for every purpose so marked. A grant names its channel
    unless the purpose uses none; the rest may name `*`.
    """
    purposes = _purposes(release, texts["purpose"])
    channel = texts["channel"] or ANY
    if not purposes:
        known = ", ".join(sorted(release.purposes))
        return Refusal("purpose-unknown", f"no purpose {texts['purpose']!r} is declared", f"use one of: {known}")
    if channel != ANY and channel not in release.channels:
        known = ", ".join(sorted(release.channels))
        return Refusal("channel-unknown", f"no channel {channel!r} is declared", f"use one of: {known}")
    if change == "grant" and channel == ANY and any(purpose.channels for purpose in purposes):
        return Refusal("channel-missing", "a grant is for one channel", "name the channel the customer agreed to")
    until = _moment(texts["until"])
    if isinstance(until, Refusal):
        return until
    fact, status = _KINDS[change]
    return tuple(
        fact(
            purpose.name,
            channel,
            ConsentRecord(status, time, source, texts["proof"], _end(change, purpose, time, until)),
        )
        for purpose in purposes
    )


def _purposes(release: Release, name: str) -> list[Purpose]:
    if name == "gpc":
        return [purpose for purpose in release.purposes.values() if purpose.gpc]
    if name == "promotional":
        return [purpose for purpose in release.purposes.values() if purpose.promotional]
    purpose = release.purposes.get(name)
    return [purpose] if purpose else []


def _end(change: str, purpose: Purpose, time: int, until: int | None) -> int | None:
    if change != "grant":
        return None
    return until if until is not None or purpose.valid_for is None else time + milliseconds(purpose.valid_for)


def _moment(text: str) -> int | Refusal | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Refusal("time-unreadable", f"{text!r} is no time", "write an RFC 3339 time such as 2027-01-31T00:00:00Z")
    if moment.tzinfo is None:
        return Refusal(
            "time-without-zone", f"{text!r} names no time zone", "write an RFC 3339 time such as 2027-01-31T00:00:00Z"
        )
    return int(moment.timestamp() * 1000)
