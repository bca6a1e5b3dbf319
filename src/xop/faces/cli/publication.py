"""Publishing from the command line: over a server's API, or into a data folder that no server runs on."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rich.progress import Progress

from xop.adapters.console import ConsoleKind
from xop.assembly import (
    KINDS,
    NO_CHOICES,
    NothingBefore,
    NothingPublished,
    Platform,
    Publication,
    WorkspaceRefused,
    open_platform,
    own_files,
)
from xop.engine.engine import reviewed
from xop.engine.publication import ChoiceImpossible, JourneyChoice
from xop.faces.cli.door import Door, folder_unusable, opened
from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.output import Output
from xop.faces.cli.source import compare
from xop.faces.http.moving import undone, untouched
from xop.faces.log_lines import errors_only
from xop.kernel.base.times import iso
from xop.kernel.release import Release
from xop.ports.errors import StorageError
from xop.workspace.journeys.retained import FOLDER as RETAINED

RELEASES = "/v1/releases"

_LOOK_EVERY = 0.2
"""Seconds between two looks at how far a sweep has come."""

Watch = Callable[[], Progress]


class Sound(NamedTuple):
    """A workspace without problems: its files, and the release they give."""

    files: Mapping[str, bytes]
    release: Release


class Wish(NamedTuple):
    """What is to be published, or undone, and how."""

    workspace: Sound | None
    choices: Mapping[str, JourneyChoice] = NO_CHOICES
    release: str = ""
    """Without a workspace: the release whose workspace is to rule again; empty undoes the last publication."""
    preview: bool = False
    wait: bool = True
    """Whether to wait until runs and customers have followed."""

    @property
    def publishes(self) -> bool:
        """Whether the workspace of a folder is to rule, more than to be looked at."""
        return self.workspace is not None and not self.preview

    @property
    def undoes(self) -> bool:
        """Whether the last publication is to be undone."""
        return self.workspace is None and not self.release


def publish_over(door: Door, wish: Wish, output: Output) -> dict[str, Any]:
    """Publish over a server's API; return what it answers, and whether runs have followed."""
    if wish.undoes:
        answer = door.get(f"{RELEASES}/undo")
        last = door.get(f"{RELEASES}/active")
        _tell_undoing(output, last["digest"], last["by"], last["at"])
        answer = answer if wish.preview else door.post(f"{RELEASES}/undo", {})
    else:
        place = f"{RELEASES}/preview" if wish.preview else RELEASES
        answer = door.post(place, {**_named(wish), "choices": msgspec.to_builtins(dict(wish.choices))})
    told = {name: answer[name] for name in ("name", "digest", "before", "impact", "contracts")}
    if wish.preview:
        return {**told, "changes": _files_told(answer["changes"])}
    active = door.get(f"{RELEASES}/active")
    if wish.wait:
        with _watched(output.progress, active["left"]) as tell:
            while active["sweeping"] and active["digest"] == answer["digest"]:
                time.sleep(_LOOK_EVERY)
                active = door.get(f"{RELEASES}/active")
                tell(active["left"])
    return {**told, "settled": active["digest"] == answer["digest"] and not active["sweeping"]}


def _named(wish: Wish) -> dict[str, Any]:
    """Return the workspace of a wish as the API takes it."""
    if wish.workspace is None:
        return {"release": wish.release}
    return {"files": {path: content.decode() for path, content in wish.workspace.files.items()}}


def publish_into(data: Path, folder: Path, wish: Wish, output: Output) -> dict[str, Any]:
    """Publish into a data folder; its runs follow before this returns, unless the wish is not to wait."""
    if not wish.publishes and not data.exists():
        # A question does not make the folder it asks about.
        return _told_of_nothing(wish, NothingPublished())
    return asyncio.run(_publish_into(data, folder, wish, output))


def _told_of_nothing(wish: Wish, cause: NothingPublished) -> dict[str, Any]:
    """Return the preview for a folder in which nothing rules; raises `CommandFailed` when no release ruled before."""
    if wish.workspace is None:
        raise CommandFailed(str(cause), "run `xop publish FOLDER --data DIR` first") from cause
    release = wish.workspace.release
    return {"name": release.name, "digest": release.digest, "before": None, "impact": [], "contracts": []}


async def _publish_into(data: Path, folder: Path, wish: Wish, output: Output) -> dict[str, Any]:
    found = await _opened_for(data, folder, wish)
    if isinstance(found, NothingPublished):
        return _told_of_nothing(wish, found)
    platform, before, known = found
    try:
        prepared = await _prepared(platform, wish)
        release = prepared.release
        if wish.undoes:
            last = next(each for each in await platform.history() if each.digest == before)
            _tell_undoing(output, last.digest, last.by, iso(last.at))
        told = {
            "name": release.name,
            "digest": release.digest,
            "before": before,
            "impact": msgspec.to_builtins(prepared.impact),
            "contracts": msgspec.to_builtins(prepared.contracts),
        }
        if wish.preview:
            would = compare(_written(own_files(known)), _written(prepared.files))
            return {**told, "changes": msgspec.to_builtins(would)}
        settled = await _carry_out(platform, prepared, wait=wish.wait, watch=output.progress)
        # What is stored, because a release keeps the baseline it was compiled with beside the workspace's files.
        kept = await platform.runtime.releases.files(release.digest) or {}
        return {**told, "settled": settled, "changes": msgspec.to_builtins(compare(_written(known), _written(kept)))}
    finally:
        await platform.stop()


