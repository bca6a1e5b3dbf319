"""`xop backtest`: stored history taken again under two releases, to see what a change would have changed."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from xop.assembly import WorkspaceRefused, workspace_files
from xop.engine.memory import settle_memory
from xop.faces.cli.failure import MISUSED, CommandFailed
from xop.faces.cli.options import FOLDER, answers
from xop.faces.cli.output import Output
from xop.lab.backtest import ReleaseSource, Report, SpanEmpty, backtest
from xop.lab.backtest.markdown import markdown
from xop.lab.backtest.report import Group, Row
from xop.lab.backtest.wording import contacts_told, counts_told, description, summary
from xop.ports.errors import StorageError
from xop.ports.runtime import Runtime
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.embedded.runtime import FILE

_DIFFERENT = 1


class _Time(click.ParamType[int]):
    """A moment as RFC 3339 text, in milliseconds since the epoch."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value!r} is no time with a zone: write one such as 2027-01-31T00:00:00Z", param, ctx)
        return int(moment.timestamp() * 1000)


@click.command("backtest", short_help="See what a release would have changed.")
@click.option(
    "--release",
    "after",
    required=True,
    metavar="RELEASE",
    help="The release to try: a workspace folder, or the digest of a kept release or its beginning.",
)
@click.option("--against", "before", required=True, metavar="RELEASE", help="The release to compare it with.")
@click.option(
    "--from",
    "start",
    type=_Time(),
    metavar="TIME",
    help="Let both rule from here on; what was before stays as it was stored.",
)
@click.option("--to", "end", type=_Time(), metavar="TIME", help="End before here.")
@click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The data folder, while no server runs on it.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Work in so many processes; by default as many as there are processors.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, for a comment on a pull request.")
@answers
def backtest_command(
    *,
    after: str,
    before: str,
    start: int | None,
    end: int | None,
    data: Path,
    jobs: int | None,
    as_markdown: bool,
    output: Output,
) -> None:
    """Take a data folder's history again under two releases and tell where they would have decided otherwise.

    What came from outside comes again at the moments at which it came; what the platform did itself follows from
    each release. Nothing is changed and nothing is sent. Exit code 0 when nothing differs, 1 when something does, 2 when
    it could not be found out.
    """  # fmt: skip
    if as_markdown and output.as_json:
        raise click.UsageError("--json and --markdown are two forms of one answer: give one of them")
    if start is not None and end is not None and start >= end:
        raise click.UsageError("--from must be earlier than --to")
    found = asyncio.run(_backtest(data, (before, after), (start or 0, end), jobs or os.cpu_count() or 1, output))
    if as_markdown:
        click.echo(markdown(found), nl=False)
    else:
        output.answer(_document(found), lambda: _tell(found, output))
    if found.differences:
        raise click.exceptions.Exit(_DIFFERENT)


async def _backtest(
    data: Path, releases: tuple[str, str], span: tuple[int, int | None], jobs: int, output: Output
) -> Report:
    if not (data / FILE).exists():
        remedy = "name the folder that `xop serve --data` was given"
        raise CommandFailed(f"{data} holds no history", remedy, code=MISUSED)
    try:
        runtime = await EmbeddedRuntime.open(data)
        try:
            before, after = [await _source(runtime, each) for each in releases]
            return await _compare(runtime, (before, after), span, jobs, output)
        finally:
            await runtime.close()
    except SpanEmpty as error:
        raise CommandFailed(str(error), "give --from and --to within it, or leave them out", code=MISUSED) from error
    except StorageError as error:
        remedy = "if a server runs on this folder, stop it, or work on a copy of the folder"
        raise CommandFailed(str(error), remedy, code=MISUSED) from error


async def _compare(
    runtime: Runtime,
    sources: tuple[ReleaseSource, ReleaseSource],
    span: tuple[int, int | None],
    jobs: int,
    output: Output,
) -> Report:
    with output.progress() as progress:
        tasks: dict[str, Any] = {}

        def told(what: str, more: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.advance(tasks[what], more)

        settle_memory()
        return await backtest(runtime, *sources, start=span[0], end=span[1], jobs=jobs, told=told)


async def _source(runtime: Runtime, named: str) -> ReleaseSource:
    """Return the release that a folder or the beginning of a digest names, compiled once to see that it can be."""
    source = _folder(Path(named)) or await _kept(runtime, named)
    try:
        source.compile()
    except WorkspaceRefused as error:
        remedy = "name another release" if source.kept else f"list them with `xop check {named}` and correct them"
        details = {"problems": msgspec.to_builtins(error.problems)}
        raise CommandFailed(f"{named}: {error}", remedy, code=MISUSED, details=details) from error
    return source


def _folder(folder: Path) -> ReleaseSource | None:
    if not folder.is_dir():
        return None
    try:
        return ReleaseSource(workspace_files(folder))
    except WorkspaceRefused as error:
        details = {"problems": msgspec.to_builtins(error.problems)}
        remedy = f"list them with `xop check {folder}` and correct them"
        raise CommandFailed(f"{folder}: {error}", remedy, code=MISUSED, details=details) from error


async def _kept(runtime: Runtime, named: str) -> ReleaseSource:
    digests = [record.digest for record in await runtime.releases.history() if record.digest.startswith(named)]
    if len(digests) != 1:
        cause = (
            f"{len(digests)} kept releases begin with {named!r}"
            if digests
            else f"{named!r} is neither a workspace folder nor a release kept in this data folder"
        )
        raise CommandFailed(cause, "list the releases with `xop releases`", code=MISUSED)
    return ReleaseSource(await runtime.releases.files(digests[0]) or {}, kept=True)


def _document(found: Report) -> dict[str, Any]:
    more, less = found.customers_contacted_more, found.customers_contacted_less
    return {
        **msgspec.to_builtins(found),
        "customers_contacted_more": more,
        "customers_contacted_less": less,
    }


def _tell(found: Report, output: Output) -> None:
    output.fields(summary(found))
    output.line()
    if not found.groups:
        output.line("Both releases decide the same throughout.", "green")
    else:
        rows = [(f"{each.count:,}", f"{each.customers:,}", description(each)) for each in found.groups]
        output.table(("differences", "customers", "what"), rows, "")
    for title, counted in (
        ("rule", found.by_rule),
        ("action", found.by_action),
        ("actor", found.by_actor),
        ("fact", found.by_fact),
    ):
        _tell_rows(title, counted, output)
    told = contacts_told(found)
    if told:
        output.line()
        output.table(("contacts", "customers"), told, "")
    for group in found.groups:
        _tell_example(group, output)


def _tell_rows(title: str, rows: list[Row], output: Output) -> None:
    if rows:
        output.line()
        told = [(row.name, f"{row.differences:,}", counts_told(row.before), counts_told(row.after)) for row in rows]
        output.table((title, "differences", "before", "after"), told, "")


def _tell_example(group: Group, output: Output) -> None:
    one = group.example
    output.line()
    output.line(description(group), "bold")
    output.fields({"customer": one.customer, "at": one.at, "command": one.command, "cause": one.cause})
    for name, side in (("before", one.before), ("after", one.after)):
        told = {**side} if side is not None else None
        reasons = told.pop("reasons", []) if told else []
        output.fields({name: told if told is not None else "nothing"})
        for reason in reasons:
            lost = f" (lost: {reason['lost']})" if reason.get("lost") else ""
            output.line(f"  because {reason['rule']}: {reason['message']}{lost}")
