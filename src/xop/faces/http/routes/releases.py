"""Releases: every workspace that was published, and the publishing of another."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from xop.assembly import NothingBefore, Publication, WorkspaceRefused, own_files
from xop.engine.publication import ChoiceImpossible, JourneyChoice, StepImpact
from xop.faces.http.body import LARGEST_BODY
from xop.faces.http.moving import undone, untouched
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import Detail, ProblemError
from xop.faces.http.routes.release_files import files_of
from xop.kernel.actions.model import Name
from xop.kernel.base.times import iso
from xop.ports.releases import ReleaseRecord
from xop.workspace.compatibility import ContractChange
from xop.workspace.difference import ReleaseChanges, release_changes

MOST_FILES = 2_000

Path = Annotated[str, Meta(min_length=1, max_length=200)]


class Published(Struct, frozen=True):
    """One release: when it was published first, and by whom."""

    digest: str
    name: str
    at: str
    by: str
    active: bool


class PublishedList(Struct, frozen=True):
    """All releases, newest publication first."""

    releases: list[Published]


class ActiveRelease(Published, frozen=True):
    """The release that rules now."""

    sweeping: bool
    """Whether runs and customers are still following its publication."""
    left: int
    """How many tokens of runs it has yet to move or set aside, at most."""


class PublishRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole workspace, and what becomes of the runs in journeys that it changes."""

    files: Annotated[dict[Path, str], Meta(max_length=MOST_FILES)] = {}
    """The text of every file by its path within the workspace; beside `release`, of those that are new or other than its."""
    release: Annotated[str, Meta(max_length=100)] = ""
    """The digest of a release whose workspace is to rule again, as it was or with `files` laid over it."""
    before: Annotated[str, Meta(max_length=100)] = ""
    """The release that must still rule; whichever does when left out."""
    choices: dict[Name, JourneyChoice] = {}
    """By journey; the runs of a journey that is not named stay on their versions."""


class PublishAnswer(Published, frozen=True):
    """The release that rules from the next command on."""

    before: str
    """The release that ruled until then."""
    impact: list[StepImpact]
    """The runs that stand in journeys it changes, step by step, and what becomes of them."""
    contracts: list[ContractChange] = []
    """What it changes of the contracts of actions."""


class Preview(Struct, frozen=True):
    """What a publication would be; nothing is changed."""

    digest: str
    name: str
    before: str
    """The release that rules now."""
    impact: list[StepImpact]
    """The runs that stand in journeys it would change, step by step, and what would become of them."""
    contracts: list[ContractChange] = []
    """What it would change of the contracts of actions."""
    changes: ReleaseChanges | None = None
    """What else it would change of the release that rules."""
    steps: dict[str, list[str]] = {}
    """By journey of `impact`: the steps of its new version, on which runs can go on."""


class UndoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What is presumed."""

    before: Annotated[str, Meta(max_length=100)] = ""
    """The release that must still rule; whichever does when left out."""


async def _list(call: Call) -> Reply:
    return Reply(PublishedList([_told(record) for record in await call.platform.history()]))


async def _active(call: Call) -> Reply:
    engine = call.platform.engine
    record = await _record(call, engine.release.digest)
    sweeping = bool(engine.sweep.left)
    left = untouched(engine.release.routes.moves, await call.platform.runtime.runs.counts()) if sweeping else 0
    return Reply(ActiveRelease(**asdict(_told(record)), sweeping=sweeping, left=left))


async def _publish(call: Call) -> Reply:
    async with call.platform.publishing:
        _require_before(call, call.body.before)
        return await _carry_out(call, await _prepared(call))


async def _preview(call: Call) -> Reply:
    return await _previewed(call, await _prepared(call))


async def _undo(call: Call) -> Reply:
    async with call.platform.publishing:
        _require_before(call, call.query.before)
        return await _carry_out(call, await _prepared_undoing(call))


def _require_before(call: Call, digest: str) -> None:
    """Let nothing be published on another release than whoever publishes has seen."""
    rules = call.platform.engine.release.digest
    if digest and digest != rules:
        raise ProblemError("publication-outdated", f"the release {rules} rules by now, and not {digest}")


async def _preview_undoing(call: Call) -> Reply:
    return await _previewed(call, await _prepared_undoing(call))


async def _prepared(call: Call) -> Publication:
    asked: PublishRequest = call.body
    try:
        return await call.platform.prepare(await wanted_files(call, asked.files, asked.release), asked.choices)
    except WorkspaceRefused as refused:
        raise refused_workspace(refused) from refused
    except ChoiceImpossible as impossible:
        raise ProblemError("choice-impossible", str(impossible)) from impossible


async def _prepared_undoing(call: Call) -> Publication:
    try:
        prepared = await call.platform.prepare_undoing()
    except NothingBefore as first:
        raise ProblemError("nothing-before", str(first)) from first
    except WorkspaceRefused as refused:
        raise refused_workspace(refused) from refused
    return replace(prepared, impact=undone(prepared, await call.platform.runtime.runs.counts()))


async def wanted_files(call: Call, files: Mapping[str, str], release: str) -> dict[str, bytes]:
    """Return the workspace that is asked for: files, a release, or files over a release; raises ProblemError (404, 422)."""
    if not files and not release:
        raise ProblemError("body-invalid", "a workspace is given by `files`, by `release`, or by both")
    own = {path: text.encode() for path, text in files.items()}
    return {**await files_of(call, release), **own} if release else own


def refused_workspace(refused: WorkspaceRefused) -> ProblemError:
    """Return the problem document's error for a workspace with problems."""
    errors = [
        Detail(each.cause, remedy=each.remedy, where=f"{each.file}:{each.line}" if each.line else each.file)
        for each in refused.problems
    ]
    return ProblemError("workspace-refused", str(refused), errors=errors)