def _tell_undoing(output: Output, digest: str, who: str, time: str) -> None:
    """Say which publication is about to be undone."""
    output.note(f"This takes back the publication of {digest} by {who} at {time}.")


def _files_told(changes: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """Return what the API says of changed files, as `compare` says it."""
    words = {"added": "new", "changed": "changed", "removed": "gone"}
    files = changes["files"] if changes else []
    return {word: [each["path"] for each in files if each["change"] == became] for word, became in words.items()}


def _written(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a release without the former versions of journeys, which nobody wrote."""
    return {path: content for path, content in files.items() if not path.startswith(RETAINED)}


async def _prepared(platform: Platform, wish: Wish) -> Publication:
    try:
        if wish.workspace is not None:
            return await platform.prepare(wish.workspace.files, wish.choices)
        if wish.release:
            return await platform.prepare(await _files_of(platform, wish.release), wish.choices)
        prepared = await platform.prepare_undoing()
    except ChoiceImpossible as error:
        raise CommandFailed(str(error), "see what runs stand where with --preview, and choose again") from error
    except NothingBefore as error:
        raise CommandFailed(str(error), "publish the workspace that is to rule") from error
    except WorkspaceRefused as error:
        cause = f"the release {wish.release or 'before'} cannot be compiled any more: {error}"
        details = {"problems": msgspec.to_builtins(error.problems)}
        raise CommandFailed(cause, "publish the workspace that is to rule", details=details) from error
    impact = undone(prepared, await platform.runtime.runs.counts())
    return replace(prepared, impact=impact)


async def _files_of(platform: Platform, digest: str) -> dict[str, bytes]:
    """Return the workspace of a release as it was published; raises `CommandFailed` for one that never was."""
    known = digest in {each.digest for each in await platform.history()}
    files = await platform.runtime.releases.files(digest) if known else None
    if files is None:
        raise CommandFailed(f"no release {digest!r} was ever published here", "list them with `xop releases`")
    return own_files(files)


async def _carry_out(platform: Platform, prepared: Publication, *, wait: bool, watch: Watch) -> bool:
    """Let a release rule and have its runs follow; return whether they have.

    The engine starts only when there is something to follow, because it sends what is due.
    """
    engine = platform.engine
    left = _asks_for_something(engine.release) and not await platform.runtime.releases.settled(engine.release.digest)
    concerned = left or bool(prepared.release.routes.moves) or reviewed(engine.release) != reviewed(prepared.release)
    # What a server would tell about keys and the like is not asked for here.
    with errors_only():
        if concerned and wait:
            await platform.start()
            # What an earlier publication still asks for comes first: the next one would give it up.
            await _followed(platform, watch)
        await platform.carry_out(prepared, "cli")
        if concerned and not wait:
            # Without a running engine nobody follows now: they do once a server starts on the folder.
            engine.sweep.cancel()
            return False
        await _followed(platform, watch)
        return True


def _asks_for_something(release: Release) -> bool:
    routes = release.routes
    return bool(routes.moves or routes.segments or routes.schedules)


async def _followed(platform: Platform, watch: Watch) -> None:
    runs, moves = platform.runtime.runs, platform.engine.release.routes.moves
    following = asyncio.ensure_future(platform.engine.sweep.finished())
    with _watched(watch, untouched(moves, await runs.counts())) as tell:
        while not following.done():
            await asyncio.wait([following], timeout=_LOOK_EVERY)
            tell(untouched(moves, await runs.counts()))


@contextmanager
def _watched(watch: Watch, left: int) -> Iterator[Callable[[int], None]]:
    """Show how far runs have followed while the block runs; `left` tokens are yet to."""
    with watch() as progress:
        task = progress.add_task("Runs follow", total=left or None)
        yield lambda now: progress.update(task, completed=left - now)


async def _opened_for(
    data: Path, folder: Path, wish: Wish
) -> tuple[Platform, str | None, Mapping[str, bytes]] | NothingPublished:
    """Open a data folder that may be new, or hold a release that no longer compiles here; with what rules in it.

    Only what publishes opens a folder in which nothing rules.
    """
    # What is carried out while runs follow must not print into the command's answer.
    kinds = {**KINDS, "console": ConsoleKind(sys.stderr)}
    try:
        platform = await open_platform(data, kinds=kinds)
    except NothingPublished as error:
        return (await opened(data, folder, kinds=kinds), None, {}) if wish.publishes else error
    except WorkspaceRefused:
        return await opened(data, folder if wish.publishes else None, kinds=kinds), None, {}
    except StorageError as error:
        raise folder_unusable(error) from error
    digest = platform.engine.release.digest
    return platform, digest, await platform.runtime.releases.files(digest) or {}
