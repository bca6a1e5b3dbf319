"""`xop doctor`: looks at everything the platform stands on."""

import asyncio
from pathlib import Path

import click
import msgspec

from xop.faces.cli.doctor.finding import Finding, State
from xop.faces.cli.doctor.folder import examine_disk, examine_outbox, newest_entry
from xop.faces.cli.doctor.judges import examine_conditions, examine_policies
from xop.faces.cli.doctor.machine import examine_clock, examine_port, examine_python, examine_time_zones
from xop.faces.cli.door import opened
from xop.faces.cli.failure import REFUSED, UNREACHABLE, CommandFailed
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.cli.source import checked


@click.command(short_help="Examine this machine, a data folder, a workspace.")
@click.option("--data", type=NEW_FOLDER, metavar="DIR", help="Look at this data folder too.")
@click.option("--workspace", type=FOLDER, metavar="DIR", help="Look at this workspace too.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address a server would listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=7007, show_default=True, help="Its port.")
@answers
def doctor(*, data: Path | None, workspace: Path | None, host: str, port: int, output: Output) -> None:
    """Examine this machine, and a data folder and a workspace when named.

    Exit code 1 when something is a problem; a warning is none. Nothing is changed.
    """
    findings = [*examine_python(), examine_policies(), examine_conditions(), examine_time_zones()]
    findings += [examine_port(host, port), *_examine_data(data)]
    if workspace is not None:
        findings.append(_examine_workspace(workspace))
    problems = sum(finding.state == "problem" for finding in findings)

    def tell() -> None:
        output.table(("", "what", "found"), [(each.state, each.subject, each.detail) for each in findings], "")
        for finding in findings:
            if finding.remedy:
                output.line()
                output.line(f"{finding.subject}: {finding.detail}", "bold")
                output.line(f"→ {finding.remedy}")
        output.line()
        output.line("All is well." if all(each.state == "ok" for each in findings) else f"Problems: {problems}.")

    output.answer({"findings": msgspec.to_builtins(findings), "problems": problems}, tell)
    if problems:
        raise click.exceptions.Exit(REFUSED)


def _examine_data(data: Path | None) -> list[Finding]:
    if data is None:
        return [examine_clock(None)]
    findings = list(examine_disk(data))
    if findings[0].state == "problem" or not data.is_dir() or not any(data.iterdir()):
        return [*findings, examine_clock(None)]
    return findings + asyncio.run(_examine_store(data))


async def _examine_store(data: Path) -> list[Finding]:
    try:
        platform = await opened(data)
    except CommandFailed as failed:
        state: State = "warning" if failed.code == UNREACHABLE else "problem"
        return [Finding("store", state, failed.cause, failed.remedy), examine_clock(None)]
    try:
        release = platform.engine.release
        store = Finding("store", "ok", f"ruled by {release.name} {release.digest}")
        return [store, *await examine_outbox(platform), examine_clock(await newest_entry(platform))]
    finally:
        await platform.stop()


def _examine_workspace(folder: Path) -> Finding:
    found = checked(folder)
    if isinstance(found, list):
        return Finding("workspace", "problem", f"{len(found)} problems", f"list them with `xop check {folder}`")
    return Finding("workspace", "ok", f"{found.name} {found.digest}")