async def _carry_out(call: Call, prepared: Publication) -> Reply:
    before = call.platform.engine.release.digest
    release = await call.platform.carry_out(prepared, str(call.actor))
    published = _told(await _record(call, release.digest))
    return Reply(
        PublishAnswer(**asdict(published), before=before, impact=prepared.impact, contracts=prepared.contracts)
    )


async def _previewed(call: Call, prepared: Publication) -> Reply:
    before, release = call.platform.engine.release, prepared.release
    was = own_files(await call.platform.runtime.releases.files(before.digest) or {})
    changes = release_changes(before, release, was, own_files(prepared.files))
    journeys = {each.journey: release.routes.journeys.get(each.journey) for each in prepared.impact}
    steps = {name: list(journey.steps) for name, journey in journeys.items() if journey is not None}
    return Reply(
        Preview(release.digest, release.name, before.digest, prepared.impact, prepared.contracts, changes, steps)
    )


async def _record(call: Call, digest: str) -> ReleaseRecord:
    for record in await call.platform.history():
        if record.digest == digest:
            return record
    raise ProblemError("internal", "the active release is not in the store")


def _told(record: ReleaseRecord) -> Published:
    return Published(record.digest, record.name, iso(record.at), record.by, record.active)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/releases",
        summary="List releases",
        handler=_list,
        answers=(Content(JSON, PublishedList),),
    ),
    Operation(
        method="POST",
        path="/v1/releases",
        summary="Publish a workspace",
        description=(
            "It rules from the next command on. Runs in journeys that it changes stay on their versions, migrate or "
            "leave, as `choices` say. A workspace with problems changes nothing."
        ),
        handler=_publish,
        scope="releases:write",
        body=(Content(JSON, PublishRequest),),
        largest=8 * LARGEST_BODY,
        answers=(Content(JSON, PublishAnswer),),
        problems=("workspace-refused", "choice-impossible", "release-unknown", "publication-outdated"),
    ),
    Operation(
        method="POST",
        path="/v1/releases/preview",
        summary="See what publishing a workspace would do",
        handler=_preview,
        scope="releases:write",
        body=(Content(JSON, PublishRequest),),
        largest=8 * LARGEST_BODY,
        answers=(Content(JSON, Preview),),
        problems=("workspace-refused", "choice-impossible", "release-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/releases/undo",
        summary="See what undoing the last publication would do",
        handler=_preview_undoing,
        scope="releases:write",
        answers=(Content(JSON, Preview),),
        problems=("nothing-before", "workspace-refused"),
    ),
    Operation(
        method="POST",
        path="/v1/releases/undo",
        summary="Undo the last publication",
        description="The workspace before it rules again; runs that it moved or set aside go back to where they were.",
        handler=_undo,
        scope="releases:write",
        query=UndoQuery,
        answers=(Content(JSON, PublishAnswer),),
        problems=("nothing-before", "workspace-refused", "publication-outdated"),
    ),
    Operation(
        method="GET",
        path="/v1/releases/active",
        summary="Look at the release that rules now",
        handler=_active,
        description="`sweeping` tells whether runs and customers are still following its publication.",
        answers=(Content(JSON, ActiveRelease),),
    ),
)
