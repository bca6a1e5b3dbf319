"""`xop publish` and `xop releases`: which workspace rules, and which ones did before."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from xop.assembly import NothingPublished, Platform, WorkspaceRefused, open_platform
from xop.faces.cli.commands.workspace import tell_problems
from xop.faces.cli.door import Door, folder_unusable, opened
from xop.faces.cli.failure import REFUSED
from xop.faces.cli.options import FOLDER, Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.source import checked, compare
from xop.ports.errors import StorageError
from xop.workspace import read_folder

_RELEASES = "/v1/releases"


@click.command(short_help="Let a workspace rule.")
@click.argument("folder", type=FOLDER, default=".")
@reaches(new=True)
@answers
def publish(*, folder: Path, reach: Reach, output: Output) -> None:
    """Check the workspace in FOLDER (here by default) and let it rule, from the next command on.

    A workspace with problems changes nothing. Releases published before are kept, and past decisions keep theirs.
    """
    found = checked(folder)
    if isinstance(found, list):
        document = {"published": False, "problems": msgspec.to_builtins(found)}
        output.answer(document, lambda: tell_problems(found, output))
        raise click.exceptions.Exit(REFUSED)
    files = read_folder(folder).files
    if reach.data is not None:
        answer = asyncio.run(_publish_into(reach.data, folder, files))
    else:
        with reach.door() as door:
            answer = _publish_to(door, files)
    output.answer({"published": True, "name": found.name, **answer}, lambda: _tell(found.name, answer, output))


@click.command(short_help="List every release.")
@reaches()
@answers
def releases(*, reach: Reach, output: Output) -> None:
    """List every release, newest publication first."""
    with reach.door() as door:
        answer = door.get(_RELEASES)

    def tell() -> None:
        rows = [
            (each["digest"], each["name"], each["at"], each["by"], "active" if each["active"] else "")
            for each in answer["releases"]
        ]
        output.table(("release", "workspace", "published", "by", ""), rows, "Nothing was ever published.")

    output.answer(answer, tell)


def _publish_to(door: Door, files: Mapping[str, bytes]) -> dict[str, Any]:
    before = door.get(f"{_RELEASES}/active")["digest"]
    texts = {path: content.decode() for path, content in files.items()}
    return {"digest": door.post(_RELEASES, {"files": texts})["digest"], "before": before}


async def _publish_into(data: Path, folder: Path, files: Mapping[str, bytes]) -> dict[str, Any]:
    platform, before, known = await _opened_for(data, folder)
    try:
        release = await platform.publish(files, "cli")
        # What is stored, because a release keeps the baseline it was compiled with beside the workspace's files.
        kept = await platform.runtime.releases.files(release.digest) or {}
        return {"digest": release.digest, "before": before, "changes": msgspec.to_builtins(compare(known, kept))}
    finally:
        await platform.stop()


async def _opened_for(data: Path, folder: Path) -> tuple[Platform, str | None, Mapping[str, bytes]]:
    """Open a data folder that may be new, or hold a release that no longer compiles here; with what rules in it."""
    try:
        platform = await open_platform(data)
    except (NothingPublished, WorkspaceRefused):
        return await opened(data, folder), None, {}
    except StorageError as error:
        raise folder_unusable(error) from error
    digest = platform.engine.release.digest
    return platform, digest, await platform.runtime.releases.files(digest) or {}


def _tell(name: str, answer: dict[str, Any], output: Output) -> None:
    if answer["digest"] == answer["before"]:
        output.line(f"{name} rules already: nothing changed.")
    else:
        output.line(f"{name} rules from the next command on.", "green")
    changes = answer.get("changes", {}) if answer["before"] else {}
    output.fields({"release": answer["digest"], "before": answer["before"], **changes})
