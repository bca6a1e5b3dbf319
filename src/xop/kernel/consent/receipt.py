"""Receipts of consent: ISO/IEC TS 27560 in the terms of the W3C Data Privacy Vocabulary, as JSON-LD.

The profile is `receipt-eu-gdpr` of https://w3id.org/dpv/schema/dpv-27560. What it has no term for stands under `xop:`.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from xop.kernel.base.ids import derive
from xop.kernel.base.times import iso
from xop.kernel.consent.answer import ANY
from xop.kernel.consent.model import ConsentAnswer, ConsentRecord, Controller, Notice, Purpose, SoftOptIn

Text = Annotated[str, Meta(min_length=1)]
Term = Annotated[str, Meta(pattern=r"^[a-z0-9-]+:[A-Za-z0-9._-]+$")]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]

_CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "dct": "http://purl.org/dc/terms/",
    "xop": "urn:xop:",
}

_BASES = {
    "consent": "eu-gdpr:A6-1-a",
    "contract": "eu-gdpr:A6-1-b",
    "legal_obligation": "eu-gdpr:A6-1-c",
    "vital_interest": "eu-gdpr:A6-1-d",
    "public_task": "eu-gdpr:A6-1-e",
    "legitimate_interest": "eu-gdpr:A6-1-f",
}

_STATUSES = {
    "granted": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
    "objected": "xop:ObjectionRaised",
    "soft_opt_in": "xop:SoftOptInNoted",
}

_SPEAKERS = {
    "subject": "dpv:DataSubject",
    "guardian": "dpv:GuardianOfDataSubject",
    "legal_representative": "dpv:Representative",
    "agent": "xop:Agent",
    "operator": "xop:Operator",
}

_RIGHTS = ("eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17", "eu-gdpr:A20", "eu-gdpr:A21", "eu-gdpr:A77")
"""To withdraw, to see, to correct, to have erased, to take along, to object, and to complain."""

_DPV = {"id": "@id", "type": "@type", "identifier": "dct:identifier", "conforms_to": "dct:conformsTo"}


class ConsentParty(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={
    **_DPV, "name": "dpv:hasName", "address": "dpv:hasAddress", "contact": "dpv:hasContact",
}):  # fmt: skip
    """Whoever answers for the processing."""

    name: Text
    type: Literal["dpv:DataController"]
    address: str = ""
    contact: str = ""


class ConsentSubject(Struct, frozen=True, forbid_unknown_fields=True, rename=_DPV):
    """Whose consent it is."""

    identifier: Text
    type: Literal["dpv:DataSubject"]


class ConsentPurpose(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={
    **_DPV, "title": "dct:title", "description": "dct:description",
}):  # fmt: skip
    """What for."""

    type: Term
    identifier: Text
    title: str = ""
    description: str = ""


class ConsentProcess(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={
    **_DPV, "purpose": "dpv:hasPurpose", "legal_basis": "dpv:hasLegalBasis", "data": "dpv:hasPersonalData",
    "recipients": "dpv:hasRecipient", "rights": "dpv:hasRight",
}):  # fmt: skip
    """What is done with the data, and on what ground."""

    type: Literal["dpv:Process"]
    purpose: ConsentPurpose
    legal_basis: Term
    rights: tuple[Term, ...]
    data: tuple[Term, ...] = ()
    recipients: tuple[str, ...] = ()


class ConsentNoticeTold(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={
    **_DPV, "version": "dct:hasVersion", "language": "dct:language", "sha256": "xop:sha256",
}):  # fmt: skip
    """The text that was shown."""

    type: Literal["dpv:ConsentNotice"]
    identifier: Text
    version: str = ""
    language: str = ""
    sha256: str = ""


class ConsentEvent(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={
    **_DPV, "at": "dpv:isIndicatedAtTime", "by": "dpv:isIndicatedBy", "method": "dpv:hasIndicationMethod",
    "source": "dct:source", "evidence": "xop:evidence", "since": "xop:validFrom", "until": "dct:valid",
    "refresh": "xop:askAgainAt", "channel": "xop:channel", "notice": "dpv:hasNotice", "conditions": "xop:conditions",
    "proof": "xop:proof",
}):  # fmt: skip
    """One change of consent, in the order in which they were told."""

    type: Term
    at: Time
    by: Term
    channel: Text
    """`*` for every channel."""
    source: Text
    method: str = ""
    evidence: str = ""
    since: Time | msgspec.UnsetType = msgspec.UNSET
    until: Time | msgspec.UnsetType = msgspec.UNSET
    """When a grant ends."""
    refresh: Time | msgspec.UnsetType = msgspec.UNSET
    notice: ConsentNoticeTold | msgspec.UnsetType = msgspec.UNSET
    conditions: SoftOptIn | msgspec.UnsetType = msgspec.UNSET
    proof: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    """That the change is in the transparency log."""


class ConsentState(Struct, frozen=True, forbid_unknown_fields=True, rename={
    "channel": "xop:channel", "permitted": "xop:permitted", "code": "xop:code",
}):  # fmt: skip
    """How it stands on one channel when the receipt is made."""

    channel: Text
    permitted: bool
    code: Text


class ConsentControl(Struct, frozen=True, forbid_unknown_fields=True, rename={**_DPV, "at": "dpv:isExercisedAt"}):
    """Where consent can be withdrawn."""

    type: Literal["dpv:WithdrawConsent"]
    at: Text


class ConsentRecordTold(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={
    **_DPV, "subject": "dpv:hasDataSubject", "controller": "dpv:hasDataController", "process": "dpv:hasProcess",
    "events": "dpv:hasConsentStatus", "control": "dpv:hasConsentControl", "authority": "dpv:hasAuthority",
    "jurisdiction": "dpv:hasJurisdiction", "laws": "dpv:hasApplicableLaw", "states": "xop:states",
}):  # fmt: skip
    """The record that the receipt is a copy of."""

    type: Literal["dpv:ConsentRecord"]
    identifier: Text
    conforms_to: Literal["https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"]
    subject: ConsentSubject
    controller: ConsentParty
    laws: tuple[Term, ...]
    process: ConsentProcess
    events: Annotated[tuple[ConsentEvent, ...], Meta(min_length=1)]
    states: tuple[ConsentState, ...]
    control: ConsentControl
    authority: str = ""
    jurisdiction: str = ""


class ConsentReceipt(Struct, frozen=True, forbid_unknown_fields=True, rename={
    **_DPV, "context": "@context", "created": "dct:created", "publisher": "dct:publisher",
    "record": "dpv:hasRecordOfActivity",
}):  # fmt: skip
    """A receipt of consent to one purpose."""

    context: dict[str, str]
    id: Annotated[str, Meta(pattern=r"^urn:xop:rcp_[0-9a-f]{24}$")]
    type: Literal["dpv:ConsentReceipt"]
    identifier: Annotated[str, Meta(pattern=r"^rcp_[0-9a-f]{24}$")]
    conforms_to: Literal["https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"]
    created: Time
    publisher: Text
    record: ConsentRecordTold


class Change(Struct, frozen=True):
    """One change of consent to be told in a receipt."""

    channel: str
    record: ConsentRecord
    proof: dict[str, Any] | None = None


def make_receipt(
    customer: str,
    controller: Controller,
    purpose: Purpose,
    changes: Sequence[Change],
    states: Sequence[tuple[str, ConsentAnswer]],
    made: tuple[int, str],
) -> ConsentReceipt:
    """Return the receipt of everything a customer said about a purpose, oldest first.

    `states` are the answers by channel at the moment `made[0]` (milliseconds since the epoch); `made[1]` is where the
    customer can withdraw.
    """
    at, withdraw_at = made
    name = derive("rcp", customer, purpose.name, str(at))
    ground = "eu-gdpr:GDPR"
    party = ConsentParty(controller.name, "dpv:DataController", controller.address, controller.contact)
    record = ConsentRecordTold(
        type="dpv:ConsentRecord",
        identifier=derive("con", customer, purpose.name),
        conforms_to="https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr",
        subject=ConsentSubject(customer, "dpv:DataSubject"),
        controller=party,
        laws=(ground, "xop:ePrivacy-13-2") if purpose.soft_opt_in else (ground,),
        process=_process(purpose),
        events=tuple(_event(each) for each in changes),
        states=tuple(ConsentState(channel, said.permitted, said.code) for channel, said in states),
        control=ConsentControl("dpv:WithdrawConsent", withdraw_at),
        authority=controller.authority,
        jurisdiction=f"loc:{controller.jurisdiction}" if controller.jurisdiction else "",
    )
    return ConsentReceipt(
        context=_CONTEXT,
        id=f"urn:xop:{name}",
        type="dpv:ConsentReceipt",
        identifier=name,
        conforms_to="https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr",
        created=iso(at),
        publisher=controller.name,
        record=record,
    )


def receipt_schema() -> dict[str, Any]:
    """Return the JSON Schema of receipts; the profile's own publication has none."""
    schema = msgspec.json.schema(ConsentReceipt)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A receipt of consent", **schema}


