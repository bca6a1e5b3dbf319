"""Recent customers: who changed last, and who is behind a figure of what operations see."""

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.commanding import ShortText
from xop.faces.http.handles import Handles
from xop.faces.http.lately import lately
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.spans import When, moment
from xop.faces.http.targets import require_unbounded
from xop.kernel.base.times import iso
from xop.kernel.context.customer import Customer
from xop.kernel.halts.model import PLATFORM
from xop.kernel.insight.measures import FOUND, Measure
from xop.ports.insight import HOUR
from xop.ports.ledger import Stored

_CHANGED = 2000
"""The latest steps of the ledger that are looked through for who changed."""

_OPEN = frozenset({"open", "attempted"})


class RecentQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which customers to list: those who changed last, or those who are behind a figure."""

    measure: Measure | None = None
    """A measure of `GET /v1/insight` whose customers are wanted."""
    label: Annotated[str, Meta(max_length=200)] = ""
    """Which of the measure; any when left out. For `shifts` a channel stands for all that came to it, for `costs` an intent."""
    since: When | None = None
    """An hour ago when left out; only with `measure`."""
    until: When | None = None
    """The first moment that is not asked for any more; only with `measure`."""
    before: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    """The `position` to go on before, as `next` of the page before says; only with `measure`."""
    purpose: ShortText | None = None
    """The purpose, which says what customers are told apart by; the usual one when left out."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 25


class RecentCustomer(Struct, frozen=True):
    """A customer of whom something became true."""

    customer: str
    handle: str
    """What tells them apart: an identifier that the purpose may see, masked; empty for none."""
    at: str
    position: int
    what: list[str]
    """The types of facts of the step that made any true."""
    action: str
    """What was decided about in that step, for those who may read decisions; empty for nothing."""
    verdict: str
    wants: list[str]
    """What the customer asked for and has not got yet."""


class RecentCustomers(Struct, frozen=True):
    """Customers of whom something became true, the latest first; behind a figure, one for each time that was counted."""

    customers: list[RecentCustomer]
    next: int | None
    """What to ask for as `before` to see more behind a figure; null at the end."""


async def _recent(call: Call) -> Reply:
    asked: RecentQuery = call.query
    require_unbounded(call, "name one")
    handles = Handles(call)
    rulings = "decisions:read" in call.caller.scopes
    if asked.measure is not None:
        stored, following = await _behind(call, asked, asked.measure)
        known = [(each, await call.platform.engine.customer(each.entry.origin)) for each in stored]
        rows = [_told(each, owner, handles, rulings=rulings) for each, owner in known if owner is not None]
        return Reply(RecentCustomers(rows, following))
    if asked.since or asked.until or asked.before or asked.label:
        raise ProblemError("parameter-invalid", "`measure` is missing", "name the measure whose customers are wanted")
    changed = [_told(each, owner, handles, rulings=rulings) async for each, owner in _changed(call, asked.limit)]
    return Reply(RecentCustomers(changed, None))


async def _changed(call: Call, limit: int) -> AsyncIterator[tuple[Stored, Customer]]:
    """Yield the latest step of each customer, looks at them apart."""
    found = set[str]()
    async for stored in lately(call, _CHANGED):
        facts = {type(fact).__name__ for fact in stored.entry.facts}
        if stored.entry.origin == PLATFORM or not facts or facts == {"ContextShown"}:
            continue
        owner = await call.platform.engine.customer(stored.entry.origin)
        if owner is not None and owner.id not in found:
            found.add(owner.id)
            yield stored, owner
        if len(found) == limit:
            return


async def _behind(call: Call, asked: RecentQuery, measure: Measure) -> tuple[list[Stored], int | None]:
    """Return the steps that a figure counted, the latest first, and where to go on."""
    if measure not in FOUND:
        remedy = f"name one of: {', '.join(sorted(FOUND))}; decisions are listed by GET /v1/decisions"
        raise ProblemError("parameter-invalid", f"customers are not found by {measure}", remedy)
    insight, now = call.platform.engine.insight, call.platform.runtime.clock.now()
    since = moment(asked.since, now, "since") if asked.since else now - HOUR
    until = moment(asked.until, now, "until") if asked.until else now + 1
    await insight.settled()
    labels = await _labels(call, measure, asked.label, since, until) if asked.label else ()
    positions = await insight.happened(measure, labels, since, until, asked.before, asked.limit)
    stored = await call.platform.runtime.ledger.at(positions)
    following = positions[-1] if len(positions) == asked.limit else None
    return sorted(stored, key=lambda each: -each.position), following


async def _labels(call: Call, measure: Measure, label: str, since: int, until: int) -> list[str]:
    """Return the labels that are meant by one: for some measures every one that is partly it."""
    if measure not in {"shifts", "costs"}:
        return [label]
    counted = await call.platform.engine.insight.totals(HOUR, since - since % HOUR, until)
    known = counted.get(measure, {})
    if measure == "costs":
        return [label, *(each for each in known if each.rpartition(" ")[0] == label)]
    return [label, *(each for each in known if each.endswith(f" to {label}"))]


def _told(stored: Stored, owner: Customer, handles: Handles, *, rulings: bool) -> RecentCustomer:
    entry, decision = stored.entry, stored.entry.decision if rulings else None
    wants = sorted(name for name, each in owner.view.intents.items() if each.status in _OPEN)
    return RecentCustomer(
        customer=owner.id,
        handle=handles.handle(owner),
        at=iso(entry.moment.at),
        position=stored.position,
        what=list(dict.fromkeys(type(fact).__name__ for fact in entry.facts)),
        action=decision.action if decision is not None else "",
        verdict=decision.verdict if decision is not None else "",
        wants=wants,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers",
        summary="List the customers who changed last, or who are behind a figure",
        description=(
            "Who changed last, of the latest steps of the ledger; with `measure` those behind a figure of `GET /v1/insight`, "
            "one for each time that was counted. They are told apart by an identifier, masked: a list is no look at "
            "each of them, and is not recorded as one."
        ),
        handler=_recent,
        scope="customers:read",
        query=RecentQuery,
        answers=(Content(JSON, RecentCustomers),),
        problems=("purpose-unknown",),
    ),
)
