"""`xop outbox`, `xop dead-letters` and `xop reconcile`: requests on their way, and those that wait for a person."""

from typing import Any, get_args

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output
from xop.ports.outbox import OutboxState

_COLUMNS = ("invocation", "state", "action", "connection", "customer", "due", "attempt", "detail")


@click.command(short_help="List requests to the outside.")
@click.option("--state", type=click.Choice(get_args(OutboxState)), help="Only requests in this state.")
@click.option("--after", metavar="INVOCATION", help="Go on after this one.")
@paged(500)
@reaches()
@answers
def outbox(*, state: str | None, after: str | None, limit: int, reach: Reach, output: Output) -> None:
    """List the requests to the outside, whatever came of them."""
    with reach.door() as door:
        page = door.get("/v1/outbox", state=state, after=after, limit=limit)
    output.answer(page, lambda: _tell_page(page, "outbox", "No requests.", output))


@click.command(name="dead-letters", short_help="List requests that wait for a person.")
@click.option("--after", metavar="INVOCATION", help="Go on after this one.")
@paged(500)
@reaches()
@answers
def dead_letters(*, after: str | None, limit: int, reach: Reach, output: Output) -> None:
    """List the requests that failed, and those of which nobody knows whether they arrived."""
    with reach.door() as door:
        page = door.get("/v1/dead-letters", after=after, limit=limit)

    def tell() -> None:
        _tell_page(page, "dead-letters", "No dead letters.", output)
        if page["requests"]:
            output.line("Next: `xop reconcile INVOCATION resend`, `done` or `drop`.")

    output.answer(page, tell)


@click.command(short_help="Settle a dead letter.")
@click.argument("invocation")
@click.argument("choice", type=click.Choice(("resend", "done", "drop")))
@click.option("--note", default="", help="A remark for the record.")
@reaches()
@answers
def reconcile(*, invocation: str, choice: str, note: str, reach: Reach, output: Output) -> None:
    """Settle a dead letter: send it again, take it as done, or give it up.

    Sending it again is judged by the rules once more.
    """
    with reach.door(changes=True) as door:
        answer = door.post(place("outbox", invocation, "reconcile"), {"choice": choice, "note": note})

    def tell() -> None:
        output.fields({"invocation": answer["invocation"], "state": answer["state"]})
        ruling = answer.get("ruling")
        if ruling is not None:
            output.fields({"verdict": ruling["verdict"], "rule": ruling["code"], "because": ruling["reasons"]})

    output.answer(answer, tell)


def _tell_page(page: dict[str, Any], command: str, empty: str, output: Output) -> None:
    output.table(_COLUMNS, [[each[name] for name in _COLUMNS] for each in page["requests"]], empty)
    if page["next"]:
        output.note(f"More: `xop {command} --after {page['next']}`.")
