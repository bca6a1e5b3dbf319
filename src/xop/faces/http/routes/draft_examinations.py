"""Examinations of drafts: what the lab finds out about a workspace before it is published."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.assembly import WorkspaceRefused, with_baseline
from xop.faces.http.body import LARGEST_BODY
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.routes.examinations import SUBJECT, ExaminationState, begun, known_subject
from xop.faces.http.routes.releases import MOST_FILES, Path, refused_workspace, wanted_files
from xop.lab.examinations.bench import Task

_COMPARED = frozenset({"comparison", "simulation"})
"""What is also found out about the release that rules."""


class DraftRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A workspace that is not published."""

    files: Annotated[dict[Path, str], Meta(max_length=MOST_FILES)] = {}
    """The text of every file by its path within the workspace; beside `release`, of those that are new or other than its."""
    release: Annotated[str, Meta(max_length=100)] = ""
    """The digest of a release, as it was or with `files` laid over it."""


async def _begin(call: Call) -> Reply:
    asked: DraftRequest = call.body
    subject, rules = known_subject(call.path["subject"]), call.platform.engine.release.digest
    try:
        prepared = await call.platform.prepare(await wanted_files(call, asked.files, asked.release))
    except WorkspaceRefused as refused:
        raise refused_workspace(refused) from refused
    against = rules if subject in _COMPARED else ""
    before = (await call.platform.runtime.releases.files(against) or {}) if against else {}
    task = Task(subject, with_baseline(prepared.files), before)
    return Reply(begun(call, subject, (prepared.release.digest, against), task))


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/examinations/{subject}/preview",
        summary="Examine a workspace before it is published",
        description=(
            "As examining a release; a comparison and a simulation are made against the one that rules. How far it has "
            "come is told by looking at the examination of the `release` and the `draft` that are answered."
        ),
        handler=_begin,
        scope="releases:write",
        parameters={"subject": SUBJECT},
        body=(Content(JSON, DraftRequest),),
        largest=8 * LARGEST_BODY,
        answers=(Content(JSON, ExaminationState),),
        problems=("workspace-refused", "release-unknown"),
    ),
)
