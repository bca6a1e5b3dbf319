"""Searches: whom or what a text leads to, whatever kind of reference it is, and why to nothing; who changed last."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.faces.http.aftermath import latest
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.targets import LONGEST, identifier, normalised, require_unbounded
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.ports.ledger import Stored

_PAGE = 200

_SEARCHED = 4000
"""The latest steps of the ledger that are looked through for a conversation."""

_CHANGED = 2000
"""The latest steps of the ledger that are looked through for who changed."""


class SearchQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What to look for."""

    q: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    """An identifier as people write it, with or without its namespace; the id of a customer, a decision or an invocation; or
    a conversation."""
    quick: bool = False
    """Whether to leave out conversations, for which the latest steps of the ledger are read."""


class SearchFound(Struct, frozen=True):
    """Something that the text leads to."""

    kind: Literal["customer", "decision", "conversation"]
    id: str
    customer: str
    by: str
    """What the text was taken for: `id`, a namespace, `decision`, `invocation` or `conversation`."""
    value: str
    """The text in normal form."""


class SearchMiss(Struct, frozen=True):
    """Something that the text was taken for in vain."""

    by: str
    value: str
    """The text in normal form; empty where it has none."""
    cause: str
    """Why it leads to nobody."""


class SearchAnswer(Struct, frozen=True):
    """What a text leads to; the misses tell why it leads to nothing else."""

    q: str
    found: list[SearchFound]
    misses: list[SearchMiss]


class RecentQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How many customers to list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 25


class RecentCustomer(Struct, frozen=True):
    """A customer of whom something became true lately."""

    customer: str
    at: str
    position: int
    what: list[str]
    """The types of facts of the last step that made any true."""


class RecentCustomers(Struct, frozen=True):
    """Customers of whom something became true lately, the latest first."""

    customers: list[RecentCustomer]


async def _search(call: Call) -> Reply:
    require_unbounded(call, "look them up by the conversation that you are in")
    text = call.query.q.strip()
    found, misses = list[SearchFound](), list[SearchMiss]()
    for way in (_as_id, _as_identifier, _as_decision, _as_conversation):
        if way is _as_conversation and (call.query.quick or found):
            continue
        async for each in way(call, text):
            if isinstance(each, SearchMiss):
                misses.append(each)
            elif (each.kind, each.id) not in {(known.kind, known.id) for known in found}:
                found.append(each)
    return Reply(SearchAnswer(text, found, misses))


async def _as_id(call: Call, text: str) -> AsyncIterator[SearchFound | SearchMiss]:
    if ":" in text:
        return
    owner = await call.platform.engine.customer(text)
    if owner is None or text == PLATFORM:
        yield SearchMiss("id", text, "no customer has this id, nor had one who was merged")
    else:
        yield SearchFound("customer", owner.id, owner.id, "id", text)


async def _as_identifier(call: Call, text: str) -> AsyncIterator[SearchFound | SearchMiss]:
    """Try the namespace that the text names, or else every one: people write a number without saying what it is."""
    engine = call.platform.engine
    namespaces, named = engine.release.namespaces, Identifier.parse(text)
    tried = [named] if named is not None and named.namespace in namespaces else []
    for raw in tried or [Identifier(name, text) for name in namespaces]:
        formed = identifier(engine.release, str(raw)) if tried else normalised(engine.release, raw)
        if isinstance(formed, Refusal):
            yield SearchMiss(raw.namespace, "", formed.cause)
            continue
        owner = await engine.customer(formed)
        if owner is None:
            yield SearchMiss(raw.namespace, formed.value, "nobody is known by it")
        else:
            yield SearchFound("customer", owner.id, owner.id, raw.namespace, formed.value)


async def _as_decision(call: Call, text: str) -> AsyncIterator[SearchFound | SearchMiss]:
    if "decisions:read" not in call.caller.scopes:
        return
    ledger = call.platform.runtime.ledger
    if text.startswith("dec_"):
        stored = await ledger.decided(text)
        if stored is None:
            yield SearchMiss("decision", text, "no decision has this id")
        else:
            yield SearchFound("decision", text, stored.entry.customer, "decision", text)
    elif text.startswith("inv_"):
        stored = await latest(call, text)
        if stored is None or stored.entry.decision is None:
            yield SearchMiss("invocation", text, "no invocation has this id, or it is long past")
        else:
            yield SearchFound("decision", stored.entry.decision.id, stored.entry.customer, "invocation", text)


async def _as_conversation(call: Call, text: str) -> AsyncIterator[SearchFound | SearchMiss]:
    async for stored in _backwards(call, _SEARCHED):
        facts = stored.entry.facts
        if any(text in {getattr(fact, "conversation", None), _held(fact)} for fact in facts):
            owner = await call.platform.engine.customer(stored.entry.origin)
            if owner is not None:
                yield SearchFound("conversation", text, owner.id, "conversation", text)
                return
    yield SearchMiss(
        "conversation", text, f"none of the latest {_SEARCHED} steps of the ledger is of such a conversation"
    )


def _held(fact: object) -> str | None:
    named = (getattr(getattr(fact, each, None), "conversation", None) for each in ("invocation", "handover"))
    return next((each for each in named if each), None)


async def _backwards(call: Call, most: int) -> AsyncIterator[Stored]:
    """Yield the latest steps of the ledger, newest first."""
    before: int | None = None
    for _ in range(most // _PAGE):
        page = await call.platform.runtime.ledger.latest(before, _PAGE)
        for stored in page:
            yield stored
        if len(page) < _PAGE:
            return
        before = page[-1].position
        await asyncio.sleep(0)


async def _recent(call: Call) -> Reply:
    require_unbounded(call, "name one")
    found: dict[str, RecentCustomer] = {}
    async for stored in _backwards(call, _CHANGED):
        entry = stored.entry
        what = list(dict.fromkeys(type(fact).__name__ for fact in entry.facts))
        if entry.origin == PLATFORM or not what or what == ["ContextShown"]:
            continue
        owner = await call.platform.engine.customer(entry.origin)
        if owner is not None and owner.id not in found:
            found[owner.id] = RecentCustomer(owner.id, iso(entry.moment.at), stored.position, what)
        if len(found) == call.query.limit:
            break
    return Reply(RecentCustomers(list(found.values())))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/search",
        summary="Find a customer, a decision or a conversation",
        description=(
            "By any identifier as people write it, or by an id. What leads to nobody is told with the reason, for each "
            "namespace in which it was looked for. Conversations are found as long as they are among the latest steps."
        ),
        handler=_search,
        scope="customers:read",
        query=SearchQuery,
        answers=(Content(JSON, SearchAnswer),),
        answered="What was found, and what was tried in vain",
    ),
    Operation(
        method="GET",
        path="/v1/customers",
        summary="List the customers who changed last",
        description="Of the latest steps of the ledger: by id, without anything that is known of them.",
        handler=_recent,
        scope="customers:read",
        query=RecentQuery,
        answers=(Content(JSON, RecentCustomers),),
    ),
)
