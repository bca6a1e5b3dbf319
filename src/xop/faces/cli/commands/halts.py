"""`xop halt`, `xop resume` and `xop halts`: stopping what must not go on."""

from shlex import quote
from typing import Any

import click

from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output


@click.command(short_help="Halt an agent, an action, a connection or everything.")
@click.argument("scope")
@click.option("--reason", default="", help="Why, for the record and for whoever resumes it.")
@reaches()
@answers
def halt(*, scope: str, reason: str, reach: Reach, output: Output) -> None:
    """Halt SCOPE at once: `all`, or `agent:`, `action:` or `connection:` and a name.

    What is proposed from now on is denied; what was permitted before waits until a second person resumes it.
    """
    with reach.door(changes=True) as door:
        answer = door.post("/v1/halts", {"scope": scope, "reason": reason})
    output.answer(answer, lambda: _tell(answer, output))


@click.command(short_help="Let what was halted go on.")
@click.argument("scope")
@click.option("--reason", default="", help="Why, for the record.")
@reaches()
@answers
def resume(*, scope: str, reason: str, reach: Reach, output: Output) -> None:
    """Let SCOPE go on, as another person than halted it."""
    with reach.door(changes=True) as door:
        answer = door.post("/v1/halts/resumption", {"scope": scope, "reason": reason})
    output.answer(answer, lambda: _tell(answer, output))


@click.command(short_help="List what is halted, or was.")
@click.option("--history", is_flag=True, help="List halts and resumptions instead, newest first.")
@click.option("--scope", help="Of the history: only what halted or resumed this.")
@click.option("--before", type=int, metavar="POSITION", help="Of the history: go on before this position.")
@paged(500)
@reaches()
@answers
def halts(*, history: bool, limit: int, reach: Reach, output: Output, **asked: Any) -> None:
    """List what is halted, by whom and why; or who halted and resumed what."""
    if not history and any(value is not None for value in asked.values()):
        raise click.UsageError("--scope and --before go with --history")
    with reach.door() as door:
        answer = door.get("/v1/halts/history", limit=limit, **asked) if history else door.get("/v1/halts")
    output.answer(answer, lambda: _tell_history(answer, asked["scope"], output) if history else _tell(answer, output))


def _tell_history(answer: dict[str, Any], scope: str | None, output: Output) -> None:
    rows = [(each["scope"], each["what"], each["by"], each["at"], each["reason"]) for each in answer["changes"]]
    nothing = "None so far: not all were looked through." if answer["next"] else "Nothing was halted."
    output.table(("scope", "was", "by", "at", "reason"), rows, nothing)
    if answer["next"]:
        given = f" --scope {quote(scope)}" if scope else ""
        output.note(f"More: `xop halts --history{given} --before {answer['next']}`.")


def _tell(answer: dict[str, Any], output: Output) -> None:
    rows = [(each["scope"], each["by"], each["at"], each["reason"]) for each in answer["halts"]]
    output.table(("halted", "by", "at", "reason"), rows, "Nothing is halted.")
