"""Erasures: what erasing a customer would come to, having it done, and what became of it."""

import asyncio
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.engine.eraser import erasure_of
from xop.engine.ticket import Answer
from xop.faces.http.commanding import IDEMPOTENCY_KEY, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import Detail, ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.routes.legal_holds import LegalHoldView, view_of
from xop.faces.http.targets import customer, target
from xop.kernel.base.spans import Span, milliseconds
from xop.kernel.base.times import iso
from xop.kernel.context.customer import has_part
from xop.kernel.erasure.commands import Erase, Removal
from xop.kernel.facts import CustomerErased, ErasureRefused, ErasureRequested
from xop.kernel.halts.model import PLATFORM
from xop.kernel.steps.erasure import REMOVAL, removal_key
from xop.ports.ledger import Stored
from xop.ports.timers import Timer

LONGEST_WAIT = 25.0
"""Seconds a look at an erasure may wait for its end."""

MOST = 200

ERASURE = "An erasure's id."


class ErasureRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """On which ground, and how long others may take to be told."""

    ground: Literal["request", "retention"] = "request"
    """`request` when the customer asks for it, `retention` when there is no need for the data any more."""
    within: Span | None = None
    """How long recipients may take to be told before the customer is erased all the same: a day where any are told."""
    suppress: bool = True
    """Whether they are not to be contacted should they ever be heard of again."""


class ErasurePlanView(Struct, frozen=True):
    """What erasing a customer would come to."""

    customer: str
    parts: list[str]
    counts: dict[str, int]
    """How many rows would go, by table of the store."""
    suppressed: list[str]
    """What nobody would be contacted by: only keyed digests of these are kept."""
    recipients: list[str]
    """The actions by which others are told first, and journeys that hear of it as `journey:name`."""
    patience: int
    """Seconds that these have for it."""
    holds: list[LegalHoldView]
    """What forbids it; empty when nothing does."""


class ErasureView(Struct, frozen=True):
    """One erasure; of one that is done, nothing leads to the customer."""

    erasure: str
    state: Literal["requested", "done"]
    ground: str
    customer: str
    """A customer who is not erased yet."""
    due: str | None
    """When they are erased at the latest."""
    at: str | None
    """When they were."""
    counts: dict[str, int]
    """How many rows went, by table of the store."""
    told: list[str]
    """The actions by which recipients were told."""
    untold: list[str]
    """Those that did not succeed in time."""
    recorded: bool = True
    """Whether it is known what went and who was told: not when the process ended between the removal and its record."""


class ErasureList(Struct, frozen=True):
    """Erasures: those under way first, then those done, the oldest first."""

    erasures: list[ErasureView]
    next: str | None
    """What to give as `after` for the next page; null when there are no more."""


class ErasuresQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the list is wanted."""

    after: Annotated[str, Meta(pattern=r"^([0-9]{1,18}|era_[A-Za-z0-9_-]{1,100})$")] | None = None
    """What `next` of the page before says: an erasure under way, or how far the ledger was read for those done."""
    limit: Annotated[int, Meta(ge=1, le=MOST)] = 100


class ErasureQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait for an erasure's end."""

    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0.0


async def _plan(call: Call) -> Reply:
    engine = call.platform.engine
    found = await customer(call, call.path["customer"])
    plan = await engine.eraser.plan(found, engine.release)
    return Reply(
        ErasurePlanView(
            customer=plan.customer,
            parts=list(plan.parts),
            counts=plan.counts,
            suppressed=[str(each) for each in plan.suppressed],
            recipients=list(plan.recipients),
            patience=plan.patience // 1000,
            holds=[view_of(each) for each in plan.holds],
        )
    )


async def _erase(call: Call) -> Reply:
    asked: ErasureRequest = call.body
    name = command_name(call, "erasure")
    earlier = await _known(call, erasure_of(name))
    if earlier is not None:
        # Nothing else is left to tell that it was asked for before.
        await _require_same(call, earlier)
        return Reply(earlier)
    found = await customer(call, call.path["customer"])
    within = milliseconds(asked.within) if asked.within is not None else None
    answer = await submit(call, Erase(name, call.actor, asked.ground, within, asked.suppress), found.id)
    return Reply(_requested(answer))


async def _require_same(call: Call, earlier: ErasureView) -> None:
    """Tell of no erasure somebody whom it does not erase: whoever is there when it is done is somebody else."""
    engine = call.platform.engine
    found = await engine.customer(target(engine.release, call.path["customer"]))
    if found is not None and not has_part(found, earlier.customer):
        raise ProblemError("command-conflict", "the Idempotency-Key was used before to erase somebody else")


def _requested(answer: Answer) -> ErasureView:
    """Return the erasure that an answer tells of; raises ProblemError (409) when the customer must be kept."""
    for fact in answer.entry.facts if answer.entry is not None else ():
        if isinstance(fact, ErasureRequested):
            return ErasureView(fact.erasure, "requested", fact.ground, answer.customer, iso(fact.due), None, {}, [], [])
        if isinstance(fact, ErasureRefused):
            raise _refused(fact)
    raise ProblemError("internal", "the erasure was taken without an answer")