def _process(purpose: Purpose) -> ConsentProcess:
    told = ConsentPurpose(purpose.dpv or "dpv:Purpose", purpose.name, purpose.title, purpose.description)
    return ConsentProcess("dpv:Process", told, _BASES[purpose.basis], _RIGHTS, purpose.data, purpose.recipients)


def _event(change: Change) -> ConsentEvent:
    record = change.record
    return ConsentEvent(
        type=_STATUSES[record.status],
        at=iso(record.at),
        by=_SPEAKERS[(record.indicated_by or "subject").partition(":")[0]],
        channel=change.channel or ANY,
        source=record.source or "unknown",
        method=record.method or "",
        evidence=record.proof,
        since=_time(record.since),
        until=_time(record.until),
        refresh=_time(record.refresh),
        notice=_notice(record.notice),
        conditions=record.conditions if record.conditions is not None else msgspec.UNSET,
        proof=change.proof if change.proof is not None else msgspec.UNSET,
    )


def _notice(notice: Notice | None) -> ConsentNoticeTold | msgspec.UnsetType:
    if notice is None:
        return msgspec.UNSET
    return ConsentNoticeTold("dpv:ConsentNotice", notice.id, notice.version, notice.language, notice.sha256)


def _time(at: int | None) -> str | msgspec.UnsetType:
    return iso(at) if at is not None else msgspec.UNSET
