"""`xop operations`: what connections offer, accepted by a person before anybody can call it."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from xop.assembly import KINDS as ADAPTERS
from xop.assembly import environment
from xop.faces.cli.failure import REFUSED, UNREACHABLE, CommandFailed
from xop.faces.cli.options import FOLDER, answers
from xop.faces.cli.output import Output
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import Operations
from xop.ports.catalogue import Catalogue, CatalogueError, Offered
from xop.workspace import Problem, read_folder
from xop.workspace.acceptance import (
    Difference,
    accept,
    action_name,
    changed_lines,
    contract,
    contract_text,
    differences,
    hidden,
)
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.operations import FOLDER as OPERATIONS
from xop.workspace.operations import operations_text
from xop.workspace.problem import Document, Place, nearest
from xop.workspace.sources import Sources, gather
from xop.workspace.yamltree import read_yaml

_FOLDER = click.option(
    "--workspace", "folder", type=FOLDER, default=".", metavar="DIR", help="The workspace; here by default."
)


class Found(Struct, frozen=True):
    """A connection of a workspace, and what its other side offers now."""

    connection: Connection
    sources: Sources
    accepted: Operations | None
    differences: list[Difference]
    refused: dict[str, str]
    """Offered operations that nobody may accept, with the reason."""


@click.group(short_help="Accept what connections offer.")
def operations() -> None:
    """Accept what connections offer: definitions are kept word for word, and what changes is in quarantine.

    A tool, resource or prompt of an MCP server can be called only once its definition lies in operations/CONNECTION.yaml,
    and only as long as the server still says the same of it.
    """


@operations.command("import", short_help="Accept what a connection offers for the first time.")
@click.argument("connection")
@_FOLDER
@click.option("--actions", is_flag=True, help="Write a contract for each tool too, into actions/.")
@click.option(
    "--read", "reads", multiple=True, metavar="TOOL", help="A tool that changes nothing; every other is a write."
)
@click.option("--purpose", metavar="NAME", help="The purpose of the contracts; the only one by default.")
@answers
def import_operations(
    *, connection: str, folder: Path, actions: bool, reads: tuple[str, ...], purpose: str | None, output: Output
) -> None:
    """Write operations/CONNECTION.yaml with everything that CONNECTION offers, and contracts with --actions.

    Read what was written before you publish it: agents see what contracts say. Whether a tool only reads is for you to
    say; what a server says about that is not believed.
    """
    found = look(folder, connection)
    if found.accepted is not None and not actions:
        cause = f"{OPERATIONS}/{connection}.yaml is there already"
        raise CommandFailed(cause, f"see `xop operations diff {connection}`, then `xop operations accept {connection}`")
    accepted = found.accepted or accept(connection, None, found.differences)
    files, unfit = _contracts(found, accepted, set(reads), purpose) if actions else ({}, {})
    skipped = found.refused | unfit
    written = [] if found.accepted is not None else [_write(folder, accepted)]
    written += [_put(folder, path, text) for path, text in files.items() if not (folder / path).exists()]
    concealing = [each.name for each in found.differences if hidden(each.after)]

    def tell() -> None:
        for path in written:
            output.line(path)
        for name, cause in skipped.items():
            output.line(f"{name} was left out: {cause}", "yellow")
        for name in concealing:
            output.line(f"{name} holds characters that cannot be seen: look at it closely.", "yellow")
        output.line()
        output.line(f"Read what was written, then `xop check {folder}`.")

    output.answer({"files": written, "left_out": skipped, "hidden_characters": concealing}, tell)


@operations.command(short_help="Show what differs from what was accepted.")
@click.argument("connection")
@_FOLDER
@answers
def diff(*, connection: str, folder: Path, output: Output) -> None:
    """Show what CONNECTION offers otherwise than it was accepted; exit code 1 when anything differs."""
    found = look(folder, connection)

    def tell() -> None:
        for each in found.differences:
            output.line(f"{each.kind} {each.name}: {each.change}", "yellow")
            for line in changed_lines(each):
                output.line(f"  {line}")
            if hidden(each.after):
                output.line("  It holds characters that cannot be seen: look at it closely.", "red")
        for name, cause in found.refused.items():
            output.line(f"{name} cannot be accepted: {cause}", "red")
        if not found.differences:
            output.line("Everything is as it was accepted.", "green")
        else:
            output.line(f"`xop operations accept {connection}` takes it over.")

    document = {"differences": found.differences, "refused": found.refused}
    output.answer(document, tell)
    if found.differences:
        raise click.exceptions.Exit(REFUSED)


@operations.command("accept", short_help="Take over what differs.")
@click.argument("connection")
@click.argument("names", nargs=-1)
@_FOLDER
@answers
def accept_operations(*, connection: str, names: tuple[str, ...], folder: Path, output: Output) -> None:
    """Take over what CONNECTION offers otherwise, all of it or the NAMES given, into operations/CONNECTION.yaml.

    Publishing the workspace makes it rule.
    """
    found = look(folder, connection)
    _require_known(names, found)
    taken = [each for each in found.differences if not names or each.name in names]
    written = _write(folder, accept(connection, found.accepted, taken)) if taken else ""

    def tell() -> None:
        output.table(("kind", "name", "change"), [(it.kind, it.name, it.change) for it in taken], "Nothing differs.")
        if taken:
            output.line(f"Next: `xop check {folder}`, then `xop publish {folder}`.")

    accepted = [{"kind": each.kind, "name": each.name, "change": each.change} for each in taken]
    output.answer({"file": written or None, "accepted": accepted}, tell)


def look(folder: Path, name: str) -> Found:
    """Return a connection of a workspace and what differs there; raises CommandFailed when it cannot be asked."""
    read = read_folder(folder)
    problems: list[Problem] = list(read.problems)
    sources = gather(read.files, problems)
    item = sources.connections.get(name)
    if item is None:
        known = sorted(key for key, each in sources.connections.items() if each.value.adapter in _catalogues())
        raise CommandFailed(f"there is no connection {name!r} in {folder}", nearest(name, known))
    kind = ADAPTERS.get(item.value.adapter)
    if kind is None or not isinstance(kind, Catalogue):
        cause = f"the connection {name!r} is of the kind {item.value.adapter!r}, which has no catalogue"
        raise CommandFailed(cause, "name a connection of the kind mcp or a2a")
    mistakes = kind.check_connection(item.value)
    if mistakes:
        raise CommandFailed(f"connections.yaml, {name}: {mistakes[0].cause}", mistakes[0].remedy)
    offered = _offered(kind, item.value)
    held = sources.operations.get(name)
    accepted = held.value if held is not None else None
    found = differences(accepted, offered)
    causes = [(each, kind.unusable(each.kind, each.after) if each.after is not None else None) for each in found]
    refused = {each.name: cause for each, cause in causes if cause is not None}
    return Found(item.value, sources, accepted, [each for each, cause in causes if cause is None], refused)


def _catalogues() -> set[str]:
    return {name for name, kind in ADAPTERS.items() if isinstance(kind, Catalogue)}


def _offered(kind: Catalogue, connection: Connection) -> Offered:
    try:
        return asyncio.run(kind.offered(connection, environment))
    except CatalogueError as error:
        cause = f"the connection {connection.name!r} cannot be asked: {error}"
        raise CommandFailed(cause, "check its settings and the server", code=UNREACHABLE) from error


def _require_known(names: Sequence[str], found: Found) -> None:
    known = [each.name for each in found.differences]
    for name in names:
        if name in found.refused:
            raise CommandFailed(f"{name!r} cannot be accepted: {found.refused[name]}", "have the server corrected")
        if name not in known:
            raise CommandFailed(f"{name!r} does not differ from what was accepted", nearest(name, known))


def _contracts(
    found: Found, accepted: Operations, reads: Collection[str], purpose: str | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the contracts of all tools as files, and the tools that can have none with the reason."""
    for name in reads:
        if name not in accepted.tools:
            raise CommandFailed(f"there is no tool {name!r}", nearest(name, accepted.tools))
    chosen, files, unfit = _purpose(found.sources, purpose), dict[str, str](), dict[str, str]()
    for name, operation in accepted.tools.items():
        document = contract(accepted.name, operation.definition, "read" if name in reads else "write", chosen)
        path = f"actions/{action_name(name)}.yaml"
        cause = "another tool's contract has its name" if path in files else _misfit(document)
        if cause is None:
            files[path] = contract_text(document)
        else:
            unfit[name] = cause
    return files, unfit


