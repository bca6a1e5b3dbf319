"""`xop legal-hold`: why a customer's data must be kept."""

from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output


@click.group("legal-hold", short_help="Impose, lift and list legal holds.")
def legal_hold() -> None:
    """Impose, lift and list legal holds: grounds on which a customer's data must be kept, whatever is asked for."""


@legal_hold.command("list", short_help="List what keeps a customer's data.")
@click.argument("customer", metavar="REF")
@reaches()
@answers
def list_command(*, customer: str, reach: Reach, output: Output) -> None:
    """List what keeps the data of the customer REF."""
    with reach.door() as door:
        answer = door.get(place("customers", customer, "legal-holds"))
    output.answer(answer, lambda: _tell(answer, output))


@legal_hold.command(short_help="Impose a legal hold.")
@click.argument("customer", metavar="REF")
@click.argument("hold", metavar="NAME")
@click.option("--ground", required=True, help="A code such as `legal_claims` or `legal_obligation`.")
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
    rows = [(each["name"], each["ground"], each["by"], each["at"], each["until"]) for each in answer["holds"]]
    output.table(("legal hold", "ground", "by", "at", "until"), rows, "Nothing keeps this customer's data.")
