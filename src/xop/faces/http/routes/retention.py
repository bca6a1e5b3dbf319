"""Retention: how long each class of data is kept, what would go now, and letting it go."""

import asyncio
from typing import Annotated, TypeGuard

from msgspec import Meta, Struct

from xop.engine.retention import ClassPlan
from xop.faces.http.commanding import IDEMPOTENCY_KEY, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.kernel.base.times import iso
from xop.kernel.halts.model import PLATFORM
from xop.kernel.retention.commands import Retain
from xop.kernel.retention.model import (
    TIMER,
    RetentionAdvanced,
    RetentionBegun,
    RetentionFact,
    RetentionRun,
    RetentionStanding,
    fold_retention,
)

LONGEST_WAIT = 25.0

MOST = 100

_PAGE = 500


class ClassView(Struct, frozen=True):
    """What would go of one class of data."""

    name: str
    period: str
    """How long it is kept."""
    before: str
    """What is older than this goes."""
    count: int
    oldest: str | None
    """Of what would go."""
    newest: str | None
    held: int
    """How much is older and stays, for a legal hold or an incident."""
    required: int
    """How much is older and stays, since records of high-risk systems are kept for longer."""


class RunView(Struct, frozen=True):
    """One run of retention."""

    run: str
    by: str
    begun: str
    over: str | None
    """When it was over; null while it is under way."""
    counts: dict[str, int]
    """How much has gone, by class of data."""
    held: dict[str, int]
    required: dict[str, int]


class RetentionView(Struct, frozen=True):
    """What would go now, and how the last run stands."""

    classes: list[ClassView]
    """What is not named here is kept until the customer is erased."""
    next: str | None
    """When the engine lets go of it by itself."""
    last: RunView | None


class RunsView(Struct, frozen=True):
    """How the last run stands; null before there was one."""

    last: RunView | None
    earlier: list[RunView] = []
    """With `history`: runs before it, newest first."""


class RetentionQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait for the end of a run that is under way."""

    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0.0
    history: Annotated[int, Meta(ge=0, le=MOST)] = 0
    """How many runs before the last one to tell of."""


class RunRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing needs to be said."""


async def _plan(call: Call) -> Reply:
    keeper, timers = call.platform.engine.keeper, await call.platform.runtime.timers.find(TIMER)
    due = iso(timers[0].due) if timers else None
    classes = [_class(each) for each in await keeper.plan()]
    return Reply(RetentionView(classes, due, _run(await keeper.standing())))


async def _begin(call: Call) -> Reply:
    await submit(call, Retain(command_name(call, "retain"), call.actor), PLATFORM)
    return Reply(RunsView(_run(await call.platform.engine.keeper.standing())))


async def _look(call: Call) -> Reply:
    engine = call.platform.engine
    standing = await engine.keeper.standing()
    try:
        async with asyncio.timeout(call.query.wait):
            while call.query.wait and standing is not None and not standing.over_at:
                await engine.grown()
                standing = await engine.keeper.standing()
    except TimeoutError:
        pass
    return Reply(RunsView(_run(standing), await _earlier(call, standing, call.query.history)))


async def _earlier(call: Call, last: RetentionStanding | None, most: int) -> list[RunView]:
    """Return runs before the last one, as the ledger tells them from its end."""
    wanted = most + 1 if last is not None and most else 0
    found: list[RetentionStanding] = []
    facts: list[tuple[int, RetentionFact]] = []
    ledger, before = call.platform.runtime.ledger, None
    while len(found) < wanted and (page := await ledger.latest(before, _PAGE, [PLATFORM])):
        before = page[-1].position
        for stored in page:
            facts += [(stored.entry.moment.at, each) for each in reversed(stored.entry.facts) if is_retention(each)]
            if facts and isinstance(facts[-1][1], RetentionBegun):
                found += _folded(facts)
                facts = []
    return [view for each in found[1:wanted] if (view := _run(each)) is not None]


def _folded(facts: list[tuple[int, RetentionFact]]) -> list[RetentionStanding]:
    """Return the run that facts tell of, given from its end to its beginning."""
    standing: RetentionStanding | None = None
    for at, fact in reversed(facts):
        standing = fold_retention(standing, fact, at)
    return [standing] if standing is not None else []


def is_retention(fact: object) -> TypeGuard[RetentionFact]:
    """Say whether a fact tells of a run."""
    return isinstance(fact, RetentionBegun | RetentionAdvanced | RetentionRun)


def _class(plan: ClassPlan) -> ClassView:
    oldest, newest = (iso(each) if plan.count else None for each in (plan.oldest, plan.newest))
    return ClassView(plan.name, plan.period, iso(plan.before), plan.count, oldest, newest, plan.held, plan.required)


def _run(standing: RetentionStanding | None) -> RunView | None:
    if standing is None:
        return None
    over = iso(standing.over_at) if standing.over_at else None
    return RunView(
        standing.run, standing.by, iso(standing.begun_at), over, standing.counts, standing.held, standing.required
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/retention",
        summary="Look at what is past its time",
        description="Nothing goes: what would go now by retention.yaml, class by class, and what must stay all the same.",
        handler=_plan,
        scope="privacy:write",
        answers=(Content(JSON, RetentionView),),
    ),
    Operation(
        method="GET",
        path="/v1/retention/runs",
        summary="Look at how the last run of retention stands",
        description="With `wait`, answers as soon as it is over, or after so many seconds as it stands then.",
        handler=_look,
        scope="privacy:write",
        query=RetentionQuery,
        answers=(Content(JSON, RunsView),),
    ),
    Operation(
        method="POST",
        path="/v1/retention/runs",
        summary="Let go of what is past its time",
        description="The engine does so by itself once a day. Nothing goes that a legal hold or the law keeps.",
        handler=_begin,
        scope="privacy:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, RunRequest),),
        answers=(Content(JSON, RunsView),),
        problems=("retention-none", "retention-under-way", "erasure-person", "command-conflict"),
    ),
)
