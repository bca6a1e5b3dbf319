"""Consent: what a customer agreed to at any moment, and changes of it."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, to_builtins

from xop.faces.http.arrival import Time, moment_named
from xop.faces.http.commanding import IDEMPOTENCY_KEY, Receipt, command_name, receipt, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError, refused
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, elsewhere, target
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Signal
from xop.kernel.consent.answer import answer
from xop.kernel.consent.model import ConsentRecord, IndicatedBy, Method, Notice, SoftOptIn
from xop.kernel.steps.consent import ConsentWish, change_consent

SOURCE = "xop:consents"

_TYPES = {
    "grant": "xop.consent.granted",
    "refuse": "xop.consent.refused",
    "withdraw": "xop.consent.withdrawn",
    "object": "xop.consent.objected",
    "soft_opt_in": "xop.consent.soft_opt_in",
}


class ConsentQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which moment to ask about."""

    at: Time | None = None
    """An RFC 3339 time; now when left out."""


class Record(Struct, frozen=True, omit_defaults=True):
    """The change of consent that is in force."""

    status: str
    at: str
    source: str
    proof: str
    until: str | None
    since: str | None = None
    """When it begins, where that is later than when it was given."""
    refresh: str | None = None
    """When the customer should be asked anew."""
    method: Method | None = None
    indicated_by: str | None = None
    """Who said it; the customer when left out."""
    notice: Notice | None = None
    conditions: SoftOptIn | None = None


class PurposeAnswer(Struct, frozen=True):
    """Whether one purpose may be pursued on one channel."""

    purpose: str
    channel: str
    permitted: bool
    code: str
    basis: str
    record: Record | None


class ConsentAnswers(Struct, frozen=True):
    """Whether each purpose may be pursued on each of its channels, at one moment."""

    customer: str
    at: str
    answers: list[PurposeAnswer]


class ConsentChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A change of consent, as the customer told it."""

    change: Literal["grant", "refuse", "withdraw", "object", "soft_opt_in"]
    """`soft_opt_in` notes how its four `conditions` stand; it is no consent, and no word of the customer."""
    purpose: Annotated[str, Meta(min_length=1, max_length=64)]
    """A purpose; a change other than a grant may say `promotional` for all that are."""
    channel: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    """A channel. A grant names one unless its purpose uses none; any other change holds for all when it is left out."""
    proof: Annotated[str, Meta(max_length=500)] = ""
    """A reference to the evidence, such as a form's version."""
    until: Time | None = None
    """When a grant ends, as an RFC 3339 time; as the purpose says when left out."""
    since: Time | None = None
    """When a grant begins, as an RFC 3339 time; at once when left out."""
    method: Method | None = None
    """How it is proven."""
    indicated_by: IndicatedBy | None = None
    """Who said it; the customer when left out."""
    notice: Notice | None = None
    """The text that the customer was shown."""
    conditions: SoftOptIn | None = None
    """Of a soft opt-in."""
    at: Time | None = None
    """When the customer said so, as an RFC 3339 time; now when left out."""


async def _ask(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/consents")
    if redirect is not None:
        return redirect
    at = _moment(call, call.query.at)
    release = call.platform.engine.release
    sides = [(part.id, part.consents) for part in found.parts]
    answers = []
    for purpose in release.purposes.values():
        for channel in purpose.channels or tuple(release.channels):
            said = answer(sides, release.purposes, purpose.name, channel, at)
            record = _record(said.record) if said.record is not None else None
            answers.append(PurposeAnswer(purpose.name, channel, said.permitted, said.code, said.basis, record))
    return Reply(ConsentAnswers(found.id, iso(at), answers))


async def _change(call: Call) -> Reply:
    asked: ConsentChange = call.body
    if asked.change != "grant" and (asked.until is not None or asked.since is not None):
        raise ProblemError("body-invalid", "only a grant begins and ends by itself", "leave `since` and `until` out")
    time = _moment(call, asked.at)
    for told in (asked.until, asked.since):
        _moment(call, told)
    details = _details(asked)
    wish = ConsentWish(asked.purpose, asked.channel or "", asked.proof, asked.until or "", details)
    misfit = change_consent(call.platform.engine.release, asked.change, wish, time, SOURCE)
    if isinstance(misfit, Refusal):
        raise refused(misfit)
    data: dict[str, Any] = {
        "purpose": asked.purpose,
        "channel": asked.channel,
        "proof": asked.proof,
        "until": asked.until,
        "details": details,
    }
    command = Signal(
        id=command_name(call, "consent"),
        type=_TYPES[asked.change],
        source=f"{SOURCE}:{call.actor}",
        time=time,
        actor=call.actor,
        data={name: value for name, value in data.items() if value},
    )
    return Reply(receipt(await submit(call, command, target(call.platform.engine.release, call.path["customer"]))))


def _moment(call: Call, text: str | None) -> int:
    return moment_named(text) if text is not None else call.platform.runtime.clock.now()


def _details(asked: ConsentChange) -> dict[str, Any]:
    told = {
        "since": asked.since,
        "method": asked.method,
        "indicated_by": asked.indicated_by,
        "notice": asked.notice,
        "conditions": asked.conditions,
    }
    return {name: to_builtins(value) for name, value in told.items() if value is not None}


def _record(record: ConsentRecord) -> Record:
    until, since, refresh = (
        iso(each) if each is not None else None for each in (record.until, record.since, record.refresh)
    )
    return Record(
        record.status,
        iso(record.at),
        record.source,
        record.proof,
        until,
        since,
        refresh,
        method=record.method,
        indicated_by=record.indicated_by,
        notice=record.notice,
        conditions=record.conditions,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/consents",
        summary="Ask what a customer agrees to",
        description="For now or for any past moment: what was recorded is never overwritten.",
        handler=_ask,
        scope="customers:read",
        parameters={"customer": REFERENCE},
        query=ConsentQuery,
        answers=(Content(JSON, ConsentAnswers),),
        problems=("customer-unknown", "identifier-refused", "time-unreadable"),
        redirects=True,
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/consents",
        summary="Record a change of consent",
        handler=_change,
        scope="consents:write",
        parameters={"customer": REFERENCE},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ConsentChange),),
        answers=(Content(JSON, Receipt),),
        problems=(
            "customer-unknown",
            "identifier-refused",
            "purpose-unknown",
            "channel-unknown",
            "channel-missing",
            "soft-opt-in-unfit",
            "details-unfit",
            "time-unreadable",
            "time-without-zone",
            "signal-unknown",
            "signal-reserved",
            "signal-unfit",
            "command-conflict",
        ),
    ),
)
