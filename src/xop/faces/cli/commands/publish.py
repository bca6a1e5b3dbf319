"""`xop publish`: which workspace rules from now on."""

from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from xop.engine.publication import JourneyChoice
from xop.faces.cli.commands.workspace import tell_problems
from xop.faces.cli.failure import REFUSED
from xop.faces.cli.fates import fates, tell_publication
from xop.faces.cli.options import FOLDER, Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.publication import Sound, Wish, publish_into, publish_over
from xop.faces.cli.source import checked
from xop.workspace import read_folder


@click.command(short_help="Let a workspace rule, or undo it.")
@click.argument("folder", type=FOLDER, default=".")
@click.option(
    "--choose",
    "written",
    multiple=True,
    metavar="JOURNEY[.STEP]=FATE",
    help="What becomes of runs in a changed journey: `stay`, `leave` or `migrate`, of those at a step also "
    "`migrate:STEP`. May be repeated.",
)
@click.option("--preview", is_flag=True, help="Show which runs stand in changed journeys; change nothing.")
@click.option(
    "--undo",
    is_flag=True,
    help="Undo the last publication: runs go back to where they were. This is a publication too: undone in turn, "
    "it goes forward again.",
)
@click.option(
    "--release",
    "former",
    metavar="RELEASE",
    help="Instead of FOLDER: a release of `xop releases` whose workspace is to rule again.",
)
@click.option("--no-wait", is_flag=True, help="Do not wait until runs have followed.")
@reaches(new=True)
@answers
def publish(
    *, folder: Path, written: tuple[str, ...], former: str | None, reach: Reach, output: Output, **flags: bool
) -> None:
    """Check the workspace in FOLDER (here by default) and let it rule, from the next command on.

    A workspace with problems changes nothing. Releases published before are kept, and past decisions keep theirs. Runs
    that stand in journeys it changes stay on their versions unless --choose says otherwise.
    """
    choices = fates(written)
    if flags["undo"]:
        _require_nothing_to_publish(choices, former)
    if former is not None:
        _require_no_folder("--release names the workspace that is to rule")
    sound = None if flags["undo"] or former is not None else _sound(folder, output)
    wish = Wish(sound, choices, release=former or "", preview=flags["preview"], wait=not flags["no_wait"])
    if reach.data is not None:
        answer = publish_into(reach.data, folder, wish, output)
    else:
        with reach.door() as door:
            answer = publish_over(door, wish, output)
    document = {"published": not wish.preview, **answer}
    own = sound.release.digest if sound is not None else former
    output.answer(
        document,
        lambda: tell_publication(answer, output, preview=wish.preview, own=own, again=sound is None),
    )


def _require_nothing_to_publish(choices: Mapping[str, JourneyChoice], former: str | None) -> None:
    if choices:
        raise click.UsageError("--undo puts every run back where it was: leave --choose out")
    if former is not None:
        raise click.UsageError("--undo lets the release before rule again: leave --release out")
    _require_no_folder("--undo lets the release before rule again")


def _require_no_folder(why: str) -> None:
    source = click.get_current_context().get_parameter_source("folder")
    if source is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(f"{why}: leave FOLDER out")


def _sound(folder: Path, output: Output) -> Sound:
    found = checked(folder)
    if isinstance(found, list):
        document = {"published": False, "problems": msgspec.to_builtins(found)}
        output.answer(document, lambda: tell_problems(found, output))
        raise click.exceptions.Exit(REFUSED)
    return Sound(read_folder(folder).files, found)
