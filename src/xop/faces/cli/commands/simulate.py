"""`xop simulate`: lets a made-up population live under a workspace and reports what would happen."""

from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from xop.faces.cli.commands.workspace import tell_problems
from xop.faces.cli.failure import REFUSED, CommandFailed
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.lab.simulate import Plan, PopulationUnfit, Setting, WorkerFailed, encoded, page, report, run, setting
from xop.workspace import Problem, read_folder
from xop.workspace.populations import read_population

_SHOWN = 12
"""Rows of a table that might be long."""


def _date(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no date: write it as 2026-01-05") from error


@click.command(short_help="Let a made-up population live under a workspace.")
@click.argument("folder", type=FOLDER, default=".")
@click.option(
    "--customers", type=click.IntRange(1, 1_000_000), help="How many customers; population.yaml says otherwise."
)
@click.option("--days", type=click.IntRange(1, 36_500), help="For how many days; population.yaml says otherwise.")
@click.option("--start", callback=_date, metavar="DATE", help="The first day; population.yaml says otherwise.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another run of events."
)
@click.option(
    "--jobs", type=click.IntRange(1, 4), default=2, show_default=True, help="Processes; they change no figure."
)
@click.option("--out", type=NEW_FOLDER, metavar="DIR", help="Write report.json and report.html into this folder.")
@answers
def simulate(
    *,
    folder: Path,
    customers: int | None,
    days: int | None,
    start: str | None,
    seed: int,
    jobs: int,
    out: Path | None,
    output: Output,
) -> None:
    """Let the population of FOLDER/population.yaml live under the workspace in FOLDER (here by default).

    The engine is the real one, time is virtual and every outside system is simulated: nothing leaves. The same
    workspace, population and seed give the same report, byte for byte.
    """
    found = _setting(folder, customers, days, start, seed)
    if isinstance(found, list):
        problems = found
        document = {"ok": False, "problems": msgspec.to_builtins(problems)}
        output.answer(document, lambda: tell_problems(problems, output))
        raise click.exceptions.Exit(REFUSED)
    document = _simulated(found, jobs, output)
    written = _written(document, out) if out is not None else []

    def tell() -> None:
        _tell(document, output)
        for path in written:
            output.line(f"Written: {path}")
        if out is None:
            output.line("Add --out DIR for the whole report, with charts.")

    output.answer(document, tell)


def _setting(
    folder: Path, customers: int | None, days: int | None, start: str | None, seed: int
) -> Setting | list[Problem]:
    read = read_folder(folder)
    if read.problems:
        return sorted(read.problems)
    population = read_population(read.files)
    if isinstance(population, list):
        return population
    told = population.population
    plan = Plan(read.files, customers or told.customers, days or told.days, seed, start or told.start)
    return setting(plan)


def _simulated(found: Setting, jobs: int, output: Output) -> dict[str, Any]:
    try:
        with output.progress() as progress:
            task = progress.add_task("Simulating hours", total=None)
            result = run(found, jobs, lambda done, of: progress.update(task, completed=done, total=of))
    except (PopulationUnfit, WorkerFailed) as error:
        raise CommandFailed(str(error), "correct population.yaml and simulate again") from error
    return report(found, result)


def _written(document: dict[str, Any], out: Path) -> list[Path]:
    paths = [out / "report.json", out / "report.html"]
    try:
        out.mkdir(parents=True, exist_ok=True)
        paths[0].write_bytes(encoded(document))
        paths[1].write_text(page(document), encoding="utf-8")
    except OSError as error:
        cause = f"{out} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a folder this user may write to") from error
    return paths


def _tell(document: dict[str, Any], output: Output) -> None:
    people = document["people"]
    output.fields(
        {
            "workspace": document["workspace"],
            "release": document["release"],
            "customers": f"{document['customers']:,} for {document['days']} days from {document['from'][:10]}",
            "seed": str(document["seed"]),
            "ledger": f"{document['ledger']['entries']:,} entries, {document['ledger']['digest']}",
            "asked of people": f"{people['asked']:,}, of which {people['unanswered']:,} unanswered at the end",
        }
    )
    output.line()
    rows = sorted(document["carried_out"], key=lambda row: (-row["count"], row["action"]))
    output.table(
        ("carried out", "channel", "purpose", "count"),
        [(row["action"], row["channel"], row["purpose"], f"{row['count']:,}") for row in rows],
        "Nothing was carried out.",
    )
    output.line()
    output.table(
        ("rule", "verdict", "count"),
        [(row["rule"], row["verdict"], f"{row['count']:,}") for row in document["not_permitted"][:_SHOWN]],
        "Nothing was denied or held.",
    )
    _tell_refused(document["refused"], output)
    output.line()
    output.table(
        ("persona", "contacts a week", "p95", "most in 7 days"),
        [
            (row["persona"], f"{row['mean']:.2f}", str(row["p95"]), str(row["most_within_7_days"]))
            for row in document["pressure"]
        ],
        "There were no customers.",
    )


def _tell_refused(refused: list[dict[str, Any]], output: Output) -> None:
    if not refused:
        return
    rows = sorted(refused, key=lambda row: (-row["count"], row["name"], row["cause"]))
    output.line()
    output.table(
        ("refused of what customers did", "code", "cause", "count"),
        [(row["name"], row["code"], row["cause"], f"{row['count']:,}") for row in rows[:_SHOWN]],
        "",
    )
    if len(rows) > _SHOWN:
        output.line(f"… and {len(rows) - _SHOWN:,} further causes; --json and --out tell all.")
