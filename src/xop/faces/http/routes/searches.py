"""Searches: whom or what a text leads to, whatever kind of reference it is, and why to nothing."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.faces.http.aftermath import latest
from xop.faces.http.lately import lately
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.targets import LONGEST, identifier, normalised, require_unbounded
from xop.kernel.base.values import Refusal
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier

_SEARCHED = 4000
"""Steps of the ledger that are looked through for a conversation."""


class SearchQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What to look for."""

    q: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    """An identifier as people write it, with or without its namespace; the id of a customer, a decision or an invocation; or
    a conversation."""
    quick: bool = False
    """Whether to leave out conversations, for which the latest steps of the ledger are read."""
    before: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    """Look for a conversation alone, among the steps before this position: what `further` of the answer before says."""


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
    further: int | None = None
    """What to send as `before` to look for a conversation among older steps; null where nothing is left to look through."""


async def _search(call: Call) -> Reply:
    require_unbounded(call, "look them up by the conversation that you are in")
    text = call.query.q.strip()
    found, misses = list[SearchFound](), list[SearchMiss]()
    for way in (_as_id, _as_identifier, _as_decision) if call.query.before is None else ():
        async for each in way(call, text):
            _take(each, found, misses)
    if call.query.quick or found:
        return Reply(SearchAnswer(text, found, misses))
    told, further = await _conversation(call, text)
    _take(told, found, misses)
    return Reply(SearchAnswer(text, found, misses, further))


def _take(told: SearchFound | SearchMiss, found: list[SearchFound], misses: list[SearchMiss]) -> None:
    if isinstance(told, SearchMiss):
        misses.append(told)
    elif (told.kind, told.id) not in {(known.kind, known.id) for known in found}:
        found.append(told)


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


async def _conversation(call: Call, text: str) -> tuple[SearchFound | SearchMiss, int | None]:
    """Look for a conversation; return the position before which to go on, where it was not found and steps are left."""
    seen, oldest = 0, 0
    async for stored in lately(call, _SEARCHED, call.query.before):
        seen, oldest = seen + 1, stored.position
        if any(text in {getattr(fact, "conversation", None), _held(fact)} for fact in stored.entry.facts):
            owner = await call.platform.engine.customer(stored.entry.origin)
            if owner is not None:
                return SearchFound("conversation", text, owner.id, "conversation", text), None
    which = "latest" if call.query.before is None else "next older"
    cause = f"none of the {which} {_SEARCHED:,} steps of the ledger is of such a conversation"
    if seen < _SEARCHED:
        return SearchMiss("conversation", text, "no step of the ledger is of such a conversation"), None
    return SearchMiss("conversation", text, f"{cause}; older ones were not looked through"), oldest


def _held(fact: object) -> str | None:
    named = (getattr(getattr(fact, each, None), "conversation", None) for each in ("invocation", "handover"))
    return next((each for each in named if each), None)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/search",
        summary="Find a customer, a decision or a conversation",
        description=(
            "By any identifier as people write it, or by an id. What leads to nobody is told with the reason, for each "
            "namespace in which it was looked for. For a conversation the latest steps are looked through; `further` leads on."
        ),
        handler=_search,
        scope="customers:read",
        query=SearchQuery,
        answers=(Content(JSON, SearchAnswer),),
        answered="What was found, and what was tried in vain",
    ),
)
