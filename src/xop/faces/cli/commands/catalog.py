"""`xop catalog`: the actions there are, what changed of them, and whether they fit what carries them out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from xop.assembly import contracts
from xop.faces.cli.door import place
from xop.faces.cli.failure import REFUSED, CommandFailed
from xop.faces.cli.options import FOLDER, Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.probe import Probe, probe
from xop.faces.cli.source import checked
from xop.faces.cli.values import named_values
from xop.faces.http.routes.catalogue import catalogue, detail
from xop.kernel.actions.model import Action
from xop.kernel.release import Release
from xop.workspace import read_folder
from xop.workspace.compatibility import ContractChange, contract_changes
from xop.workspace.core_actions import bound_text, core_actions
from xop.workspace.operations import yaml_text
from xop.workspace.problem import nearest
from xop.workspace.sources import gather

_HERE = click.option(
    "--workspace", "folder", type=FOLDER, default=".", metavar="DIR", help="The workspace; here by default."
)
_INSTEAD = click.option(
    "--workspace", "folder", type=FOLDER, metavar="DIR", help="Read this folder instead of asking a platform."
)


@click.group(short_help="List, compare and test actions.")
def catalog() -> None:
    """The catalogue: what can be done to or for a customer, as contracts that stay while systems change."""


@catalog.command("list", short_help="List the actions there are.")
@_INSTEAD
@click.option("--starter", is_flag=True, help="List the contracts that `xop catalog add` can add.")
@reaches()
@answers
def list_actions(*, folder: Path | None, starter: bool, reach: Reach, output: Output) -> None:
    """List the actions of the release that rules, deprecated ones last."""
    if starter:
        known = core_actions()
        rows = [(name, each.kind, each.risk, each.reversible_by, each.description) for name, each in known.items()]
        output.answer(
            {"actions": msgspec.to_builtins(list(known.values()))},
            lambda: output.table(("action", "kind", "risk", "undone by", "description"), rows, ""),
        )
        return
    if folder is not None:
        answer = msgspec.to_builtins(catalogue(sound(folder)))
    else:
        with reach.door() as door:
            answer = door.get("/v1/catalog")
    output.answer(answer, lambda: _tell_list(answer["actions"], output))


def _tell_list(actions: list[dict[str, Any]], output: Output) -> None:
    rows = [
        (
            each["name"],
            each["version"],
            each["kind"],
            each["risk"],
            f"{each['adapter']} {each['connection']}",
            each.get("health", ""),
            _deprecated(each.get("deprecated")),
        )
        for each in actions
    ]
    columns = ("action", "version", "kind", "risk", "carried out by", "health", "deprecated")
    output.table(columns, rows, "The workspace has no actions.")


def _deprecated(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return ""
    return f"since {told['since']}" + (f", use {told['use']}" if told.get("use") else "")


@catalog.command(short_help="Show an action with all there is to know about it.")
@click.argument("action")
@_INSTEAD
@reaches()
@answers
def show(*, action: str, folder: Path | None, reach: Reach, output: Output) -> None:
    """Show the contract of the ACTION, the facts it needs, the policies that name it and who is granted it."""
    if folder is not None:
        release = sound(folder)
        answer = msgspec.to_builtins(detail(release, known_action(release, action).name))
    else:
        with reach.door() as door:
            answer = door.get(place("catalog", action))
    output.answer(answer, lambda: _tell_detail(answer, output))


def _tell_detail(answer: dict[str, Any], output: Output) -> None:
    for line in yaml_text(answer["action"]["contract"]).splitlines():
        output.line(line)
    output.line()
    output.fields(
        {
            "health": answer["action"].get("health"),
            "granted to": answer["granted"],
            "undoes": answer["reversed_by"],
            "facts": [f"{each['name']} = {each['value']}" for each in answer["facts"]],
        }
    )
    rows = [(each["id"], each["effect"], each["message"]) for each in answer["policies"]]
    output.table(("policy", "effect", "says"), rows, "No policy names it; those that name no action hold for it too.")


@catalog.command(short_help="Show what changed of contracts.")
@click.argument("other")
@_HERE
@reaches()
@answers
def diff(*, other: str, folder: Path, reach: Reach, output: Output) -> None:
    """Show what the workspace changes of the contracts in OTHER: another workspace's folder, or a release's digest.

    Exit code 1 when a contract breaks callers under the version that they know.
    """
    now = contracts(sound(folder))
    changes = contract_changes(_contracts_of(other, reach), now)
    output.answer({"changes": [_document(each) for each in changes]}, lambda: _tell_changes(changes, output))
    if any(each.unannounced for each in changes):
        raise click.exceptions.Exit(REFUSED)


def _contracts_of(other: str, reach: Reach) -> dict[str, Action]:
    if Path(other).is_dir():
        return contracts(sound(Path(other)))
    with reach.door() as door:
        answer = door.get("/v1/catalog", release=None if other == "active" else other, contracts="true")
    return {each["name"]: msgspec.convert(each["contract"], Action) for each in answer["actions"]}


def _document(change: ContractChange) -> dict[str, Any]:
    return {**msgspec.to_builtins(change), "unannounced": change.unannounced}


def _tell_changes(changes: list[ContractChange], output: Output) -> None:
    for each in changes:
        versions = " → ".join(str(version) for version in (each.before, each.after) if version)
        style = {"breaking": "yellow", "gone": "yellow"}.get(each.change, "")
        output.line(f"{each.action} {versions}: {each.change}", style)
        for text in (*each.breaks, *each.differs):
            output.line(f"  {text}")
        if each.unannounced:
            output.line(f"  Raise its `version` above {each.before}, or change it so that callers still fit.", "red")
    if not changes:
        output.line("No contract differs.", "green")


@catalog.command(short_help="Hold an action against what carries it out.")
@click.argument("action")
@_HERE
@click.option("--arg", "pairs", multiple=True, metavar="NAME=VALUE", help="An argument; may be repeated.")
@click.option(
    "--customer", "identifiers", multiple=True, metavar="NAMESPACE:VALUE", help="An identifier of the customer."
)
@answers
def test(*, action: str, folder: Path, pairs: tuple[str, ...], identifiers: tuple[str, ...], output: Output) -> None:
    """Test the ACTION of a workspace against its connection, which secrets of the environment open.

    A read is made, and its answer held against the contract. Anything else is only rendered; of an MCP tool it is also
    said whether the server still offers what was accepted, and of a Python function whether it takes the arguments.
    Exit code 1 when something does not fit.
    """
    release = sound(folder)
    compiled = release.actions[known_action(release, action).name]
    found = probe(release, compiled, named_values(pairs, "--arg"), identifiers, folder)
    output.answer(found, lambda: _tell_probe(found, output))
    if found.problems:
        raise click.exceptions.Exit(REFUSED)


def _tell_probe(found: Probe, output: Output) -> None:
    output.fields({"action": found.action, "request": found.request, "sent": found.result, "output": found.output})
    for problem in found.problems:
        output.line(problem, "red")
    if not found.problems:
        output.line("It fits." if found.result else "It fits, as far as can be said without doing it.", "green")


@catalog.command(short_help="Add contracts of core service actions.")
@click.argument("names", nargs=-1, required=True)
@_HERE
@click.option("--connection", required=True, metavar="NAME", help="The connection to bind them to.")
@click.option("--purpose", metavar="NAME", help="Their purpose; `service` by default.")
@answers
def add(*, names: tuple[str, ...], folder: Path, connection: str, purpose: str | None, output: Output) -> None:
    """Add contracts of the starter catalogue to a workspace, and those of the actions that undo them.

    Each gets a request in the form that the connection's adapter reads: look it over before you publish it.
    """
    sources = gather(read_folder(folder).files, [])
    bound = sources.connections.get(connection)
    if bound is None:
        raise CommandFailed(
            f"there is no connection {connection!r} in {folder}", nearest(connection, sources.connections)
        )
    wanted = purpose or "service"
    if wanted not in sources.purposes:
        raise CommandFailed(f"there is no purpose {wanted!r} in {folder}", "give --purpose with one of purposes.yaml")
    written, kept = [], []
    for name in _with_reversals(names):
        path = folder / "actions" / f"{name}.yaml"
        if path.exists() or name in sources.actions:
            kept.append(name)
            continue
        _write(path, bound_text(name, bound.value, wanted))
        written.append(str(path))

    def tell() -> None:
        for path in written:
            output.line(path)
        for name in kept:
            output.line(f"{name} is there already and stays as it is.", "yellow")
        output.line(f"Look the requests over, then `xop check {folder}` and `xop catalog test NAME`.")

    output.answer({"files": written, "kept": kept}, tell)


def _with_reversals(names: tuple[str, ...]) -> list[str]:
    known = core_actions()
    found: list[str] = []
    for name in names:
        if name not in known:
            raise CommandFailed(f"there is no contract {name!r} to add", nearest(name, known))
        found += [each for each in (name, known[name].reversible_by) if each is not None and each not in found]
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        cause = f"{path} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a folder this user may write to") from error


def sound(folder: Path) -> Release:
    """Return the release of a workspace; raises CommandFailed when it has problems."""
    found = checked(folder)
    if isinstance(found, list):
        cause = f"the workspace in {folder} has {len(found)} problem{'' if len(found) == 1 else 's'}: {found[0].cause}"
        raise CommandFailed(cause, f"list them with `xop check {folder}`")
    return found


def known_action(release: Release, name: str) -> Action:
    """Return an action of a release; raises CommandFailed for a name it does not have."""
    compiled = release.actions.get(name)
    if compiled is None:
        raise CommandFailed(f"there is no action {name!r}", nearest(name, release.actions))
    return compiled.action
