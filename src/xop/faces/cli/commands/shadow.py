"""`xop shadow`: observing a workspace before it rules, and what agents and rules in shadow would have done."""

from pathlib import Path
from typing import Any

import click
import msgspec

from xop.faces.cli.commands.workspace import tell_problems
from xop.faces.cli.failure import REFUSED
from xop.faces.cli.options import FOLDER, Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.source import checked
from xop.workspace import read_folder

_PLACE = "/v1/shadow"
_COLUMNS = ("count", "in shadow", "action", "actor", "stage", "was", "would be", "differs in", "for instance")


@click.group(short_help="Observe a workspace, and see where it would decide otherwise.")
def shadow() -> None:
    """Observe a workspace before it rules, and see where it would decide otherwise.

    Agents and rules in shadow (`shadow: true` in agents.yaml, `@shadow("true")` on a rule) are in the same report.
    """


@shadow.command(short_help="Have a workspace decide everything once more.")
@click.argument("folder", type=FOLDER, default=".")
@reaches()
@answers
def start(*, folder: Path, reach: Reach, output: Output) -> None:
    """Have the workspace in FOLDER (here by default) decide once more whatever is decided; nothing follows from it.

    It takes the place of the one before, and stays in shadow over restarts until it is stopped.
    """
    found = checked(folder)
    if isinstance(found, list):
        document = {"ok": False, "problems": msgspec.to_builtins(found)}
        output.answer(document, lambda: tell_problems(found, output))
        raise click.exceptions.Exit(REFUSED)
    files = {path: content.decode() for path, content in read_folder(folder).files.items()}
    with reach.door(changes=True) as door:
        answer = door.post(_PLACE, {"files": files})
    output.answer(answer, lambda: _tell(answer, output))


@shadow.command(short_help="Say which workspace is observed.")
@reaches()
@answers
def status(*, reach: Reach, output: Output) -> None:
    """Say which workspace is observed, since when, and how much it decided otherwise."""
    with reach.door() as door:
        found = door.get(_PLACE)
    answer = {name: value for name, value in found.items() if name != "groups"}
    output.answer(answer, lambda: _tell(answer, output))


@shadow.command(short_help="List where what is in shadow would have decided otherwise.")
@reaches()
@answers
def report(*, reach: Reach, output: Output) -> None:
    """List where a workspace, agents and rules in shadow would have decided otherwise, the most frequent first."""
    with reach.door() as door:
        answer = door.get(_PLACE)

    def tell() -> None:
        _tell(answer, output)
        output.line()
        rows = [_row(each) for each in answer["groups"]]
        output.table(_COLUMNS, rows, "Nothing would have been decided otherwise.")
        _tell_unread(answer["groups"], output)
        if rows:
            output.line("Next: `xop explain DECISION`.")

    output.answer(answer, tell)


@shadow.command("stop", short_help="Observe no workspace any more.")
@reaches()
@answers
def stop(*, reach: Reach, output: Output) -> None:
    """Observe no workspace any more; what was found out stays in the report."""
    with reach.door(changes=True) as door:
        answer = door.post(f"{_PLACE}/end", {})
    output.answer(answer, lambda: _tell(answer, output))


def _row(group: dict[str, Any]) -> tuple[Any, ...]:
    subject = "release" if group["kind"] == "release" else f"{group['kind']} {group['subject'].removeprefix('agent:')}"
    names = ("action", "actor", "stage", "live", "shadow", "differs_in")
    return str(group["count"]), subject, *(group[name] for name in names), group["examples"][0]["decision"]


def _tell(answer: dict[str, Any], output: Output) -> None:
    found = answer["shadow"]
    if found is None:
        output.line("No workspace is observed, and none was.")
        return
    state = "observed" if answer["observing"] else ("not observed" if answer["fault"] else "no longer observed")
    output.fields(
        {
            "workspace": found["name"],
            "release": found["digest"],
            "state": state,
            "fault": answer["fault"],
            "set": f"{found['at']} by {found['by']}",
            "stopped": found["ended"],
            "decisions": _number(answer.get("decisions")),
            "otherwise": _number(answer.get("differing")),
            "waiting": _number(answer["waiting"] or None),
            "missed": _number(answer["missed"] or None),
        }
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _tell_unread(groups: list[dict[str, Any]], output: Output) -> None:
    names = sorted({name for each in groups for name in each["unread"]})
    if names:
        output.line(f"Not read for the workspace in shadow, and so unknown to it: {', '.join(names)}.")
