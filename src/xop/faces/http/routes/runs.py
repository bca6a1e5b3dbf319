"""Runs: where each of them stands, in lists without what is in them, and whole for one customer."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.faces.http import standing
from xop.faces.http.commanding import Reference, ShortText
from xop.faces.http.disclosure import look_of, record
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, elsewhere, require_unbounded
from xop.kernel.base.times import iso
from xop.kernel.journeys.run import Run, Token, Waiting
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import Routes
from xop.ports.runs import Cursor, Selection, Standing, selects


class RunQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which runs to list, and which page of them."""

    journey: ShortText | None = None
    version: ShortText | None = None
    step: ShortText | None = None
    waits: Waiting | None = None
    """What they wait for."""
    customer: Reference | None = None
    aside: bool | None = None
    """Whether a publication set them aside; both when left out."""
    after: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    """Where to go on, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class RunStanding(Struct, frozen=True):
    """Where one token of a run stands."""

    customer: str
    """The part of the customer it belongs to."""
    run: str
    token: int
    journey: str
    version: str
    key: str
    """What the run is about besides the customer."""
    step: str
    waits: Waiting
    on: str
    """The invocation, choice or run waited for."""
    since: str
    due: str | None
    """When the wait is over at the latest."""
    at: str
    """When the run began."""
    aside: bool
    """Whether a publication set the run aside."""


class RunPage(Struct, frozen=True):
    """Where runs stand; the tokens of one run come together."""

    runs: list[RunStanding]
    next: str | None
    """What to ask for as `after` to see more; null at the end."""


class Asking(Struct, frozen=True):
    """What a person is asked."""

    role: str
    question: str
    options: list[str]


class RunToken(Struct, frozen=True):
    """One place in a run."""

    token: int
    step: str
    kind: str
    """The kind of the step."""
    waits: Waiting
    on: str
    """The invocation, choice or run waited for."""
    since: str
    due: str | None
    parked: bool
    """Whether it stands still while another run of the customer has the right of way."""
    tries: int
    """How often the step has proposed."""
    proposes: str
    """The action that the step proposes, or the decision set it asks."""
    asks: Asking | None
    """What a person is asked there."""


class RunState(Struct, frozen=True):
    """One run as it stands now."""

    run: str
    customer: str
    """The part of the customer it belongs to."""
    journey: str
    version: str
    entered: bool
    """Whether it is pinned to the version that customers enter now."""
    key: str
    at: str
    """When it began."""
    vars: dict[str, Any]
    caller: str
    """The run that called it."""
    aside: str
    """The release whose publication set it aside."""
    tokens: list[RunToken]


class CustomerRuns(Struct, frozen=True):
    """The runs of a customer that are not over, oldest first."""

    customer: str
    runs: list[RunState]


async def _list(call: Call) -> Reply:
    asked: RunQuery = call.query
    if asked.customer is None:
        require_unbounded(call, "name one as `customer`")
    await _require_known(call, asked)
    steps = None if asked.step is None else (asked.step,)
    selection = Selection(asked.journey, asked.version, steps, asked.waits, aside=asked.aside)
    if asked.customer is not None:
        found, following = await _of_customer(call, asked, selection)
    else:
        found, following = await standing.page(call, selection, asked.after, asked.limit)
    return Reply(RunPage([_told(each) for each in found], following))


async def _require_known(call: Call, asked: RunQuery) -> None:
    """Refuse names of journeys and steps that neither the release nor any run has: a typo must not look like no runs."""
    if asked.journey is None and asked.step is None:
        return
    routes = call.platform.engine.release.routes
    tallies = await call.platform.runtime.runs.counts(asked.journey)
    if asked.journey is not None and asked.journey not in routes.journeys and not tallies:
        listed = ", ".join(sorted(routes.journeys)) or "none"
        cause = f"there is no journey {asked.journey[:80]!r}"
        raise ProblemError("journey-unknown", cause, f"name one of: {listed}")
    if asked.step is None:
        return
    entered = [each for name, each in routes.journeys.items() if asked.journey in {None, name}]
    steps = {step for each in entered for step in each.steps} | {tally.step for tally in tallies}
    if asked.step not in steps:
        where = f"the journey {asked.journey[:80]!r} has" if asked.journey is not None else "there is"
        listed = ", ".join(sorted(steps)) or "none"
        raise ProblemError("parameter-invalid", f"{where} no step {asked.step[:80]!r}", f"name one of: {listed}")


async def _of_customer(call: Call, asked: RunQuery, selection: Selection) -> tuple[list[Standing], str | None]:
    """A customer of several parts has the runs of each; there are few, so that pages are cut here."""
    parts = (await customer(call, asked.customer or "")).parts
    order = {part.id: number for number, part in enumerate(parts)}
    begin = standing.cursor(asked.after)
    found = [
        each
        for part in parts
        for each in await call.platform.runtime.runs.of(part.id)
        if selects(selection, each) and (begin is None or _key(order, each.cursor) > _key(order, begin))
    ]
    shown = list(islice(found, asked.limit))
    return shown, standing.place(shown[-1]) if len(shown) == asked.limit else None


def _key(order: dict[str, int], cursor: Cursor) -> tuple[int, str, int]:
    return order.get(cursor.part, -1), cursor.run, cursor.token


def _told(each: Standing) -> RunStanding:
    return RunStanding(
        customer=each.part,
        run=each.run,
        token=each.token,
        journey=each.journey,
        version=each.version,
        key=each.key,
        step=each.step,
        waits=each.waits,
        # Of a wait for a person it is the question, whose text may tell of the customer.
        on="" if each.waits == "person" else each.on,
        since=iso(each.since),
        due=iso(each.due) if each.due else None,
        at=iso(each.at),
        aside=each.aside,
    )


async def _of(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/runs")
    if redirect is not None:
        return redirect
    engine = call.platform.engine
    look = look_of(engine.release, call.caller.principal, None)
    screen = Screen(engine.release.privacy, look.access)
    runs = [_state(engine.release.routes, part.id, run, screen) for part in found.parts for run in part.runs.values()]
    if screen.shown or screen.left_out:
        await record(engine, look, found, screen)
    return Reply(CustomerRuns(found.id, sorted(runs, key=lambda run: (run.at, run.run))))


def _state(routes: Routes, part: str, run: Run, screen: Screen) -> RunState:
    entered = routes.journeys.get(run.journey)
    return RunState(
        run=run.id,
        customer=part,
        journey=run.journey,
        version=run.version,
        entered=entered is not None and entered.version == run.version,
        key=run.key,
        at=iso(run.at),
        vars=screen.entries("vars", run.vars),
        caller=run.caller,
        aside=run.aside,
        tokens=list(_tokens(routes, run, screen)),
    )


def _tokens(routes: Routes, run: Run, screen: Screen) -> Iterator[RunToken]:
    compiled = routes.versions.get(run.version)
    for token in run.tokens:
        step = compiled.steps.get(token.step) if compiled is not None else None
        propose, choose = (step.step.propose, step.step.choose) if step is not None else (None, None)
        yield RunToken(
            token=token.id,
            step=token.step,
            kind=step.kind if step is not None else "",
            waits=token.waits,
            on="" if token.waits == "person" else token.on,
            since=iso(token.since),
            due=iso(token.due) if token.due else None,
            parked=bool(token.parked),
            tries=token.tries,
            proposes=propose.action if propose is not None else choose.decision_set if choose is not None else "",
            asks=_asking(routes, run, token, screen),
        )


def _asking(routes: Routes, run: Run, token: Token, screen: Screen) -> Asking | None:
    if token.waits != "person":
        return None
    asking = standing.asked(routes, run.version, token.step)
    question = token.on if screen.passes("words", "question") else ""
    return Asking(asking.role if asking is not None else "", question, standing.options(asking))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/runs",
        summary="List runs",
        description="Where they stand, without what is in them: a customer's own runs tell that.",
        handler=_list,
        scope="customers:read",
        query=RunQuery,
        answers=(Content(JSON, RunPage),),
        problems=("customer-unknown", "identifier-refused", "journey-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{customer}/runs",
        summary="Look at a customer's runs",
        description="Those that are not over, with their variables, what they wait for and what they propose.",
        handler=_of,
        scope="customers:read",
        parameters={"customer": REFERENCE},
        answers=(Content(JSON, CustomerRuns),),
        problems=("customer-unknown", "identifier-refused"),
        redirects=True,
    ),
)
