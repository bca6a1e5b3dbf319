"""The ledger's facts: in pages, and live."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from xop.faces.http.commanding import Reference
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply, Stream
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, elsewhere
from xop.faces.http.telling import Cursor, ToldFact, cursor, facts_after
from xop.ports.errors import StorageError

EVENT_STREAM = "text/event-stream"

HEARTBEAT = 15.0
"""Seconds after which a quiet stream says that it is still there."""

_AT_ONCE = 200
_ENCODER = msgspec.json.Encoder()

FactId = Annotated[str, Meta(pattern=r"^[0-9]{1,18}(\.[0-9]{1,18})?$")]
"""The id of a fact, or a position in the ledger."""


class PageQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which page of facts to read."""

    after: FactId | None = None
    """The id of the last fact read, or `next` of the page before; from the beginning when left out."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class FactQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Which facts to read."""

    customer: Reference | None = None


class FactPage(Struct, frozen=True):
    """Facts in the order in which they became true."""

    facts: list[ToldFact]
    next: str
    """What to ask for as `after` to go on, now or when there is more."""


class StreamQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which facts to follow."""

    after: FactId | None = None
    """The id of the last fact read; only what is new when left out."""
    customer: Reference | None = None


async def _page(call: Call) -> Reply:
    asked: FactQuery = call.query
    return await _read(call, asked, await _parts(call, asked.customer))


async def _page_of_customer(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/facts")
    return redirect or await _read(call, call.query, [part.id for part in found.parts])


async def _read(call: Call, asked: PageQuery, parts: list[str] | None) -> Reply:
    after = cursor(asked.after) if asked.after is not None else Cursor()
    facts, end = await facts_after(call.platform.runtime.ledger, after, asked.limit, parts)
    return Reply(FactPage(facts, str(end)))


async def _stream(call: Call) -> Stream:
    asked: StreamQuery = call.query
    last = call.headers.get(b"last-event-id", b"").decode("latin-1") or asked.after
    after = cursor(last) if last else Cursor(await call.platform.runtime.ledger.last() + 1, -1)
    await _parts(call, asked.customer)
    return Stream(_follow(call, after, asked.customer), EVENT_STREAM)


async def _follow(call: Call, after: Cursor, reference: str | None) -> AsyncGenerator[bytes]:
    """Read on whenever the ledger has grown; what a slow reader has not taken waits in the ledger, not in memory."""
    engine, closing = call.platform.engine, call.face.closing
    yield b": facts follow as they become true\n\n"
    closed = asyncio.create_task(closing.wait())
    grown = asyncio.create_task(engine.grown())
    try:
        while not closing.is_set():
            # The watch must have begun before the ledger is read, or what happens in between would go unnoticed.
            await asyncio.sleep(0)
            try:
                facts, after = await facts_after(
                    call.platform.runtime.ledger, after, _AT_ONCE, await _parts(call, reference)
                )
            except StorageError:
                return
            if facts:
                yield b"".join(_event(fact) for fact in facts)
            if len(facts) < _AT_ONCE:
                done, _ = await asyncio.wait({grown, closed}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    yield b": still here\n\n"
            if grown.done():
                grown = asyncio.create_task(engine.grown())
    finally:
        grown.cancel()
        closed.cancel()
        await asyncio.gather(grown, closed, return_exceptions=True)


async def _parts(call: Call, reference: str | None) -> list[str] | None:
    """Return the parts of the customer asked about; they change with every merge."""
    return None if reference is None else [part.id for part in (await customer(call, reference)).parts]


def _event(fact: ToldFact) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (fact.id.encode(), fact.type.encode(), _ENCODER.encode(fact))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/facts",
        summary="Read facts",
        handler=_page,
        scope="facts:read",
        query=FactQuery,
        answers=(Content(JSON, FactPage),),
        problems=("customer-unknown", "identifier-refused"),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{customer}/facts",
        summary="Read a customer's facts",
        handler=_page_of_customer,
        scope="facts:read",
        parameters={"customer": REFERENCE},
        query=PageQuery,
        answers=(Content(JSON, FactPage),),
        problems=("customer-unknown", "identifier-refused"),
        redirects=True,
    ),
    Operation(
        method="GET",
        path="/v1/facts/stream",
        summary="Follow facts",
        description=(
            "Server-sent events, one a fact, named by its type. A reader that comes back with `Last-Event-ID` misses "
            "nothing. The stream lasts until the reader leaves or the server stops."
        ),
        handler=_stream,
        scope="facts:read",
        query=StreamQuery,
        reads=(Header("Last-Event-ID", "The id of the last fact read."),),
        answers=(Content(EVENT_STREAM, {"type": "string"}),),
        problems=("customer-unknown", "identifier-refused"),
    ),
)
