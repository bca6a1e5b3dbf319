"""`xop retention`: how long each class of data is kept, and letting go of what is past its time."""

from typing import Any

import click

from xop.faces.cli.commands.erase import WAIT
from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output

_COLUMNS = ("class", "kept for", "would go", "oldest", "newest", "held", "required by law")


@click.group(short_help="Show and let go of what is past its time.")
def retention() -> None:
    """Show and let go of what is past its time by retention.yaml; the engine does so by itself once a day."""


@retention.command(short_help="Show what would go now.")
@reaches()
@answers
def plan(*, reach: Reach, output: Output) -> None:
    """Show exactly what would go now, and what must stay although its time is over; nothing goes."""
    with reach.door() as door:
        answer = door.get("/v1/retention")
    output.answer(answer, lambda: _tell_plan(answer, output))


@retention.command(short_help="Let go of what is past its time.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until it has gone.")
@click.option("--idempotency-key", metavar="KEY", help="Names the request: made again with it, it counts once.")
@reaches()
@answers
def run(*, yes: bool, wait: bool, idempotency_key: str | None, reach: Reach, output: Output) -> None:
    """Let go of what is past its time now; shows what that is before it asks whether to go on."""
    if not yes and output.as_json:
        raise click.UsageError("--json asks nobody: look at it with `xop retention plan`, then give --yes")
    with reach.door(changes=True) as door:
        if not yes:
            _tell_plan(door.get("/v1/retention"), output)
            _confirm()
        answer = door.post("/v1/retention/runs", {}, key=idempotency_key)
        while wait and answer["last"] is not None and answer["last"]["over"] is None:
            answer = door.get("/v1/retention/runs", wait=WAIT)
    output.answer(answer, lambda: _tell_run(answer["last"], output))


def _confirm() -> None:
    try:
        click.confirm("Let it go? It cannot be undone.", abort=True)
    except click.Abort as error:
        raise CommandFailed("nothing went", "give --yes where nobody can be asked") from error


def _tell_plan(answer: dict[str, Any], output: Output) -> None:
    rows = [
        (each["name"], each["period"], each["count"], each["oldest"], each["newest"], each["held"], each["required"])
        for each in answer["classes"]
    ]
    output.table(_COLUMNS, rows, "Everything is kept: the workspace has no retention.yaml.")
    if answer["last"] is not None or answer["next"] is not None:
        output.line()
        last = answer["last"] or {}
        output.fields({"last run": last.get("over") or last.get("begun"), "next run": answer["next"]})


def _tell_run(last: dict[str, Any] | None, output: Output) -> None:
    if last is None:
        output.line("Nothing has gone yet.")
        return
    output.fields({name: last[name] for name in ("run", "by", "begun", "over")})
    names = dict.fromkeys((*last["counts"], *last["held"], *last["required"]))
    rows = [
        (name, last["counts"].get(name, 0), last["held"].get(name, 0), last["required"].get(name, 0)) for name in names
    ]
    output.line()
    output.table(("class", "gone", "held", "required by law"), rows, "Nothing was past its time.")