def _purpose(sources: Sources, purpose: str | None) -> str:
    known = sorted(sources.purposes)
    if purpose is None and len(known) == 1:
        return known[0]
    if purpose is None:
        raise CommandFailed(
            "a contract needs a purpose", f"give --purpose with one of: {', '.join(known) or 'none yet'}"
        )
    if purpose not in known:
        raise CommandFailed(f"there is no purpose {purpose!r}", nearest(purpose, known))
    return purpose


def _misfit(document: Mapping[str, Any]) -> str | None:
    problems: list[Problem] = []
    place = Place(Document("", {}, {}))
    compile_schema(document["input"], place, problems)
    compile_schema(document.get("output", {}), place, problems)
    return problems[0].cause if problems else None


def _write(folder: Path, accepted: Operations) -> str:
    """Write an operations file; raises CommandFailed for definitions that no workspace file can hold."""
    text, problems = operations_text(accepted), list[Problem]()
    if read_yaml("", text, problems) is None or problems:
        cause = f"the definitions cannot be kept: {problems[0].cause if problems else 'they are no YAML'}"
        raise CommandFailed(cause, "accept fewer of them, by name")
    return _put(folder, f"{OPERATIONS}/{accepted.name}.yaml", text)


def _put(folder: Path, path: str, text: str) -> str:
    target = folder / path
    try:
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        cause = f"{target} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a folder this user may write to") from error
    return str(target)
