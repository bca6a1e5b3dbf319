"""What releases are made of: their files, and what one changes of another."""

from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct

from xop.assembly import own_files
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.release import Release
from xop.workspace.difference import ReleaseChanges, release_changes

RELEASE = "The digest of a release."

Digest = Annotated[str, Meta(min_length=1, max_length=100)]


class FileView(Struct, frozen=True):
    """One file of a workspace."""

    path: str
    size: int
    """In bytes."""
    sha256: str
    """In hexadecimal."""


class FileList(Struct, frozen=True):
    """The files of a release's workspace, without the baseline and what is kept of releases before it."""

    release: str
    files: list[FileView]


class FileText(Struct, frozen=True):
    """One file with its text."""

    release: str
    path: str
    text: str


class FileQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which file."""

    path: Annotated[str, Meta(min_length=1, max_length=200)]
    """Its path within the workspace."""


class ChangesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which release to compare with."""

    before: Digest | None = None
    """The digest of a release; the one that rules when left out."""


class ChangesView(Struct, frozen=True):
    """What a release changes of another."""

    release: str
    before: str
    changes: ReleaseChanges


async def files_of(call: Call, digest: str) -> dict[str, bytes]:
    """Return a published workspace's own files; raises ProblemError (404) for a release that never was."""
    known = digest in {each.digest for each in await call.platform.history()}
    files = await call.platform.runtime.releases.files(digest) if known else None
    if files is None:
        raise ProblemError("release-unknown", f"no release {digest[:80]!r} was ever published here")
    return own_files(files)


async def _files(call: Call) -> Reply:
    files = await files_of(call, call.path["release"])
    views = [FileView(path, len(body), sha256(body).hexdigest()) for path, body in sorted(files.items())]
    return Reply(FileList(call.path["release"], views))


async def _file(call: Call) -> Reply:
    files, path = await files_of(call, call.path["release"]), call.query.path
    if path not in files:
        raise ProblemError("file-unknown", f"the release has no file {path!r}")
    return Reply(FileText(call.path["release"], path, files[path].decode("utf-8", "replace")))


async def _changes(call: Call) -> Reply:
    after, before = call.path["release"], call.query.before or call.platform.engine.release.digest
    was, files = await files_of(call, before), await files_of(call, after)
    changes = release_changes(await _release(call, before), await _release(call, after), was, files)
    return Reply(ChangesView(after, before, changes))


async def _release(call: Call, digest: str) -> Release:
    release = await call.platform.release(digest)
    if release is None:
        raise ProblemError("release-lost", f"the release {digest[:80]!r} cannot be compiled any more")
    return release


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/releases/{release}/files",
        summary="List the files of a release",
        handler=_files,
        scope="releases:write",
        parameters={"release": RELEASE},
        answers=(Content(JSON, FileList),),
        problems=("release-unknown",),
    ),
    Operation(
        method="GET",
        path="/v1/releases/{release}/file",
        summary="Read a file of a release",
        handler=_file,
        scope="releases:write",
        parameters={"release": RELEASE},
        query=FileQuery,
        answers=(Content(JSON, FileText),),
        problems=("release-unknown", "file-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/releases/{release}/changes",
        summary="See what a release changes of another",
        description="Files, contracts of actions, rules and journeys that are new, gone or not as they were.",
        handler=_changes,
        scope="releases:write",
        parameters={"release": RELEASE},
        query=ChangesQuery,
        answers=(Content(JSON, ChangesView),),
        problems=("release-unknown", "release-lost"),
    ),
)
