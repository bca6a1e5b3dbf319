"""Journeys drawn: one version as a graph with what stands and what passed there, and what another one has changed."""

from typing import Annotated, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from xop.assembly import own_files
from xop.engine.flow import Passing, together
from xop.faces.http.flow_chart import REACHED_ITS_END, Chart, chart
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.base.times import iso
from xop.kernel.compiled.journeys import CompiledJourney
from xop.kernel.journeys.model import JourneyStep
from xop.kernel.release import Release
from xop.ports.runs import Tally
from xop.workspace.journeys.document import journey_yaml

_JOURNEY = "The journey's name."

_VERSION = "jny_"

Definition = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="A version that runs are pinned to, or a release's digest for the version it lets customers enter.",
    ),
]


class GraphQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version to draw, and which one to compare it with."""

    version: Definition | None = None
    """The one that customers enter when left out."""
    against: Definition | None = None
    """The earlier one."""


class HistoryQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How far back to look."""

    releases: Annotated[int, Meta(ge=1, le=1000)] = 100
    """How many publications are looked through for former wordings, from the latest on."""


class StepChange(Struct, frozen=True):
    """One step that two versions have otherwise."""

    step: str
    change: Literal["added", "changed", "removed"]
    before: str
    """As YAML; empty for a step that was added."""
    after: str


class RunOutcome(Struct, frozen=True):
    """How often runs ended in one way."""

    reason: str
    """`end`, `goal`, `exit`, `expired`, `outranked`, `denied`, `failed` or `caller`."""
    outcome: str
    runs: int
    lost: bool
    """Whether it is neither an end of the journey nor its goal."""


class JourneyGraph(Struct, frozen=True):
    """One version of a journey, drawn and counted."""

    name: str
    description: str
    version: str
    entered: bool
    """Whether it is the version that customers enter now."""
    text: str
    """The definition as YAML."""
    since: str | None
    """Since when passages are counted: from the ledger's latest entries, anew whenever the platform was started."""
    bounded: bool
    """Whether the ledger has earlier entries than that, which are not counted."""
    missing: int
    """Entries of the ledger that are not counted yet."""
    came: int
    """Runs that began."""
    here: int
    """Tokens that stand in it now."""
    aside: int
    outcomes: list[RunOutcome]
    chart: Chart
    against: str
    """The version it is compared with; empty without one."""
    changes: list[StepChange]
    other_changes: list[str]
    """Fields beside the steps that differ."""


class FormerDefinition(Struct, frozen=True):
    """One wording of a journey, and the publication that brought it."""

    release: str
    at: str
    by: str
    rules: bool
    """Whether it is the wording that customers enter now."""


class JourneyHistory(Struct, frozen=True):
    """The wordings of a journey that were published, newest first."""

    name: str
    definitions: list[FormerDefinition]
    bounded: bool
    """Whether there were earlier publications, which were not looked through."""


class JourneyCount(Struct, frozen=True):
    """What became of those who came to one journey."""

    name: str
    came: int
    here: int
    goal: int
    """Runs that reached the goal."""
    ended: int
    """Runs that ended by an end of the journey."""
    left: int
    """Runs that ended in any other way."""


class JourneyCounts(Struct, frozen=True):
    """What became of those who came to journeys, whatever the version."""

    since: str | None
    """Since when they are counted."""
    bounded: bool
    """Whether the ledger has earlier entries than that, which are not counted."""
    missing: int
    journeys: list[JourneyCount]


async def _counts(call: Call) -> Reply:
    flow, routes = call.platform.flow, call.platform.engine.release.routes
    missing = await flow.settled()
    tallies = await call.platform.runtime.runs.counts()
    names = sorted({*routes.journeys, *(tally.journey for tally in tallies)})
    counted = []
    for name in names:
        passing = together(flow.of(name).values())
        by_reason = {reason: _ended(passing, reason) for reason in REACHED_ITS_END}
        here = sum(tally.tokens for tally in tallies if tally.journey == name and not tally.aside)
        left = sum(passing.ended.values()) - sum(by_reason.values())
        counted.append(JourneyCount(name, passing.entered.total(), here, by_reason["goal"], by_reason["end"], left))
    return Reply(JourneyCounts(_since(call), flow.bounded, missing, counted))


def _ended(passing: Passing, reason: str) -> int:
    return sum(count for (_, why, _), count in passing.ended.items() if why == reason)


def _since(call: Call) -> str | None:
    since = call.platform.flow.since
    return iso(since) if since is not None else None


async def _graph(call: Call) -> Reply:
    asked: GraphQuery = call.query
    name, platform = call.path["journey"], call.platform
    tallies = list(await platform.runtime.runs.counts(name))
    release, compiled = await _definition(call, name, asked.version, tallies)
    before = (await _definition(call, name, asked.against, tallies))[1] if asked.against else None
    missing = await platform.flow.settled()
    passing = platform.flow.of(name).get(compiled.version, Passing())
    those = [tally for tally in tallies if tally.version == compiled.version]
    contacts = frozenset(key for key, each in release.actions.items() if each.action.kind == "contact")
    entered = platform.engine.release.routes.journeys.get(name)
    return Reply(
        JourneyGraph(
            name=name,
            description=compiled.journey.description,
            version=compiled.version,
            entered=entered is not None and entered.version == compiled.version,
            text=await _text(call, release, compiled),
            since=_since(call),
            bounded=platform.flow.bounded,
            missing=missing,
            came=passing.entered.total(),
            here=sum(tally.tokens for tally in those if not tally.aside),
            aside=sum(tally.tokens for tally in those if tally.aside),
            outcomes=_outcomes(passing),
            chart=chart(compiled, contacts, passing, those),
            against=before.version if before is not None else "",
            changes=_changes(before, compiled) if before is not None else [],
            other_changes=_other_changes(before, compiled) if before is not None else [],
        )
    )


