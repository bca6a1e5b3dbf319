"""Passages: the way of one customer through journeys, step by step, also of runs that are over."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.commanding import ShortText
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, elsewhere
from xop.kernel.base.times import iso
from xop.kernel.entry import Entry
from xop.kernel.journeys.facts import RunEnded, RunEntered, RunTransferred, StepReached

_MOST_ENTRIES = 5_000
"""The latest entries of a customer that are looked through."""


class PassageQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which runs to tell of."""

    journey: ShortText | None = None
    run: ShortText | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    """Runs, the latest first."""


class PassageStep(Struct, frozen=True):
    """One step that a run came to."""

    step: str
    by: str
    """How it left the step before."""
    at: str
    waits: str
    """What it had to wait for there; empty where it went on at once."""


class Passage(Struct, frozen=True):
    """The way of one run."""

    run: str
    customer: str
    """The part of the customer it belongs to."""
    journey: str
    version: str
    key: str
    by: str
    """What led to it."""
    began: str
    ended: str | None
    reason: str
    outcome: str
    stages: list[PassageStep]


class Passages(Struct, frozen=True):
    """The ways of a customer's runs, the latest first."""

    customer: str
    passages: list[Passage]
    more: bool
    """Whether there may be earlier runs than these: the customer's timeline tells of them."""


class _Making(Struct):
    """A passage being put together."""

    part: str
    entered: RunEntered
    at: int
    version: str
    stages: list[PassageStep]
    ended: RunEnded | None = None
    ended_at: int = 0


async def _look(call: Call) -> Reply:
    asked: PassageQuery = call.query
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/passages")
    if redirect is not None:
        return redirect
    parts = [part.id for part in found.parts]
    stored = await call.platform.runtime.ledger.latest(None, _MOST_ENTRIES, parts)
    runs: dict[str, _Making] = {}
    for each in reversed(stored):
        _take(each.entry, runs)
    cut = len(stored) == _MOST_ENTRIES
    wanted = [
        each
        for each in reversed(runs.values())
        if asked.journey in {None, each.entered.journey} and asked.run in {None, each.entered.run}
    ]
    more = cut or len(wanted) > asked.limit
    return Reply(Passages(found.id, [_told(each) for each in wanted[: asked.limit]], more))


def _take(entry: Entry, runs: dict[str, _Making]) -> None:
    at = entry.moment.at
    for fact in entry.facts:
        if isinstance(fact, RunEntered):
            runs[fact.run] = _Making(entry.origin, fact, at, fact.version, [])
        elif isinstance(fact, StepReached | RunTransferred | RunEnded):
            making = runs.get(fact.run)
            if making is None:
                continue
            if isinstance(fact, StepReached):
                making.stages.append(PassageStep(fact.step, fact.by, iso(at), fact.waits))
            elif isinstance(fact, RunTransferred):
                making.version = fact.version
            else:
                making.ended, making.ended_at = fact, at


def _told(making: _Making) -> Passage:
    entered, ended = making.entered, making.ended
    return Passage(
        run=entered.run,
        customer=making.part,
        journey=entered.journey,
        version=making.version,
        key=entered.key,
        by=entered.by,
        began=iso(making.at),
        ended=iso(making.ended_at) if ended is not None else None,
        reason=ended.reason if ended is not None else "",
        outcome=ended.outcome if ended is not None else "",
        stages=making.stages,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/passages",
        summary="Follow a customer through journeys",
        description="Every step that their runs came to, how and when, also of runs that are over; without what is in them.",
        handler=_look,
        scope="customers:read",
        parameters={"customer": REFERENCE},
        query=PassageQuery,
        answers=(Content(JSON, Passages),),
        problems=("customer-unknown", "identifier-refused"),
        redirects=True,
    ),
)
