"""The answer to: may this purpose be pursued on this channel, at this moment?

Order: unknown purpose or channel, objection, refusal or withdrawal, expiry, grant or another legal basis; else no.
Every answer can be asked for any past moment: records are never overwritten.
"""

from collections.abc import Mapping, Sequence

from xop.kernel.consent.model import ConsentAnswer, ConsentRecord, Purpose

Consents = Mapping[str, tuple[ConsentRecord, ...]]
"""Consent records by `purpose/channel`, oldest first."""

ANY = "*"


def key(purpose: str, channel: str) -> str:
    """Return the key under which a purpose and channel's records are kept."""
    return f"{purpose}/{channel}"


def latest(consents: Consents, purpose: str, channel: str, at: int) -> ConsentRecord | None:
    """Return the record in force at a moment: the last one for the channel or for every channel.

    Of two at the same moment the one that is no grant counts; a grant for every channel covers none in particular.
    """
    newest: ConsentRecord | None = None
    for name in dict.fromkeys((channel, ANY)):
        record = next((each for each in reversed(consents.get(key(purpose, name), ())) if each.at <= at), None)
        if record is None or (name != channel and record.status == "granted"):
            continue
        if newest is None or (record.at, record.status != "granted") > (newest.at, newest.status != "granted"):
            newest = record
    return newest


def answer(
    sides: Sequence[tuple[str, Consents]], purpose: Purpose | None, channel: str | None, at: int
) -> ConsentAnswer:
    """Answer for a customer of one or more merged sides (origin, records).

    A side's refusal binds all of them; a side's grant counts for its own addresses only, so a merge never widens consent.
    """
    if purpose is None:
        return ConsentAnswer(permitted=False, code="purpose", basis="")
    if channel is not None and purpose.channels and channel not in purpose.channels:
        return ConsentAnswer(permitted=False, code="channel", basis=purpose.basis)
    answers = [_one_side(origin, consents, purpose, channel or ANY, at) for origin, consents in sides]
    permitted = tuple(each.origins[0] for each in answers if each.permitted)
    for each in answers:
        if each.code in {"objected", "refused", "withdrawn"}:
            return each
    if not permitted:
        return answers[0]
    first = next(each for each in answers if each.permitted)
    return ConsentAnswer(permitted=True, code=first.code, basis=first.basis, origins=permitted, record=first.record)


def _one_side(origin: str, consents: Consents, purpose: Purpose, channel: str, at: int) -> ConsentAnswer:
    record = latest(consents, purpose.name, channel, at)
    if record is None:
        code = "unknown" if purpose.basis == "consent" else "not_needed"
    elif record.status != "granted":
        code = record.status
    elif record.until is not None and record.until <= at:
        code = "expired"
    else:
        code = "granted"
    permitted = code in {"granted", "not_needed"}
    return ConsentAnswer(
        permitted=permitted, code=code, basis=purpose.basis, origins=(origin,) if permitted else (), record=record
    )