def _refused(fact: ErasureRefused) -> ProblemError:
    held = list(zip(fact.holds, fact.grounds, strict=False))
    named = ", ".join(f"{hold} ({ground})" for hold, ground in held)
    errors = [Detail(f"the legal hold {hold!r} keeps this customer's data", ground) for hold, ground in held]
    cause = f"this customer's data must be kept: {named}"
    return ProblemError("erasure-refused", cause, errors=errors)


async def _list(call: Call) -> Reply:
    query = call.query
    if query.after is not None and query.after.isdecimal():
        return Reply(ErasureList(*await _those_done(call, int(query.after), query.limit)))
    begin = removal_key(query.after) if query.after is not None else None
    timers = await call.platform.runtime.timers.page(REMOVAL, begin, query.limit)
    under_way = [view for each in timers if (view := _pending(each)) is not None]
    if len(timers) == query.limit:
        # One that is done meanwhile is not lost: it comes after all of those under way.
        return Reply(ErasureList(under_way, timers[-1].key.removeprefix(REMOVAL)))
    done, following = await _those_done(call, 0, query.limit - len(under_way))
    return Reply(ErasureList([*under_way, *done], following))


async def _those_done(call: Call, after: int, limit: int) -> tuple[list[ErasureView], str | None]:
    """Return erasures that were done beyond a position of the ledger, and where the next page begins, if there may be one."""
    done: list[ErasureView] = []
    more = True
    while more:
        page = await call.platform.runtime.ledger.page(after, MOST, [PLATFORM])
        more = len(page) == MOST
        for stored in page:
            after = stored.position
            view = _done(stored)
            if view is not None:
                done.append(view)
            if len(done) == limit:
                return done, str(after)
    return done, None


async def _show(call: Call) -> Reply:
    erasure, engine = call.path["erasure"], call.platform.engine
    found = await _known(call, erasure)
    try:
        async with asyncio.timeout(call.query.wait):
            while found is not None and found.state == "requested" and call.query.wait:
                await engine.grown()
                found = await _known(call, erasure)
    except TimeoutError:
        pass
    if found is None:
        raise ProblemError("erasure-unknown", f"there is no erasure {erasure[:64]!r}")
    return Reply(found)


async def _known(call: Call, erasure: str) -> ErasureView | None:
    runtime = call.platform.runtime
    # The timer is asked first: it goes in the step that tells of the end.
    timers = await runtime.timers.find(removal_key(erasure))
    name = removal_key(erasure)
    stored = (await runtime.ledger.answered([name])).get(name)
    if stored is not None:
        return _done(stored)
    return next((view for each in timers if (view := _pending(each)) is not None), None)


def _pending(timer: Timer) -> ErasureView | None:
    command = timer.command
    if not isinstance(command, Removal):
        return None
    return ErasureView(command.erasure, "requested", command.ground, command.part, iso(timer.due), None, {}, [], [])


def _done(stored: Stored) -> ErasureView | None:
    for fact in stored.entry.facts:
        if isinstance(fact, CustomerErased):
            at = iso(stored.entry.moment.at)
            told, untold = list(fact.told), list(fact.untold)
            return ErasureView(
                fact.erasure, "done", fact.ground, "", None, at, fact.counts, told, untold, fact.recorded
            )
    return None


_ABOUT = ("customer-unknown", "identifier-refused")

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/erasure",
        summary="Look at what erasing a customer would come to",
        description="Nothing is done: which parts and rows would go, who is told first, and what forbids it.",
        handler=_plan,
        scope="privacy:write",
        parameters={"customer": REFERENCE},
        answers=(Content(JSON, ErasurePlanView),),
        problems=_ABOUT,
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/erasure",
        summary="Erase a customer",
        description=(
            "Nothing is done for the customer from now on. Recipients of their data are told, then everything that is "
            "kept of them is erased with its keys; the log keeps its leaves, which lead to nobody any more."
        ),
        handler=_erase,
        scope="privacy:write",
        parameters={"customer": REFERENCE},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ErasureRequest),),
        answers=(Content(JSON, ErasureView),),
        problems=(*_ABOUT, "erasure-refused", "erasure-under-way", "erasure-person", "command-conflict"),
    ),
    Operation(
        method="GET",
        path="/v1/erasures",
        summary="List erasures",
        handler=_list,
        scope="privacy:write",
        query=ErasuresQuery,
        answers=(Content(JSON, ErasureList),),
    ),
    Operation(
        method="GET",
        path="/v1/erasures/{erasure}",
        summary="Look at one erasure",
        description="With `wait`, answers as soon as it is done, or after so many seconds as it stands then.",
        handler=_show,
        scope="privacy:write",
        parameters={"erasure": ERASURE},
        query=ErasureQuery,
        answers=(Content(JSON, ErasureView),),
        problems=("erasure-unknown",),
    ),
)
