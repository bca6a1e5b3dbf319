"""`xop serve`: the platform behind its HTTP API, until it is told to stop."""

import asyncio
import os
import socket
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

import click
import uvloop

from xop.assembly import Platform
from xop.engine.memory import settle_memory
from xop.faces.cli.door import opened
from xop.faces.cli.failure import UNREACHABLE, CommandFailed
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.http import listen
from xop.faces.http import serve as serve_http
from xop.faces.http.keys import SignIn
from xop.faces.log_lines import write_log_lines
from xop.faces.mcp.guard import is_loopback
from xop.faces.speeches import catalogued


@click.command()
@click.option("--data", type=NEW_FOLDER, required=True, metavar="DIR", help="The data folder; made when missing.")
@click.option("--workspace", type=FOLDER, metavar="DIR", help="Publish this workspace first.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=7007, show_default=True, help="0 takes any free port.")
@click.option("--agent", metavar="NAME", help="Let whoever asks MCP without a key be this agent; on loopback only.")
@answers
def serve(*, data: Path, workspace: Path | None, host: str, port: int, agent: str | None, output: Output) -> None:
    """Serve the platform over HTTP, agents over MCP at /mcp and A2A at /a2a, and people in a browser at /console.

    Ends on Ctrl-C or SIGTERM: what was taken is finished and kept. A workspace published while it runs rules at once.
    """
    write_log_lines()
    with _listening(host, port) as listening, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if agent and not is_loopback(str(listening.getsockname()[0])):
            remedy = "listen on 127.0.0.1, or leave --agent out and let agents sign in"
            raise CommandFailed(f"--agent lets anybody be {agent}, and {host} can be reached by others", remedy)
        runner.run(_serve(data, workspace, listening, agent or "", output))
    output.note("Stopped; everything taken is kept.")


async def _serve(data: Path, workspace: Path | None, listening: socket.socket, agent: str, output: Output) -> None:
    platform = await opened(data, workspace)
    try:
        _require_agent(platform, agent)
        recovered = await platform.start()
        settle_memory()
        from xop.faces.mounts import face_mounts  # noqa: PLC0415 - half a second that only a server needs

        try:
            mounts = face_mounts(data, _url(*listening.getsockname()[:2]), agent)
        except OSError as error:
            raise CommandFailed(
                f"the keys in {data} cannot be kept: {error}", "let this user write to the folder"
            ) from error
        address = await SignIn(platform.secrets, platform.runtime).address(platform.engine.release)
        about = partial(_about, platform, data, listening, recovered, address)
        await serve_http(platform, listening, lambda: _tell(about(), output), mounts=mounts, speeches=catalogued(data))
    finally:
        await platform.stop()


def _require_agent(platform: Platform, agent: str) -> None:
    known = sorted(actor.id for actor in platform.engine.release.principals if actor.kind == "agent")
    if agent and agent not in known:
        raise CommandFailed(f"there is no agent {agent!r} in agents.yaml", f"name one of: {', '.join(known) or 'none'}")


def _listening(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        remedy = "stop what listens there, or choose another with --port (0 takes any free one) or --host"
        cause = f"cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, remedy, code=UNREACHABLE) from error


def _about(platform: Platform, data: Path, listening: socket.socket, recovered: int, address: str) -> dict[str, Any]:
    host, port = listening.getsockname()[:2]
    release = platform.engine.release
    return {
        "url": _url(host, port),
        "mcp": f"{_url(host, port)}/mcp",
        "console": f"{address or _url(host, port)}/console",
        "pid": os.getpid(),
        "workspace": release.name,
        "release": release.digest,
        "data": str(data),
        "recovered": recovered,
    }


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tell(about: dict[str, Any], output: Output) -> None:
    def tell() -> None:
        output.line(f"XOP serves {about['workspace']} at {about['url']}", "bold")
        output.fields({"release": about["release"], "data": about["data"], "api": f"{about['url']}/openapi.json"})
        if about["recovered"]:
            output.line(f"{about['recovered']} requests were on their way when it last ended: see `xop dead-letters`.")
        output.line(f"Stop it with Ctrl-C, or `kill {about['pid']}`.")
        output.line(f"Agents connect over MCP to {about['mcp']}")
        where = f"--data {quote(about['data'])} --url {about['console'].removesuffix('/console')}"
        output.line(f"People sign in at {about['console']}: invite each with `xop console invite NAME {where}`.")

    output.answer(about, tell)
    output.flush()
