"""`xop legal-hold`: why a customer's data must be kept."""

from typing import Any

import click

from xop.faces.cli.door import Door, place
from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output
from xop.kernel.erasure.model import HOLD_GROUNDS

_COLUMNS = ("legal hold", "ground", "by", "at", "until", "detail")


@click.group("legal-hold", short_help="Impose, lift and list legal holds.")
def legal_hold() -> None:
    """Impose, lift and list legal holds: grounds on which a customer's data must be kept, whatever is asked for."""


@legal_hold.command("list", short_help="List what keeps customers' data.")
@click.argument("customer", metavar="REF", required=False)
@click.option("--after", default="", metavar="ID", help="Go on where the last list ended.")
@paged(200)
@reaches()
@answers
def list_command(*, customer: str | None, after: str, limit: int, reach: Reach, output: Output) -> None:
    """List what keeps the data of the customer REF; without REF, everybody whose data must be kept."""
    with reach.door() as door:
        if customer is None:
            everybody = _all(door, after, limit)
            output.answer(everybody, lambda: _tell_all(everybody, output))
            return
        answer = door.get(place("customers", customer, "legal-holds"))
    output.answer(answer, lambda: _tell(answer, output))


def _all(door: Door, after: str, limit: int) -> dict[str, Any]:
    """Look through everybody, page by page, until there are enough legal holds."""
    found: dict[str, Any] = {"customers": [], "unread": [], "next": after}
    while found["next"] is not None and limit > 0:
        page = door.get("/v1/legal-holds", after=found["next"] or None, limit=limit)
        limit -= sum(len(each["holds"]) for each in page["customers"])
        found = {name: found[name] + page[name] for name in ("customers", "unread")} | {"next": page["next"]}
    return found


@legal_hold.command(short_help="Impose a legal hold.")
@click.argument("customer", metavar="REF")
@click.argument("hold", metavar="NAME")
@click.option("--ground", type=click.Choice(HOLD_GROUNDS), required=True, help="Why the law has it kept.")
@click.option("--detail", help="What there is to say beyond that, for people; it stays out of the log.")
@click.option("--until", help="When it ends by itself, as an RFC 3339 time.")
@click.option("--idempotency-key", metavar="KEY", help="Names the request: made again with it, it counts once.")
@reaches()
@answers
def impose(
    *, customer: str, hold: str, reach: Reach, output: Output, idempotency_key: str | None, **given: Any
) -> None:
    """Keep the data of the customer REF for a ground; NAME is what the hold is called, such as the number of a case."""
    body = {"name": hold, **{name: value for name, value in given.items() if value}}
    with reach.door(changes=True) as door:
        answer = door.post(place("customers", customer, "legal-holds"), body, key=idempotency_key)
    output.answer(answer, lambda: _tell(answer, output))


@legal_hold.command(short_help="Lift a legal hold.")
@click.argument("customer", metavar="REF")
@click.argument("hold", metavar="NAME")
@click.option("--reason", default="", help="Why, for the record.")
@click.option("--idempotency-key", metavar="KEY", help="Names the request: made again with it, it counts once.")
@reaches()
@answers
def lift(*, customer: str, hold: str, reason: str, idempotency_key: str | None, reach: Reach, output: Output) -> None:
    """End the legal hold NAME of the customer REF before its time."""
    with reach.door(changes=True) as door:
        path = place("customers", customer, "legal-holds", hold, "lifting")
        answer = door.post(path, {"reason": reason}, key=idempotency_key)
    output.answer(answer, lambda: _tell(answer, output))


def _tell(answer: dict[str, Any], output: Output) -> None:
    output.table(_COLUMNS, map(_row, answer["holds"]), "Nothing keeps this customer's data.")


def _tell_all(answer: dict[str, Any], output: Output) -> None:
    rows = [(each["customer"], *_row(hold)) for each in answer["customers"] for hold in each["holds"]]
    output.table(("customer", *_COLUMNS), rows, "Nothing keeps anybody's data.")
    for part in answer["unread"]:
        output.note(f"What is kept of {part} is damaged: nobody can say what keeps it.")
    if answer["next"] is not None:
        output.note(f"More with `xop legal-hold list --after {answer['next']}`.")


def _row(hold: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(hold[name] for name in ("name", "ground", "by", "at", "until", "detail"))
