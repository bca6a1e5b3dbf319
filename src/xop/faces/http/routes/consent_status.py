"""The status of consent as others ask for it by a DPV purpose: the shape of CAMARA consent-info 0.2.0."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.preferences import preference_address
from xop.faces.http.problems import ProblemError
from xop.faces.http.targets import LONGEST, customer
from xop.kernel.base.times import iso
from xop.kernel.consent.answer import NO, answer
from xop.kernel.consent.model import ConsentAnswer, Purpose
from xop.kernel.context.customer import Customer
from xop.kernel.release import Release

StatusReason = Literal["PENDING", "REQUESTED", "DENIED", "EXPIRED", "OBJECTED"]

_REASONS: dict[str, StatusReason] = {
    "objected": "OBJECTED",
    "refused": "DENIED",
    "withdrawn": "DENIED",
    "expired": "EXPIRED",
}
"""Anything else has not been established: it is pending."""

_ASKABLE = frozenset({"PENDING", "REQUESTED", "EXPIRED"})

DpvPurpose = Annotated[str, Meta(pattern=r"^dpv:[A-Za-z0-9]{1,100}$")]
ScopeName = Annotated[str, Meta(min_length=1, max_length=200)]


class StatusQuestion(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Whether a customer's data may be processed for a purpose."""

    scopes: Annotated[list[ScopeName], Meta(min_length=1, max_length=50)]
    """Channels of the workspace, or scopes that its purposes declare."""
    purpose: DpvPurpose
    request_capture_url: bool
    """Whether to be told where the customer can give consent; only those who may change consent are."""
    phone_number: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{4,14}$")] | UnsetType = UNSET
    customer: Annotated[str, Meta(min_length=1, max_length=LONGEST)] | UnsetType = UNSET
    """In place of a phone number: a customer's id, or `namespace:value`."""


class StatusInfo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Whether the processing is valid for some scopes, and why not."""

    scopes: list[str]
    purpose: str
    status_valid_for_processing: bool
    status_reason: StatusReason | UnsetType = UNSET
    expiration_date: str | UnsetType = UNSET


class StatusAnswer(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The status of every scope asked about."""

    status_info: list[StatusInfo]
    capture_url: str | UnsetType = UNSET


async def _retrieve(call: Call) -> Reply:
    asked: StatusQuestion = call.body
    release = call.platform.engine.release
    found = await customer(call, _reference(release, asked))
    now = call.platform.runtime.clock.now()
    info = _grouped(asked, [_status(release, found, asked.purpose, scope, now) for scope in asked.scopes])
    url = None
    if asked.request_capture_url and any(each.status_reason in _ASKABLE for each in info):
        url = await preference_address(call, found.id, now)
    return Reply(StatusAnswer(info, url or UNSET))


def _reference(release: Release, asked: StatusQuestion) -> str:
    if (asked.phone_number is UNSET) == (asked.customer is UNSET):
        raise ProblemError(
            "identifier-missing", "exactly one customer must be named", "send `phoneNumber`, or `customer` in its place"
        )
    if isinstance(asked.customer, str):
        return asked.customer
    phones = sorted(name for name, each in release.namespaces.items() if each.kind == "phone")
    if len(phones) != 1:
        cause = f"the workspace has {len(phones)} namespaces for phone numbers, so that a number alone names nobody"
        raise ProblemError("identifier-missing", cause, "send `customer` as `namespace:value`")
    return f"{phones[0]}:{asked.phone_number}"


def _status(release: Release, found: Customer, purpose: str, scope: str, now: int) -> ConsentAnswer:
    """Return the answer of every purpose with the term that covers a scope: all must permit it, and there must be one."""
    sides = [(part.id, part.consents) for part in found.parts]
    answers = [
        answer(sides, release.purposes, each.name, channel, now)
        for each in release.purposes.values()
        if each.dpv == purpose
        for channel in _channels(release, each, scope)
    ]
    if not answers:
        return ConsentAnswer(permitted=False, code="unknown", basis="")
    refusing = [each for each in answers if not each.permitted]
    # Where somebody said no, nobody is asked again.
    return min(refusing or answers, key=lambda said: (said.code not in NO, _end(said)))


def _channels(release: Release, purpose: Purpose, scope: str) -> Sequence[str | None]:
    """Return the channels on which a purpose is asked for a scope: its own channel, or all it uses for a declared scope."""
    if scope in purpose.scopes:
        return purpose.channels or (None,)
    return (scope,) if scope in (purpose.channels or release.channels) else ()


def _end(said: ConsentAnswer) -> float:
    return said.record.until if said.record is not None and said.record.until is not None else float("inf")


def _grouped(asked: StatusQuestion, answers: Sequence[ConsentAnswer]) -> list[StatusInfo]:
    """Return one item for all scopes of the same status, in the order of their first mention."""
    found: dict[tuple[bool, StatusReason | UnsetType, str | UnsetType], list[str]] = {}
    for scope, said in zip(asked.scopes, answers, strict=True):
        reason: StatusReason | UnsetType = UNSET if said.permitted else _REASONS.get(said.code, "PENDING")
        dated = said.record is not None and (said.permitted or reason == "EXPIRED")
        end = said.record.until if dated and said.record is not None else None
        found.setdefault((said.permitted, reason, iso(end) if end is not None else UNSET), []).append(scope)
    return [StatusInfo(scopes, asked.purpose, valid, reason, until) for (valid, reason, until), scopes in found.items()]


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/consents/retrieve",
        summary="Ask whether data may be processed for a DPV purpose",
        description="Question and answer have the shape of CAMARA consent-info 0.2.0. What is not known is not permitted.",
        handler=_retrieve,
        scope="customers:read",
        body=(Content(JSON, StatusQuestion),),
        answers=(Content(JSON, StatusAnswer),),
        problems=("customer-unknown", "identifier-refused", "identifier-missing"),
    ),
)
