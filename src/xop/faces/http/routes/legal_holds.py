"""Legal holds: why a customer's data must be kept, imposing that and ending it."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.arrival import moment
from xop.faces.http.commanding import IDEMPOTENCY_KEY, Text, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer
from xop.kernel.base.times import iso
from xop.kernel.context.customer import Customer
from xop.kernel.erasure.commands import ImposeLegalHold, LiftLegalHold
from xop.kernel.erasure.model import LegalHold, in_force

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]

Ground = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="A code such as `legal_claims` or `legal_obligation` (GDPR Article 17(3)).",
    ),
]

Time = Annotated[str, Meta(max_length=40, extra_json_schema={"format": "date-time"})]


class LegalHoldRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a customer's data must be kept, and until when."""

    name: Name
    """What it is called, such as the number of a case; one of the same name is replaced."""
    ground: Ground
    until: Time | None = None
    """When it ends by itself, as an RFC 3339 time."""


class LiftingRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it ends."""

    reason: Text = ""


class LegalHoldView(Struct, frozen=True):
    """One ground on which a customer's data must be kept."""

    name: str
    """`incident:` and its id for what an incident keeps: that ends when the incident is closed."""
    ground: str
    by: str
    at: str
    until: str | None


class LegalHoldList(Struct, frozen=True):
    """What keeps a customer's data now."""

    holds: list[LegalHoldView]


async def _list(call: Call) -> Reply:
    return Reply(await _listed(call, await customer(call, call.path["customer"])))


async def _impose(call: Call) -> Reply:
    asked: LegalHoldRequest = call.body
    until = moment(asked.until) if asked.until is not None else None
    if asked.until is not None and until is None:
        raise ProblemError("time-unreadable", f"{asked.until[:40]!r} is no RFC 3339 time")
    found = await customer(call, call.path["customer"])
    command = ImposeLegalHold(command_name(call, "legal-hold"), call.actor, asked.name, asked.ground, until)
    await submit(call, command, _side(found, asked.name))
    return Reply(await _listed(call, await customer(call, found.id)))


async def _lift(call: Call) -> Reply:
    asked: LiftingRequest = call.body
    found, name = await customer(call, call.path["customer"]), call.path["hold"]
    command = LiftLegalHold(command_name(call, "lifting"), call.actor, name, asked.reason)
    await submit(call, command, _side(found, name))
    return Reply(await _listed(call, await customer(call, found.id)))


def _side(found: Customer, name: str) -> str:
    """Return the side of a merged customer that has a hold; their own where none has."""
    return next((part.id for part in found.parts if name in part.legal_holds), found.id)


async def _listed(call: Call, found: Customer) -> LegalHoldList:
    engine = call.platform.engine
    own = [hold for part in found.parts for hold in part.legal_holds.values()]
    now = in_force(own, call.platform.runtime.clock.now())
    return LegalHoldList([view_of(each) for each in (*now, *await engine.eraser.keeping(found))])


def view_of(hold: LegalHold) -> LegalHoldView:
    """Return a legal hold as it is shown."""
    until = iso(hold.until) if hold.until is not None else None
    return LegalHoldView(hold.name, hold.ground, hold.by, iso(hold.at), until)


_ABOUT = ("customer-unknown", "identifier-refused")

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/legal-holds",
        summary="List what keeps a customer's data",
        handler=_list,
        scope="privacy:write",
        parameters={"customer": REFERENCE},
        answers=(Content(JSON, LegalHoldList),),
        problems=_ABOUT,
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/legal-holds",
        summary="Impose a legal hold",
        description="Erasure is refused with its ground, and retention passes the customer over, until it ends.",
        handler=_impose,
        scope="privacy:write",
        parameters={"customer": REFERENCE},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, LegalHoldRequest),),
        answers=(Content(JSON, LegalHoldList),),
        problems=(
            *_ABOUT,
            "erasure-under-way",
            "erasure-person",
            "legal-hold-over",
            "legal-hold-shorter",
            "time-unreadable",
            "command-conflict",
        ),
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/legal-holds/{hold}/lifting",
        summary="Lift a legal hold",
        handler=_lift,
        scope="privacy:write",
        parameters={"customer": REFERENCE, "hold": "The name of a legal hold."},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, LiftingRequest),),
        answers=(Content(JSON, LegalHoldList),),
        problems=(*_ABOUT, "legal-hold-unknown", "erasure-person", "command-conflict"),
    ),
)
