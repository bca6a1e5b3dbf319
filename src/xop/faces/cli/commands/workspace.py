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
from xop.workspace import Problem
from xop.workspace.starter import write_starter


@click.command(short_help="Write a small commented workspace.")
@click.argument("folder", type=NEW_FOLDER)
@answers
def init(*, folder: Path, output: Output) -> None:
    """Write a small commented workspace into FOLDER, which must be new or empty."""
    try:
        written = [path.relative_to(folder).as_posix() for path in write_starter(folder)]
    except FileExistsError as error:
        raise CommandFailed(str(error), "name another folder") from error
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
    found = checked(folder)
    if isinstance(found, list):
        output.answer(
            {"ok": False, "digest": None, "problems": msgspec.to_builtins(found)}, lambda: tell_problems(found, output)
        )
        raise click.exceptions.Exit(REFUSED)
    counts = {"signals": len(found.signals), "actions": len(found.actions), "purposes": len(found.purposes)}

    def tell() -> None:
        output.line(f"{found.name} is sound.", "green")
        output.fields({"release": found.digest, **{name: str(count) for name, count in counts.items()}})

    output.answer({"ok": True, "name": found.name, "digest": found.digest, "problems": [], **counts}, tell)


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
