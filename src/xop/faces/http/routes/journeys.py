"""Journeys: which there are, where their runs stand, and the entering of customers."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Receipt, ShortText, command_name, receipt, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.reach import is_bounded
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, target
from xop.kernel.commands import Enter
from xop.kernel.compiled.journeys import CompiledJourney
from xop.kernel.facts import RunEntered
from xop.kernel.release import Routes
from xop.ports.runs import Tally

_JOURNEY = "The journey's name."


class JourneyVersion(Struct, frozen=True):
    """One version of a journey and how much stands in it."""

    version: str
    tokens: int
    """Where its runs stand: a run that goes several ways at once has several tokens."""
    aside: int
    """Tokens of runs that a publication set aside; they stand still and can be put back."""


class JourneySummary(Struct, frozen=True):
    """One journey in short."""

    name: str
    version: str | None
    """The version that customers enter; null when only runs of former ones are left."""
    description: str
    priority: int
    tokens: int
    """Where the runs of the version that customers enter stand."""
    aside: int
    former: list[JourneyVersion]
    """Former versions that still have runs."""


class JourneyList(Struct, frozen=True):
    """All journeys that customers can enter or are in."""

    journeys: list[JourneySummary]


class StepStanding(Struct, frozen=True):
    """One step and what stands at it."""

    step: str
    kind: str
    description: str
    tokens: int
    aside: int
    waits: dict[str, int]
    """The tokens by what they wait for."""


class VersionStanding(Struct, frozen=True):
    """The steps of one version, in their order."""

    version: str
    entered: bool
    """Whether it is the version that customers enter now."""
    steps: list[StepStanding]


class JourneyStanding(Struct, frozen=True):
    """One journey, and where its runs stand in each version."""

    name: str
    description: str
    priority: int
    versions: list[VersionStanding]
    """The one that customers enter first, then former ones that still have runs."""


class EntryRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The wish to have a customer enter a journey."""

    key: ShortText | None = None
    """What the run is about besides the customer, such as an invoice; as the journey says when left out."""
    data: dict[str, Any] = {}
    """What the journey's entry reads as `signal.data`."""
    conversation: ShortText | None = None
    """The interaction in which it is asked for: what the run proposes is proposed in it."""


class EntryReceipt(Receipt, frozen=True):
    """What the entry made true; durable by the time it is read."""

    runs: list[str]
    """The runs that began."""


async def _list(call: Call) -> Reply:
    routes = call.platform.engine.release.routes
    tallies: dict[str, list[Tally]] = {name: [] for name in routes.journeys}
    for tally in await call.platform.runtime.runs.counts():
        tallies.setdefault(tally.journey, []).append(tally)
    return Reply(JourneyList([_summary(routes, name, those) for name, those in sorted(tallies.items())]))


def _summary(routes: Routes, name: str, tallies: list[Tally]) -> JourneySummary:
    entered = routes.journeys.get(name)
    versions = [_version(version, tallies) for version in _versions(entered, tallies)]
    now = versions.pop(0) if entered is not None else None
    known = entered or _former(routes, tallies)
    return JourneySummary(
        name=name,
        version=now.version if now is not None else None,
        description=known.journey.description if known is not None else "",
        priority=known.journey.priority if known is not None else 0,
        tokens=now.tokens if now is not None else 0,
        aside=now.aside if now is not None else 0,
        former=versions,
    )


def _versions(entered: CompiledJourney | None, tallies: Iterable[Tally]) -> list[str]:
    """Return the version that customers enter, then those that only have runs."""
    first = [entered.version] if entered is not None else []
    return first + sorted({tally.version for tally in tallies} - set(first))


def _version(version: str, tallies: Iterable[Tally]) -> JourneyVersion:
    those = [tally for tally in tallies if tally.version == version]
    aside = sum(tally.tokens for tally in those if tally.aside)
    return JourneyVersion(version, sum(tally.tokens for tally in those) - aside, aside)


def _former(routes: Routes, tallies: Iterable[Tally]) -> CompiledJourney | None:
    found = (routes.versions.get(tally.version) for tally in tallies)
    return next((each for each in found if each is not None), None)


async def _look(call: Call) -> Reply:
    name, routes = call.path["journey"], call.platform.engine.release.routes
    tallies = list(await call.platform.runtime.runs.counts(name))
    entered = routes.journeys.get(name)
    known = entered or _former(routes, tallies)
    if known is None:
        listed = ", ".join(sorted(routes.journeys)) or "none"
        raise ProblemError("journey-unknown", f"there is no journey {name[:80]!r}", f"name one of: {listed}")
    versions = [
        VersionStanding(version, entered is not None and version == entered.version, _steps(routes, version, tallies))
        for version in _versions(entered, tallies)
    ]
    return Reply(JourneyStanding(name, known.journey.description, known.journey.priority, versions))


def _steps(routes: Routes, version: str, tallies: Iterable[Tally]) -> list[StepStanding]:
    """Return every step of a version, also those where nothing stands, and steps only the runs know of."""
    compiled = routes.versions.get(version)
    those = [tally for tally in tallies if tally.version == version]
    declared = dict(compiled.steps) if compiled is not None else {}
    names = [*declared, *sorted({tally.step for tally in those} - declared.keys())]
    found = []
    for name in names:
        waits: Counter[str] = Counter()
        for tally in those:
            if tally.step == name and not tally.aside:
                waits[tally.waits] += tally.tokens
        step = declared.get(name)
        aside = sum(tally.tokens for tally in those if tally.step == name and tally.aside)
        kind, description = (step.kind, step.step.description) if step is not None else ("", "")
        found.append(StepStanding(name, kind, description, waits.total(), aside, dict(waits)))
    return found


async def _enter(call: Call) -> Reply:
    asked: EntryRequest = call.body
    if is_bounded(call.caller.principal):
        await customer(call, call.path["customer"], asked.conversation)
    journey = call.path["journey"]
    command = Enter(
        command_name(call, "enter"), call.actor, journey, asked.key, asked.data, conversation=asked.conversation
    )
    answer = await submit(call, command, target(call.platform.engine.release, call.path["customer"]))
    facts = answer.entry.facts if answer.entry is not None else ()
    began = [fact.run for fact in facts if isinstance(fact, RunEntered) and fact.journey == journey]
    told = receipt(answer)
    return Reply(EntryReceipt(told.customer, told.position, told.facts, told.duplicate, began))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/journeys",
        summary="List journeys",
        description="With how much stands in each, and in former versions that still have runs.",
        handler=_list,
        scope="customers:read",
        answers=(Content(JSON, JourneyList),),
    ),
    Operation(
        method="GET",
        path="/v1/journeys/{journey}",
        summary="Look at a journey",
        description="Every step of every version that has runs, with how much stands there.",
        handler=_look,
        scope="customers:read",
        parameters={"journey": _JOURNEY},
        answers=(Content(JSON, JourneyStanding),),
        problems=("journey-unknown",),
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/journeys/{journey}",
        summary="Have a customer enter a journey",
        description="Of journeys with an entry `api: true`, for principals that are granted the journey in agents.yaml.",
        handler=_enter,
        scope="proposals:write",
        parameters={"customer": REFERENCE, "journey": _JOURNEY},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, EntryRequest),),
        answers=(Content(JSON, EntryReceipt),),
        problems=(
            "customer-unknown",
            "identifier-refused",
            "journey-unknown",
            "journey-closed",
            "journey-not-granted",
            "actor-observed",
            "actor-halted",
            "entry-condition",
            "entry-fault",
            "entry-reentry",
            "entry-limit",
            "command-conflict",
        ),
    ),
)
