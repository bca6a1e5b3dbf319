"""The answer to: may this purpose be pursued on this channel, at this moment?

Order: unknown purpose or channel, objection, refusal or withdrawal, expiry, grant, soft opt-in or another legal basis;
else no. Every answer can be asked for any past moment: records are never overwritten.
"""

from collections.abc import Mapping, Sequence

from xop.kernel.consent.model import ConsentAnswer, ConsentRecord, Purpose

Consents = Mapping[str, tuple[ConsentRecord, ...]]
"""Consent records by `purpose/channel`, oldest first."""

ANY = "*"

PERMITTING = frozenset({"granted", "soft_opt_in", "not_needed"})
"""The codes of answers that permit."""

NO = frozenset({"objected", "refused", "withdrawn"})
"""The codes of answers by which one side of a merge binds all."""

MOST_BROADER = 16
"""Purposes above one another; a workspace that declares more is refused."""


def key(purpose: str, channel: str) -> str:
    """Return the key under which a purpose and channel's records are kept."""
    return f"{purpose}/{channel}"


def lineage(purposes: Mapping[str, Purpose], name: str) -> tuple[str, ...]:
    """Return a purpose and those it is part of, the narrowest first."""
    names = [name]
    while len(names) <= MOST_BROADER:
        purpose = purposes.get(names[-1])
        if purpose is None or purpose.broader is None or purpose.broader in names:
            break
        names.append(purpose.broader)
    return tuple(names)


def latest(consents: Consents, purpose: str, channel: str, at: int) -> ConsentRecord | None:
    """Return what the customer said last by a moment, for the channel or for every channel.

    Of two at the same moment the one that is no grant counts; a grant for every channel covers none in particular, and
    one that begins later is not in force yet.
    """
    newest: ConsentRecord | None = None
    for name in dict.fromkeys((channel, ANY)):
        records = consents.get(key(purpose, name))
        record = _last_said(records, at) if records else None
        if record is None or (name != channel and record.status == "granted"):
            continue
        if newest is None or (record.at, record.status != "granted") > (newest.at, newest.status != "granted"):
            newest = record
    return newest


def soft_opt_in(consents: Consents, purpose: str, channel: str, at: int) -> ConsentRecord | None:
    """Return the last record of a soft opt-in for exactly this purpose and channel by a moment."""
    records = reversed(consents.get(key(purpose, channel), ()))
    return next((each for each in records if each.status == "soft_opt_in" and each.at <= at), None)


def answer(
    sides: Sequence[tuple[str, Consents]], purposes: Mapping[str, Purpose], name: str, channel: str | None, at: int
) -> ConsentAnswer:
    """Answer for a customer of one or more merged sides (origin, records) about the purpose of a name.

    A side's refusal binds all of them; a side's grant counts for its own addresses only, so a merge never widens consent.
    """
    purpose = purposes.get(name)
    if purpose is None:
        return ConsentAnswer(permitted=False, code="purpose", basis="")
    if channel is not None and purpose.channels and channel not in purpose.channels:
        return ConsentAnswer(permitted=False, code="channel", basis=purpose.basis)
    names = (name,) if purpose.broader is None else lineage(purposes, name)
    answers = [_one_side(origin, consents, (purpose, names, channel or ANY), at) for origin, consents in sides]
    permitted = tuple(each.origins[0] for each in answers if each.permitted)
    for each in answers:
        if each.code in NO:
            return each
    if not permitted:
        return answers[0]
    first = next(each for each in answers if each.permitted)
    return ConsentAnswer(permitted=True, code=first.code, basis=first.basis, origins=permitted, record=first.record)


def _one_side(origin: str, consents: Consents, asked: tuple[Purpose, tuple[str, ...], str], at: int) -> ConsentAnswer:
    purpose, names, channel = asked
    record = _decisive(consents, names, channel, at)
    if record is None:
        code = "unknown" if purpose.basis == "consent" else "not_needed"
    elif record.status != "granted":
        code = record.status
    else:
        code = "expired" if _lapsed(record, at) else "granted"
    if purpose.soft_opt_in and code in {"unknown", "expired"}:
        # Nobody said no, and nothing else permits it.
        noted = soft_opt_in(consents, purpose.name, channel, at)
        if noted is not None and noted.conditions is not None and noted.conditions.holds:
            code, record = "soft_opt_in", noted
    permitted = code in PERMITTING
    return ConsentAnswer(
        permitted=permitted, code=code, basis=purpose.basis, origins=(origin,) if permitted else (), record=record
    )


def _decisive(consents: Consents, names: tuple[str, ...], channel: str, at: int) -> ConsentRecord | None:
    """Return the record that decides: a purpose's own, unless the customer said no to a broader one since.

    A grant of a broader purpose counts where the narrower one has no record, or only a grant that has lapsed.
    """
    if not consents:
        return None
    decisive: ConsentRecord | None = None
    for name in reversed(names):
        own = latest(consents, name, channel, at)
        if own is None:
            continue
        if decisive is None:
            decisive = own
        elif decisive.status != "granted":
            decisive = own if own.at > decisive.at else decisive
        elif own.status != "granted" or not _lapsed(own, at):
            decisive = own
    return decisive


def _last_said(records: tuple[ConsentRecord, ...], at: int) -> ConsentRecord | None:
    for record in reversed(records):
        if record.at <= at and record.status != "soft_opt_in" and (record.since is None or record.since <= at):
            return record
    return None


def _lapsed(record: ConsentRecord, at: int) -> bool:
    return record.until is not None and record.until <= at
