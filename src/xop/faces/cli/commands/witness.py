"""`xop witness`: a witness of logs, for another department or another company to run."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import click

from xop.faces.cli.failure import UNREACHABLE, CommandFailed
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.http import listen
from xop.faces.witness import Desk, WitnessStore, build_witness, opened_witness, serve_witness
from xop.kernel.log.errors import LogError
from xop.kernel.log.verifier import ED25519, parse_vkey, witness_verifier

_COLUMNS = ("log", "size", "key")


@click.group(short_help="Run a witness, which cosigns what only grows.")
def witness() -> None:
    """Run a witness: it cosigns the checkpoints of logs it knows, and only those that go on from the last one.

    It remembers what it cosigned, whatever happens to it. Run it where the log's operator cannot reach it.
    """


@witness.command(short_help="Make a witness's key.")
@click.option("--data", type=NEW_FOLDER, required=True, metavar="DIR", help="The witness's folder; made when missing.")
@click.option("--name", required=True, metavar="NAME", help="Who it is, such as `witness.example/audit`.")
@answers
def init(*, data: Path, name: str, output: Output) -> None:
    """Make a witness's key in a folder, and print the public key that workspaces name it by."""
    try:
        with _opened(data) as store:
            key = store.make_key(name)
    except LogError as error:
        raise CommandFailed(str(error), "give a name such as `witness.example/audit`") from error
    if key.name != name:
        raise CommandFailed(f"the witness in {data} is called {key.name} for good", "choose another folder with --data")
    answer = {"name": key.name, "key": witness_verifier(key).vkey, "data": str(data)}
    output.answer(answer, lambda: output.fields(answer))


@witness.command(short_help="Have it cosign a log.")
@click.argument("vkey")
@click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The witness's folder.")
@answers
def add(*, vkey: str, data: Path, output: Output) -> None:
    """Have a witness cosign the log with the public key VKEY, as `xop log head` tells it; it may be running."""
    try:
        log = parse_vkey(vkey)
    except LogError as error:
        raise CommandFailed(str(error), "give the key that `xop log head` tells") from error
    if log.kind != ED25519:
        raise CommandFailed(
            f"{log.name} is the key of a witness, not of a log", "give the key that `xop log head` tells"
        )
    with _opened(data) as store:
        store.know(log)
    answer = {"origin": log.name, "key": log.vkey}
    output.answer(answer, lambda: output.fields(answer))


@witness.command("list", short_help="List what it has cosigned.")
@click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The witness's folder.")
@answers
def list_logs(*, data: Path, output: Output) -> None:
    """List the logs a witness knows, and how many leaves were under the last checkpoint it cosigned of each."""
    logs: list[dict[str, Any]] = []
    with _opened(data) as store:
        for log in store.logs():
            seen = store.seen(log.name)
            logs.append({"origin": log.name, "size": seen.size if seen else 0, "key": log.vkey})
    rows = [(each["origin"], str(each["size"]), each["key"]) for each in logs]
    output.answer({"logs": logs}, lambda: output.table(_COLUMNS, rows, "No log is known: `xop witness add VKEY`."))


@witness.command(short_help="Serve a witness over HTTP.")
@click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The witness's folder.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=7070, show_default=True, help="0 takes any free port.")
@answers
def serve(*, data: Path, host: str, port: int, output: Output) -> None:
    """Serve a witness over HTTP (C2SP tlog-witness) until Ctrl-C or SIGTERM."""
    with _opened(data) as store:
        key = store.key()
        if key is None:
            raise CommandFailed(f"there is no witness in {data}", "make its key with `xop witness init` first")
        with _listening(host, port) as listening:
            name, taken = listening.getsockname()[:2]
            url = f"http://[{name}]:{taken}" if ":" in name else f"http://{name}:{taken}"
            answer = {"url": url, "name": key.name, "key": witness_verifier(key).vkey, "pid": os.getpid()}

            def ready() -> None:
                output.answer(answer, lambda: output.line(f"The witness {key.name} serves at {url}", "bold"))
                output.flush()

            asyncio.run(serve_witness(build_witness(Desk(store, key)), listening, ready))


@contextmanager
def _opened(data: Path) -> Iterator[WitnessStore]:
    try:
        store = opened_witness(data)
    except (apsw.Error, OSError) as error:
        raise CommandFailed(f"{data}: the witness's folder cannot be used: {error}", "choose another folder") from error
    try:
        yield store
    finally:
        store.close()


def _listening(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        cause = f"cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "choose another --port (0 takes any free one)", code=UNREACHABLE) from error
