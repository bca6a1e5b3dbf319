"""Names: what customers are called, for lists that would tell people nothing by ids alone."""

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.commanding import ShortText
from xop.faces.http.disclosure import Look, look_of, record
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.reach import is_engaged
from xop.kernel.context.customer import Customer
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import Release

NAMES = ("name", "full_name", "display_name", "first_name")
"""Profile fields that hold what a customer is called, the best first."""

MOST = 200
"""Customers that are named at once."""


class NameQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose names are wanted."""

    customers: Annotated[str, Meta(min_length=1, max_length=20_000)]
    """Ids of customers, or of parts of them, with commas between them; at most 200."""
    purpose: ShortText | None = None
    """What for, which says whether names may be seen; the usual purpose when left out."""


class NameList(Struct, frozen=True):
    """What customers are called."""

    names: dict[str, str]
    """By the id that was given: a name, or an identifier of those without one; nobody whom the purpose may not name."""


async def _list(call: Call) -> Reply:
    asked: NameQuery = call.query
    wanted = list(dict.fromkeys(filter(None, map(str.strip, asked.customers.split(",")))))
    if len(wanted) > MOST:
        raise ProblemError("parameter-invalid", f"{len(wanted)} customers are given", f"give at most {MOST}")
    look = look_of(call.platform.engine.release, call.caller.principal, asked.purpose)
    found = await asyncio.gather(*(_name(call, look, each) for each in wanted))
    return Reply(NameList({each: name for each, name in zip(wanted, found, strict=True) if name}))


async def _name(call: Call, look: Look, reference: str) -> str:
    """Return what a customer is called, once the ledger tells of the look; raises as `record` does."""
    engine = call.platform.engine
    found = await engine.customer(reference)
    if found is None or not (look.by_person or is_engaged(engine, call.caller.principal, found, None)):
        return ""
    screen = Screen(engine.release.privacy, look.access)
    name = called(engine.release, found, screen)
    if name:
        await record(engine, look, found, screen)
    return name


def called(release: Release, customer: Customer, screen: Screen) -> str:
    """Return what a customer is called as far as it may be seen, else their first identifier that may; empty for neither."""
    profile = customer.view.profile
    for name in NAMES:
        value = profile[name].value if name in profile else None
        if isinstance(value, str) and value and screen.passes("profile", name):
            return value
    for namespace in release.namespaces:
        for link in customer.view.identifiers.values():
            if link.identifier.namespace == namespace and screen.passes("identifiers", namespace):
                return str(link.identifier)
    return ""


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/names",
        summary="Ask what customers are called",
        description="For lists. As far as the purpose may see it, and no more of them; that it was looked at is recorded.",
        handler=_list,
        scope="customers:read",
        query=NameQuery,
        answers=(Content(JSON, NameList),),
        answered="The names",
        problems=("parameter-invalid", "purpose-unknown"),
    ),
)
