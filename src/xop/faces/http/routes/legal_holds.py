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
from xop.kernel.erasure.model import HOLD_GROUNDS, LegalHold

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]

MOST = 200

Ground = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"^[a-z][a-z0-9_]*$",
        description=f"One of {', '.join(f'`{each}`' for each in HOLD_GROUNDS)} (GDPR Article 17(3)).",
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
    detail: Text = ""
    """What there is to say beyond the ground, for people; it stays out of the log."""


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
    detail: str = ""


class LegalHoldList(Struct, frozen=True):
    """What keeps a customer's data now."""

    holds: list[LegalHoldView]


class HeldCustomerView(Struct, frozen=True):
    """A customer whose data must be kept."""

    customer: str
    holds: list[LegalHoldView]


class HeldCustomerList(Struct, frozen=True):
    """Customers whose data must be kept, in the order of their ids."""

    customers: list[HeldCustomerView]
    unread: list[str]
    """Parts of customers of whom nobody can say, since what is kept of them is damaged."""
    next: str | None
    """What to give as `after` for more, even when this page has none; null at the end."""


class LegalHoldsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the list is wanted."""

    after: Annotated[str, Meta(max_length=400)] = ""
    limit: Annotated[int, Meta(ge=1, le=MOST)] = 100
    """The page ends with the customer whose holds reach so many."""


async def _list_all(call: Call) -> Reply:
    found = await call.platform.engine.legal_holds.page(call.query.after, call.query.limit)
    held = [HeldCustomerView(each.customer, list(map(view_of, each.holds))) for each in found.held]
    return Reply(HeldCustomerList(held, found.unread, found.next))


async def _list(call: Call) -> Reply:
    return Reply(await _listed(call, await customer(call, call.path["customer"])))


async def _impose(call: Call) -> Reply:
    asked: LegalHoldRequest = call.body
    until = moment(asked.until) if asked.until is not None else None
    if asked.until is not None and until is None:
        raise ProblemError("time-unreadable", f"{asked.until[:40]!r} is no RFC 3339 time")
    found = await customer(call, call.path["customer"])
    name = command_name(call, "legal-hold")
    command = ImposeLegalHold(name, call.actor, asked.name, asked.ground, until, asked.detail)
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
    return LegalHoldList([view_of(each) for each in await call.platform.engine.legal_holds.of(found)])


def view_of(hold: LegalHold) -> LegalHoldView:
    """Return a legal hold as it is shown."""
    until = iso(hold.until) if hold.until is not None else None
    return LegalHoldView(hold.name, hold.ground, hold.by, iso(hold.at), until, hold.detail)


_ABOUT = ("customer-unknown", "identifier-refused")

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/legal-holds",
        summary="List everybody whose data must be kept",
        description="Everybody is looked at, some thousand at a time: go on with `next` until it is null.",
        handler=_list_all,
        scope="privacy:write",
        query=LegalHoldsQuery,
        answers=(Content(JSON, HeldCustomerList),),
    ),
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
            "legal-hold-ground",
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
