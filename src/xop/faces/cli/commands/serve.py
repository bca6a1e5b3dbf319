"""`xop serve`: the platform behind its HTTP API, until it is told to stop."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import click
import uvloop

from xop.faces.cli.door import opened
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.cli.server import listen, log_to_stderr, serve_platform
from xop.faces.http import build_app


@click.command()
@click.option("--data", type=NEW_FOLDER, required=True, metavar="DIR", help="The data folder; made when missing.")
@click.option("--workspace", type=FOLDER, metavar="DIR", help="Publish this workspace first.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=7007, show_default=True, help="0 takes any free port.")
@answers
def serve(*, data: Path, workspace: Path | None, host: str, port: int, output: Output) -> None:
    """Serve the platform over HTTP.

    Ends on Ctrl-C or SIGTERM: what was taken is finished and kept. A workspace published while it runs rules at once.
    """
    log_to_stderr()
    with listen(host, port) as listening, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(data, workspace, listening, output))


async def _serve(data: Path, workspace: Path | None, listening: socket.socket, output: Output) -> None:
    platform = await opened(data, workspace)
    try:
        await serve_platform(platform, build_app(platform), listening, lambda about: _tell(about, data, output))
    finally:
        await platform.stop()
    output.note("Stopped; everything taken is kept.")


def _tell(about: dict[str, Any], data: Path, output: Output) -> None:
    def tell() -> None:
        output.line(f"XOP serves {about['workspace']} at {about['url']}", "bold")
        output.fields({"release": about["release"], "data": str(data)})
        if about["recovered"]:
            output.line(f"{about['recovered']} requests were on their way when it last ended; see `xop dead-letters`.")
        output.line(f"Stop it with Ctrl-C, or `kill {about['pid']}`.")

    output.answer({**about, "data": str(data)}, tell)
    output.flush()
