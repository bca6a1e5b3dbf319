"""Identity: whom an identifier leads to, and a person's word on who is the same person."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.commanding import (
    IDEMPOTENCY_KEY,
    Receipt,
    Reference,
    Text,
    command_name,
    receipt,
    submit,
)
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError, refused
from xop.faces.http.targets import LONGEST, customer, identifier, target
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Merge, Unmerge


class IdentityQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which identifier to resolve."""

    identifier: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    """The identifier, as `namespace:value`."""


class Resolved(Struct, frozen=True):
    """Whom an identifier leads to."""

    identifier: str
    """In normal form."""
    customer: str
    parts: list[str]
    """The customer's own part and those merged into it."""


class MergeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Two customers who are one person."""

    keep: Reference
    other: Reference
    reason: Text = ""


class UnmergeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A merged customer who is another person after all."""

    customer: Reference
    other: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    """Who gets back everything that was theirs: a former id, or an identifier as `namespace:value`."""
    reason: Text = ""


async def _resolve(call: Call) -> Reply:
    formed = identifier(call.platform.engine.release, call.query.identifier)
    if isinstance(formed, Refusal):
        raise ProblemError("identifier-refused", formed.cause, formed.remedy)
    found = await customer(call, str(formed))
    return Reply(Resolved(str(formed), found.id, [part.id for part in found.parts]))


async def _merge(call: Call) -> Reply:
    asked: MergeRequest = call.body
    name = command_name(call, "merge")
    keep = await customer(call, asked.keep)
    other = await customer(call, asked.other)
    if keep.id == other.id and (earlier := await _earlier(call, name, asked)) is not None:
        return Reply(earlier)
    return Reply(receipt(await submit(call, Merge(name, call.actor, other.id, asked.reason), keep.id)))


async def _earlier(call: Call, name: str, asked: MergeRequest) -> Receipt | None:
    """Return the first answer to a merge asked for again: both references lead to one customer now."""
    stored = (await call.platform.runtime.ledger.answered([name])).get(name)
    if stored is None or not isinstance(stored.entry.command, Merge):
        return None
    if stored.entry.command.reason != asked.reason:
        raise ProblemError("command-conflict", "the Idempotency-Key was used before with another body")
    return Receipt(stored.entry.customer, stored.position, len(stored.entry.facts), duplicate=True)


async def _unmerge(call: Call) -> Reply:
    asked: UnmergeRequest = call.body
    name = command_name(call, "unmerge")
    stored = (await call.platform.runtime.ledger.answered([name])).get(name)
    if stored is not None:
        earlier = stored.entry.command
        if not isinstance(earlier, Unmerge) or (earlier.other, earlier.reason) != (asked.other, asked.reason):
            raise ProblemError("command-conflict", "the Idempotency-Key was used before with another body")
        return Reply(Receipt(stored.entry.customer, stored.position, len(stored.entry.facts), duplicate=True))
    found = await customer(call, asked.customer)
    command = Unmerge(name, call.actor, await unmerged_side(call, asked, found.id), asked.reason)
    answer = await call.platform.engine.submit(command, found.id)
    if answer.refusal is not None:
        raise refused(answer.refusal)
    return Reply(receipt(answer))


async def unmerged_side(call: Call, asked: UnmergeRequest, customer: str) -> str:
    """Return the part to cut off: the one named, or the first one where the second is the customer's own.

    Raises ProblemError (404) when nobody is known by the reference.
    """
    release, engine = call.platform.engine.release, call.platform.engine
    other = await engine.part(target(release, asked.other))
    if other is None:
        raise ProblemError("customer-unknown", f"no customer is known by {asked.other[:80]!r}")
    own = await engine.part(target(release, asked.customer))
    return own if own is not None and other == customer != own else other


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/identity",
        summary="Resolve an identifier",
        handler=_resolve,
        scope="customers:read",
        query=IdentityQuery,
        answers=(Content(JSON, Resolved),),
        problems=("customer-unknown", "identifier-refused"),
    ),
    Operation(
        method="POST",
        path="/v1/identity/merge",
        summary="Merge two customers",
        description="`other` becomes part of `keep`. Each side's facts keep their origin, so that it can be undone.",
        handler=_merge,
        scope="identity:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, MergeRequest),),
        answers=(Content(JSON, Receipt),),
        problems=("customer-unknown", "identifier-refused", "merge-nothing", "merge-declined", "command-conflict"),
    ),
    Operation(
        method="POST",
        path="/v1/identity/unmerge",
        summary="Undo a merge",
        description="Both customers are exactly what their own facts make of them, and no rule merges them again.",
        handler=_unmerge,
        scope="identity:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, UnmergeRequest),),
        answers=(Content(JSON, Receipt),),
        problems=("customer-unknown", "identifier-refused", "unmerge-nothing", "command-conflict"),
    ),
)
