"""`xop consent`: what a customer agrees to at any moment, and changes of it."""

from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output

_CHANGES = ("grant", "withdraw", "object", "refuse")


@click.command(short_help="Ask for consent, or record a change of it.")
@click.argument("customer", metavar="REF")
@click.option("--grant", metavar="PURPOSE", help="The customer agrees; needs --channel.")
@click.option("--withdraw", metavar="PURPOSE", help="The customer takes consent back.")
@click.option("--object", metavar="PURPOSE", help="The customer objects, whatever the legal basis.")
@click.option("--refuse", metavar="PURPOSE", help="The customer was asked and says no.")
@click.option("--channel", help="The channel; without one a change other than a grant holds for all.")
@click.option("--proof", help="A reference to the evidence, such as a form's version.")
@click.option("--until", metavar="TIME", help="When a grant ends, as an RFC 3339 time.")
@click.option("--at", metavar="TIME", help="The moment asked about, or at which the customer said so. Now by default.")
@reaches()
@answers
def consent(*, customer: str, reach: Reach, output: Output, **given: str | None) -> None:
    """Ask what the customer REF agrees to, or record a change of it.

    What was recorded is never overwritten: --at answers for any past moment. PURPOSE may be `promotional`, for all that are.
    """
    changes = [(name, purpose) for name in _CHANGES if (purpose := given.pop(name)) is not None]
    if len(changes) > 1:
        raise click.UsageError("record one change at a time: --grant, --withdraw, --object or --refuse")
    path = place("customers", customer, "consents")
    told = {name: value for name, value in given.items() if value is not None}
    if not changes:
        if told.keys() - {"at"}:
            raise click.UsageError("--channel, --proof and --until go with --grant, --withdraw, --object or --refuse")
        with reach.door() as door:
            answer = door.get(path, **told)
        output.answer(answer, lambda: _tell_answers(answer, output))
        return
    change, purpose = changes[0]
    with reach.door(changes=True) as door:
        receipt = door.post(path, {"change": change, "purpose": purpose, **told})
    output.answer(receipt, lambda: output.line(f"Recorded for {receipt['customer']}, and durable."))


def _tell_answers(answer: dict[str, Any], output: Output) -> None:
    output.fields({"customer": answer["customer"], "at": answer["at"]})
    output.line()
    rows = []
    for each in answer["answers"]:
        record = each["record"] or {}
        permitted = "yes" if each["permitted"] else "no"
        since = (record.get("at"), record.get("until"), record.get("source"), record.get("proof"))
        rows.append((each["purpose"], each["channel"], permitted, each["code"], each["basis"], *since))
    columns = ("purpose", "channel", "permitted", "why", "basis", "since", "until", "source", "proof")
    output.table(columns, rows, "The workspace declares no purpose.")
