"""`xop serve`: the platform behind its HTTP API, until it is told to stop."""

import asyncio
import logging
import os
from pathlib import Path

import click
import uvloop

from xop.assembly import Platform
from xop.faces.cli.door import opened
from xop.faces.cli.failure import UNREACHABLE, CommandFailed
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.http import serve as serve_http


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
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        platform = runner.run(opened(data, workspace))
        try:
            runner.run(serve_http(platform, host, port, started=lambda url: _tell(url, platform, data, output)))
        except OSError as error:
            remedy = "stop what listens there, or choose another with --port (0 takes any free one) or --host"
            cause = f"cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}"
            raise CommandFailed(cause, remedy, code=UNREACHABLE) from error
    output.note("Stopped; everything taken is kept.")


def _tell(url: str, platform: Platform, data: Path, output: Output) -> None:
    release = platform.engine.release
    about = {
        "url": url,
        "pid": os.getpid(),
        "workspace": release.name,
        "release": release.digest,
        "data": str(data),
    }

    def tell() -> None:
        output.line(f"XOP serves {release.name} at {url}", "bold")
        output.fields({"release": release.digest, "data": str(data), "api": f"{url}/openapi.json"})
        output.line(f"Stop it with Ctrl-C, or `kill {os.getpid()}`.")

    output.answer(about, tell)
    output.flush()
