"""`xop halt`, `xop resume` and `xop halts`: stopping what must not go on."""

from typing import Any

import click

from xop.faces.cli.options import Reach, answers, reaches
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


@click.command(short_help="List what is halted.")
@reaches()
@answers
def halts(*, reach: Reach, output: Output) -> None:
    """List what is halted, by whom and why."""
    with reach.door() as door:
        answer = door.get("/v1/halts")
    output.answer(answer, lambda: _tell(answer, output))


def _tell(answer: dict[str, Any], output: Output) -> None:
    rows = [(each["scope"], each["by"], each["at"], each["reason"]) for each in answer["halts"]]
    output.table(("halted", "by", "at", "reason"), rows, "Nothing is halted.")
