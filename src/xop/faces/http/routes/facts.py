"""The ledger's facts: in pages, and live."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs
from msgspec.structs import replace

from xop.faces.http.commanding import Reference, ShortText
from xop.faces.http.disclosure import Look, look_of, record
from xop.faces.http.disguise import disguised
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply, Stream
from xop.faces.http.problems import UNAVAILABLE, ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, elsewhere
from xop.faces.http.telling import Cursor, ToldFact, cursor, facts_after
from xop.kernel.base.principal import Principal
from xop.kernel.context.customer import Customer
from xop.kernel.privacy.classes import Access
from xop.kernel.privacy.ledger import seen_fact
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import Release

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
    purpose: ShortText | None = None
    """What for, which says how much of each fact is shown; the usual purpose when left out."""


class FactQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Which facts to read."""

    customer: Reference | None = None


class SeenFact(ToldFact, frozen=True, omit_defaults=True):
    """One fact, as much of it as may be seen."""

    left_out: tuple[str, ...] = ()
    """The names of what may not."""


class FactPage(Struct, frozen=True):
    """Facts in the order in which they became true."""

    facts: list[SeenFact]
    next: str
    """What to ask for as `after` to go on, now or when there is more."""


class StreamQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which facts to follow."""

    after: FactId | None = None
    """The id of the last fact read; only what is new when left out."""
    customer: Reference | None = None
    purpose: ShortText | None = None
    """What for, which says how much of each fact is shown; the usual purpose when left out."""


async def _page(call: Call) -> Reply:
    asked: FactQuery = call.query
    look = fact_look(call)
    found = None if asked.customer is None else await customer(call, asked.customer)
    return await _read(call, asked, look, found)


async def _page_of_customer(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/facts")
    return redirect or await _read(call, call.query, fact_look(call), found)


async def _read(call: Call, asked: PageQuery, look: Look, found: Customer | None) -> Reply:
    after = cursor(asked.after) if asked.after is not None else Cursor()
    parts = None if found is None else [part.id for part in found.parts]
    engine = call.platform.engine
    told, end = await facts_after(call.platform.runtime.ledger, after, asked.limit, parts)
    facts = await disguised(engine, call.actor, told)
    sight = Sight(engine.release, look)
    seen = [sight.see(fact) for fact in facts]
    if found is not None and facts:
        await record(engine, look, found, sight.whole)
    return Reply(FactPage(seen, str(end)))


def fact_look(call: Call) -> Look:
    """Return how a caller looks at facts; raises ProblemError for a purpose that it may not pursue."""
    return _look_of(call, call.caller.principal)


def _look_of(call: Call, principal: Principal) -> Look:
    """Nobody but people reads more of facts than what happened: facts of everybody are not looked at one by one."""
    look = look_of(call.platform.engine.release, principal, call.query.purpose)
    return look if look.by_person else replace(look, access=Access())


def _look_now(call: Call) -> Look | None:
    """Return what a stream may show by now; None once its reader may read no facts any more, or not for its purpose."""
    principal = call.platform.engine.release.principals.get(call.actor)
    if principal is None or "facts:read" not in principal.granted_scopes:
        return None
    try:
        return _look_of(call, principal)
    except ProblemError:
        return None


async def _stream(call: Call) -> Stream:
    asked: StreamQuery = call.query
    last = call.headers.get(b"last-event-id", b"").decode("latin-1") or asked.after
    after = cursor(last) if last else Cursor(await call.platform.runtime.ledger.last() + 1, -1)
    fact_look(call)
    if asked.customer is not None:
        await customer(call, asked.customer)
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
                found = None if reference is None else await customer(call, reference)
                parts = None if found is None else [part.id for part in found.parts]
                told, after = await facts_after(call.platform.runtime.ledger, after, _AT_ONCE, parts)
                facts = await disguised(engine, call.actor, told)
                look = _look_now(call)
                if look is None:
                    return
                sight = Sight(engine.release, look)
                events = b"".join(_event(sight.see(fact)) for fact in facts)
                if found is not None and sight.whole.shown:
                    await record(engine, look, found, sight.whole)
            except UNAVAILABLE:
                return
            if events:
                yield events
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


class Sight:
    """Facts as one look sees them."""

    def __init__(self, release: Release, look: Look) -> None:
        self._release = release
        self._look = look
        self.whole = Screen(release.privacy, look.access)
        """What was seen of all of them together."""

    def see(self, fact: ToldFact) -> SeenFact:
        """Return as much of a fact as may be seen."""
        screen = Screen(self._release.privacy, self._look.access)
        data = seen_fact(screen, fact.type, fact.data)
        self.whole.add(screen)
        if self._look.access.everything:
            data = fact.data
        return SeenFact(**{**structs.asdict(fact), "data": data}, left_out=tuple(screen.left_out))


def _event(fact: SeenFact) -> bytes:
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
        problems=("customer-unknown", "identifier-refused", "purpose-unknown"),
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
        problems=("customer-unknown", "identifier-refused", "purpose-unknown"),
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
        problems=("customer-unknown", "identifier-refused", "purpose-unknown"),
    ),
)
