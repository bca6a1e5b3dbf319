"""Releases: every workspace that was published, and the publishing of another."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.assembly import WorkspaceRefused
from xop.faces.http.body import LARGEST_BODY
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import Detail, ProblemError
from xop.kernel.base.times import iso
from xop.ports.releases import ReleaseRecord

_MOST_FILES = 2_000

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


class PublishRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole workspace."""

    files: Annotated[dict[Path, str], Meta(min_length=1, max_length=_MOST_FILES)]
    """The text of every file by its path within the workspace."""


async def _list(call: Call) -> Reply:
    return Reply(PublishedList([_told(record) for record in await call.platform.history()]))


async def _active(call: Call) -> Reply:
    return Reply(_told(await _record(call, call.platform.engine.release.digest)))


async def _publish(call: Call) -> Reply:
    asked: PublishRequest = call.body
    try:
        release = await call.platform.publish(
            {path: text.encode() for path, text in asked.files.items()}, str(call.actor)
        )
    except WorkspaceRefused as refused:
        errors = [
            Detail(each.cause, remedy=each.remedy, where=f"{each.file}:{each.line}" if each.line else each.file)
            for each in refused.problems
        ]
        raise ProblemError("workspace-refused", str(refused), errors=errors) from refused
    return Reply(_told(await _record(call, release.digest)))


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
        description="It rules from the next command on. A workspace with problems changes nothing.",
        handler=_publish,
        scope="releases:write",
        body=(Content(JSON, PublishRequest),),
        largest=8 * LARGEST_BODY,
        answers=(Content(JSON, Published),),
        problems=("workspace-refused",),
    ),
    Operation(
        method="GET",
        path="/v1/releases/active",
        summary="Look at the release that rules now",
        handler=_active,
        answers=(Content(JSON, Published),),
    ),
)
