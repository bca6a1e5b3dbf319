"""`xop init`, `xop check` and `xop schemas`: a workspace on disk, before anybody publishes it."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from xop.faces.cli.failure import REFUSED, CommandFailed
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.cli.schema_files import json_text, schema_files
from xop.faces.cli.source import checked
from xop.kernel.actions.notices import notices_of
from xop.kernel.journeys.model import JourneyStep
from xop.kernel.release import Release
from xop.runtimes.system import SystemClock
from xop.workspace import Problem, read_folder
from xop.workspace.folder import no_workspace, read_beside
from xop.workspace.invariants import FILE, read_invariants
from xop.workspace.populations import CompiledPopulation, read_population
from xop.workspace.privacy import privacy_notes
from xop.workspace.scenarios.reading import read_scenarios
from xop.workspace.starter import write_starter
from xop.workspace.systems import register_notes


@click.command(short_help="Write a small commented workspace.")
@click.argument("folder", type=NEW_FOLDER)
@answers
def init(*, folder: Path, output: Output) -> None:
    """Write a small commented workspace into FOLDER, which must be new or empty."""
    try:
        written = [path.relative_to(folder).as_posix() for path in write_starter(folder)]
    except FileExistsError as error:
        raise CommandFailed(str(error), "name a new or empty folder") from error
    except OSError as error:
        cause = f"{folder} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a folder this user may write to") from error

    def tell() -> None:
        for path in written:
            output.line(str(folder / path))
        output.line()
        output.line(f"Next: `xop check {folder}`, then `xop serve --data DIR --workspace {folder}`.")

    output.answer({"folder": str(folder), "files": written}, tell)


@click.command(short_help="Check a workspace and print its release digest.")
@click.argument("folder", type=FOLDER, default=".")
@answers
def check(*, folder: Path, output: Output) -> None:
    """Check the workspace in FOLDER (here by default) and print its release digest.

    Every problem is printed as `file:line: cause → remedy`; exit code 1 when there is any.
    """
    stray = no_workspace(folder)
    found = checked(folder) if stray is None else [stray]
    if isinstance(found, list):
        output.answer(
            {"ok": False, "digest": None, "problems": msgspec.to_builtins(found)}, lambda: tell_problems(found, output)
        )
        raise click.exceptions.Exit(REFUSED)
    counts = _counts(folder, found)
    notes = [*_notes(found), *register_notes(read_folder(folder).files, found, SystemClock().now())]

    def tell() -> None:
        output.line(f"{found.name} is sound.", "green")
        output.fields({"release": found.digest, **{name: f"{count:,}" for name, count in counts.items()}})
        for note in notes:
            output.line(note, "yellow")

    document = {"ok": True, "name": found.name, "digest": found.digest, "problems": [], "notes": notes}
    output.answer({**document, **{name.replace(" ", "_"): count for name, count in counts.items()}}, tell)


def _counts(folder: Path, release: Release) -> dict[str, int]:
    """Return how much a sound workspace declares of each kind; what not every workspace has only where there is any."""
    files, invariants = read_folder(folder).files, read_beside(folder, FILE)
    population = read_population(files) if "population.yaml" in files else None
    optional = {
        "journeys": len(release.routes.journeys),
        "segments": len(release.routes.segments),
        "decision sets": len(release.decision_sets),
        "scenarios": len(read_scenarios(files, release)[0]),
        "invariants": len(read_invariants(invariants, release, [])) if isinstance(invariants, bytes) else 0,
        "population": population.population.customers if isinstance(population, CompiledPopulation) else 0,
    }
    counts = {"signals": len(release.signals), "actions": len(release.actions), "purposes": len(release.purposes)}
    return counts | {name: count for name, count in optional.items() if count}


def _notes(release: Release) -> list[str]:
    """Return what a sound workspace may have forgotten: what is there to be asked for, and nobody may ask for it."""
    principals, steps = release.principals.values(), _steps(release)
    may_enter = {name for each in principals for name in each.journeys}
    may_ask = {name for each in principals for name in each.decisions}
    called = {step.call.journey for step in steps if step.call is not None}
    chosen = {step.choose.decision_set for step in steps if step.choose is not None}
    journeys = [
        name
        for name, each in release.routes.journeys.items()
        if any(rule.api for rule in each.journey.entries) and not {name, "*"} & may_enter and name not in called
    ]
    sets = [name for name in release.decision_sets if not {name, "*"} & may_ask and name not in chosen]
    return [
        *_deprecated(release),
        *privacy_notes(release),
        *(
            f"Nobody may enter {name} by request: name it in `journeys` of a principal in agents.yaml."
            for name in journeys
        ),
        *(
            f"Nobody may ask {name} for a choice: name it in `decisions` of a principal in agents.yaml."
            for name in sets
        ),
    ]


def _deprecated(release: Release) -> list[str]:
    """Return what is still said of actions that should not be used any more."""
    notes = []
    for name, compiled in release.actions.items():
        if compiled.action.deprecated is not None:
            by = [str(actor) for actor, each in release.principals.items() if name in each.actions]
            by += [
                f"journey {journey}"
                for journey, each in release.routes.journeys.items()
                if any(step.propose is not None and step.propose.action == name for step in each.journey.steps.values())
            ]
            used = f" It is used by: {', '.join(sorted(by))}." if by else ""
            notes += [f"{notice}{used}" for notice in notices_of(compiled.action)]
    return notes


def _steps(release: Release) -> list[JourneyStep]:
    return [step for each in release.routes.journeys.values() for step in each.journey.steps.values()]


@click.command(short_help="Print or write the JSON Schemas of workspace files.")
@click.option("--out", type=NEW_FOLDER, metavar="DIR", help="Write one file for each schema into this folder.")
@answers
def schemas(*, out: Path | None, output: Output) -> None:
    """Print or write the JSON Schemas of all workspace files, for editors to complete and check them."""
    documents = schema_files()
    if out is None:
        click.echo(json_text(documents), nl=False)
        return
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, document in sorted(documents.items()):
            path = out / name
            path.write_text(json_text(document), encoding="utf-8")
            written.append(str(path))
    except OSError as error:
        cause = f"{out} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a folder this user may write to") from error
    output.answer({"files": written}, lambda: output.line("\n".join(written)))


def tell_problems(problems: Sequence[Problem], output: Output) -> None:
    """Print every problem on a line, each with its place, and how many there are."""
    for problem in problems:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        output.line(f"{place}: {problem.cause} → {problem.remedy}")
    output.line()
    output.line(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}. Correct them and check again.", "red")
