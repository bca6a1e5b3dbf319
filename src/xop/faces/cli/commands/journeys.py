"""`xop journeys`: the journeys of a workspace folder, listed, shown in several forms, and taken over."""

from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from xop.assembly import KINDS
from xop.faces.cli.commands.workspace import tell_problems
from xop.faces.cli.failure import REFUSED, CommandFailed
from xop.faces.cli.options import FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.cli.source import checked
from xop.kernel.compiled.journeys import CompiledEntry
from xop.kernel.journeys.model import Journey
from xop.kernel.release import Release
from xop.workspace import Problem, compile_workspace
from xop.workspace.diagrams.bpmn import bpmn
from xop.workspace.diagrams.mermaid import mermaid
from xop.workspace.folder import read_folder
from xop.workspace.journeys.document import journey_json, journey_values, journey_yaml, read_journey
from xop.workspace.journeys.version import journey_version
from xop.workspace.problem import nearest

FORMATS = ("yaml", "json", "mermaid", "bpmn")

_WORKSPACE = click.option(
    "--workspace", type=FOLDER, default=".", metavar="FOLDER", help="The workspace's folder; here by default."
)


@click.group(short_help="List, show and take over journeys of a workspace.")
def journeys() -> None:
    """List the journeys of a workspace folder, show one as YAML, JSON or a diagram, and take one over from a file."""


@journeys.command(name="list", short_help="List the journeys of a workspace.")
@_WORKSPACE
@answers
def list_journeys(*, workspace: Path, output: Output) -> None:
    """List the journeys of a workspace: their versions, how customers enter, and which come first."""
    release = _release(workspace, output)
    rows = [
        {
            "journey": name,
            "version": each.version,
            "priority": each.journey.priority,
            "steps": len(each.steps),
            "entered_by": [_entered_by(entry) for entry in each.entries],
            "description": each.journey.description,
        }
        for name, each in sorted(release.routes.journeys.items())
    ]
    columns = ("journey", "version", "priority", "steps", "entered_by", "description")
    output.answer(
        {"journeys": rows},
        lambda: output.table(columns, [[row[name] for name in columns] for row in rows], "No journeys."),
    )


@journeys.command(short_help="Show a journey as YAML, JSON, Mermaid or BPMN.")
@click.argument("name")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="yaml", show_default=True, help="How to write it."
)
@_WORKSPACE
@answers
def show(*, name: str, form: str, workspace: Path, output: Output) -> None:
    """Show the journey NAME.

    YAML and JSON hold all of it and can be taken over with `xop journeys import`; Mermaid and BPMN 2.0 are diagrams.
    """
    release = _release(workspace, output)
    compiled = release.routes.journeys.get(name)
    if compiled is None:
        raise CommandFailed(f"there is no journey {name!r}", nearest(name, release.routes.journeys))
    text = _written(compiled.journey, form, release)
    document: dict[str, Any] = {"journey": name, "version": compiled.version, "format": form, "text": text}
    if form in {"yaml", "json"}:
        document["definition"] = journey_values(compiled.journey)
    output.answer(document, lambda: click.echo(text, nl=False))


@journeys.command(name="import", short_help="Check a journey and take it over into a workspace.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a journey of the same name.")
@_WORKSPACE
@answers
def import_journey(*, file: Path, replace: bool, workspace: Path, output: Output) -> None:
    """Check the journey in FILE, YAML or JSON as `xop journeys show` writes it, and write it into a workspace.

    Nothing is written when the workspace has a problem with it.
    """
    journey = _read(file, output)
    path = f"journeys/{journey.name}.yaml"
    target = workspace / path
    found = read_folder(workspace)
    if path in found.files and not replace:
        raise CommandFailed(f"{path} is there already", "give --replace, or name the journey otherwise")
    compiled = compile_workspace(found.files | {path: journey_yaml(journey).encode()}, KINDS)
    if found.problems or isinstance(compiled, list):
        _refuse([*found.problems, *(compiled if isinstance(compiled, list) else ())], output)
    try:
        target.parent.mkdir(exist_ok=True)
        target.write_text(journey_yaml(journey), encoding="utf-8")
    except OSError as error:
        cause = f"{target} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a folder this user may write to") from error
    version = journey_version(journey)
    written = {"journey": journey.name, "version": version, "file": path}
    output.answer(written, lambda: output.fields(written))


def _read(file: Path, output: Output) -> Journey:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandFailed(
            f"{file} cannot be read: {(error.strerror or str(error)).lower()}", "name a file"
        ) from error
    journey = read_journey(file.name, content)
    if isinstance(journey, list):
        _refuse(journey, output)
    return journey


def _refuse(problems: list[Problem], output: Output) -> NoReturn:
    document = {"ok": False, "problems": msgspec.to_builtins(sorted(problems))}
    output.answer(document, lambda: tell_problems(sorted(problems), output))
    raise click.exceptions.Exit(REFUSED)


def _release(workspace: Path, output: Output) -> Release:
    found = checked(workspace)
    if isinstance(found, list):
        _refuse(found, output)
    return found


def _written(journey: Journey, form: str, release: Release) -> str:
    if form == "mermaid":
        return mermaid(journey)
    if form == "bpmn":
        return bpmn(journey, frozenset(name for name, each in release.actions.items() if each.action.kind == "contact"))
    return journey_json(journey) if form == "json" else journey_yaml(journey)


def _entered_by(entry: CompiledEntry) -> str:
    rule = entry.rule
    if rule.schedule is not None:
        return " ".join((f"segment {rule.schedule.segment} at {rule.schedule.at}", *rule.schedule.days))
    return rule.signal or (f"segment {rule.segment}" if rule.segment is not None else "request")
