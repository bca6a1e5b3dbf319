"""`xop replay`: takes every stored step again and compares what comes out."""

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from xop.assembly import Platform
from xop.engine.replay import Difference
from xop.faces.cli.door import opened
from xop.faces.cli.options import FOLDER, answers
from xop.faces.cli.output import Output

_SHOWN = 20
"""Differences that are printed; all of them are counted."""


@click.command(short_help="Decide every stored step again and compare.")
@click.option(
    "--all", "everything", is_flag=True, help="Replay the whole ledger; there is no other choice yet to make."
)
@click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The data folder, while no server runs on it.")
@answers
def replay(*, everything: bool, data: Path, output: Output) -> None:
    """Decide every stored step again under its own release and compare the bytes.

    Nothing is changed and nothing is sent. A difference means that a decision cannot be reproduced: exit code 1. Entries of
    customers who were erased are counted, and cannot be taken again.
    """
    if not everything:
        raise click.UsageError("say --all: a step can only be taken again after all steps before it")
    found = asyncio.run(_replay(data, output))
    differences = found["differences"]

    def tell() -> None:
        output.fields(
            {
                "entries": f"{found['entries']:,}",
                "erased, not replayed": f"{found['erased']:,}" if found["erased"] else "",
                "decisions": f"{found['decisions']:,}",
                "differences": f"{differences:,}",
            }
        )
        for difference in found["shown"]:
            output.line()
            output.line(f"at {difference['position']}, command {difference['command']}: {difference['cause']}", "red")
            output.fields({"stored": difference.get("stored"), "again": difference.get("again")})
        rest = " that is left" if found["erased"] else ""
        output.line(f"Every step{rest} came out the same, byte for byte." if not differences else "")

    output.answer(found, tell)
    if differences:
        raise click.exceptions.Exit(1)


async def _replay(data: Path, output: Output) -> dict[str, Any]:
    platform = await opened(data)
    try:
        return await _compare(platform, output)
    finally:
        await platform.stop()


async def _compare(platform: Platform, output: Output) -> dict[str, Any]:
    replayer, total, count = platform.replayer(), await platform.runtime.ledger.last(), 0
    shown: list[Difference] = []
    with output.progress() as progress:
        task = progress.add_task("Replaying", total=total)
        async for difference in replayer.run():
            progress.advance(task)
            if difference is not None:
                count += 1
                if len(shown) < _SHOWN:
                    shown.append(difference)
    return {
        "entries": replayer.entries,
        "erased": replayer.erased,
        "decisions": replayer.decisions,
        "differences": count,
        "shown": msgspec.to_builtins(shown),
    }