async def _definition(
    call: Call, name: str, wanted: str | None, tallies: list[Tally]
) -> tuple[Release, CompiledJourney]:
    """Return a version of a journey with a release that has it; raises ProblemError for one that is not known."""
    release = call.platform.engine.release
    routes = release.routes
    if wanted is not None and not wanted.startswith(_VERSION):
        found = await call.platform.release(wanted)
        if found is None:
            cause = f"no release {wanted[:80]!r} was published, or it compiles no more"
            raise ProblemError("release-unknown", cause)
        release, known = found, found.routes.journeys.get(name)
    elif wanted is not None:
        known = routes.versions.get(wanted)
        known = known if known is not None and known.journey.name == name else None
    else:
        former = (routes.versions.get(tally.version) for tally in tallies)
        known = routes.journeys.get(name) or next((each for each in former if each is not None), None)
    if known is None:
        listed = ", ".join(sorted(routes.journeys)) or "none"
        where = f" in {wanted[:80]!r}" if wanted is not None else ""
        raise ProblemError("journey-unknown", f"there is no journey {name[:80]!r}{where}", f"name one of: {listed}")
    return release, known


async def _text(call: Call, release: Release, compiled: CompiledJourney) -> str:
    """Return the file as it was written where that is kept, and else the definition written out."""
    name = compiled.journey.name
    current = release.routes.journeys.get(name)
    if current is not None and current.version == compiled.version:
        files = await call.platform.runtime.releases.files(release.digest)
        written = (files or {}).get(_path(name))
        if written is not None:
            return written.decode("utf-8-sig")
    return journey_yaml(compiled.journey)


def _path(name: str) -> str:
    return f"journeys/{name}.yaml"


def _outcomes(passing: Passing) -> list[RunOutcome]:
    counts: dict[tuple[str, str], int] = {}
    for (_, reason, outcome), count in passing.ended.items():
        counts[reason, outcome] = counts.get((reason, outcome), 0) + count
    told = [
        RunOutcome(reason, outcome, runs, reason not in REACHED_ITS_END) for (reason, outcome), runs in counts.items()
    ]
    return sorted(told, key=lambda each: (-each.runs, each.reason, each.outcome))


def _changes(before: CompiledJourney, after: CompiledJourney) -> list[StepChange]:
    """Return the steps that differ, in the order of the later version, removed ones last."""
    one, other = before.journey.steps, after.journey.steps
    changes = []
    for name, step in other.items():
        if name not in one:
            changes.append(StepChange(name, "added", "", _written(step)))
        elif one[name] != step or before.steps[name].next != after.steps[name].next:
            changes.append(StepChange(name, "changed", _written(one[name]), _written(step)))
    changes += [StepChange(name, "removed", _written(step), "") for name, step in one.items() if name not in other]
    return changes


def _other_changes(before: CompiledJourney, after: CompiledJourney) -> list[str]:
    fields = (name for name in before.journey.__struct_fields__ if name != "steps")
    return [name for name in fields if getattr(before.journey, name) != getattr(after.journey, name)]


def _written(step: JourneyStep) -> str:
    return yaml.safe_dump(msgspec.to_builtins(step), sort_keys=False, allow_unicode=True, width=100)


async def _history(call: Call) -> Reply:
    name, releases = call.path["journey"], call.platform.runtime.releases
    found: list[FormerDefinition] = []
    text: bytes | None = None
    history = await call.platform.history()
    most = call.query.releases
    for record in history[:most]:
        files = own_files(await releases.files(record.digest) or {})
        written = files.get(_path(name))
        if written is not None:
            later = found.pop() if found and written == text else None
            rules = record.active or (later is not None and later.rules)
            found.append(FormerDefinition(record.digest, iso(record.at), record.by, rules))
        text = written
    bounded = len(history) > most
    if not found:
        told = f"published in the last {most} releases" if bounded else "ever published"
        raise ProblemError("journey-unknown", f"no journey {name[:80]!r} was {told}")
    return Reply(JourneyHistory(name, found, bounded))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/passages",
        summary="Count what became of those who came to journeys",
        description="How many began, reached the goal, ended and left, whatever the version.",
        handler=_counts,
        scope="customers:read",
        answers=(Content(JSON, JourneyCounts),),
    ),
    Operation(
        method="GET",
        path="/v1/journeys/{journey}/graph",
        summary="Draw a version of a journey",
        description=(
            "Its nodes and arrows in their places, with how many stand at each step, how many came, went on and left "
            "there, and which way they took. With `against`, the steps that differ from an earlier version."
        ),
        handler=_graph,
        scope="customers:read",
        parameters={"journey": _JOURNEY},
        query=GraphQuery,
        answers=(Content(JSON, JourneyGraph),),
        problems=("journey-unknown", "release-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/journeys/{journey}/history",
        summary="List the wordings of a journey that were published",
        description=(
            "Each with the publication that brought it; `version` and `against` of the graph take its release. A wording "
            "that is older than the publications that are looked through is told with the earliest of those."
        ),
        handler=_history,
        scope="customers:read",
        parameters={"journey": _JOURNEY},
        query=HistoryQuery,
        answers=(Content(JSON, JourneyHistory),),
        problems=("journey-unknown",),
    ),
)
