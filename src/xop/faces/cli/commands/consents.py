"""`xop consent` and `xop consents`: what a customer agrees to at any moment, changes of it, receipts and links."""

from pathlib import Path
from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.written_file import out_option, write_file

_CHANGES = ("grant", "withdraw", "object", "refuse")

_METHODS = ("web_form", "double_opt_in", "verbal", "api", "paper", "sms_keyword")


@click.command(short_help="Ask for consent, or record a change of it.")
@click.argument("customer", metavar="REF")
@click.option("--grant", metavar="PURPOSE", help="The customer agrees; needs --channel.")
@click.option("--withdraw", metavar="PURPOSE", help="The customer takes consent back.")
@click.option("--object", metavar="PURPOSE", help="The customer objects, whatever the legal basis.")
@click.option("--refuse", metavar="PURPOSE", help="The customer was asked and says no.")
@click.option("--channel", help="The channel; without one a change other than a grant holds for all.")
@click.option("--proof", help="A reference to the evidence, such as a form's version.")
@click.option("--method", type=click.Choice(_METHODS), help="How it is proven.")
@click.option("--indicated-by", metavar="WHO", help="Who said it, such as `guardian`; the customer by default.")
@click.option("--since", metavar="TIME", help="When a grant begins, as an RFC 3339 time. At once by default.")
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
            raise click.UsageError("every option but --at goes with --grant, --withdraw, --object or --refuse")
        with reach.door() as door:
            answer = door.get(path, **told)
        output.answer(answer, lambda: _tell_answers(answer, output))
        return
    change, purpose = changes[0]
    with reach.door(changes=True) as door:
        receipt = door.post(path, {"change": change, "purpose": purpose, **told})
    output.answer(receipt, lambda: output.line(f"Recorded for {receipt['customer']}, and durable."))


@click.group(short_help="Receipts of consent, and links to the customer's own page.")
def consents() -> None:
    """Receipts of consent, and links to the customer's own page."""


@consents.command(short_help="Give a signed receipt of consent.")
@click.argument("customer", metavar="REF")
@click.option("--purpose", required=True, help="The purpose it is about.")
@click.option("--channel", help="One channel; all by default.")
@click.option("--jws", "signed", is_flag=True, help="Print nothing but the signed form.")
@out_option("Write the signed form to this file.")
@reaches()
@answers
def receipt(
    *,
    customer: str,
    purpose: str,
    channel: str | None,
    signed: bool,
    out: Path | None,
    force: bool,
    reach: Reach,
    output: Output,
) -> None:
    """Give a receipt of everything the customer REF said about a purpose, as ISO/IEC TS 27560 has it, and signed."""
    with reach.door() as door:
        found = door.get(place("customers", customer, "consents", purpose, "receipt"), channel=channel)
    if out is not None:
        write_file(out, found["jws"] + "\n", force=force)
    if signed:
        output.answer(found, lambda: output.line(found["jws"]))
    else:
        output.answer(found, lambda: _tell_receipt(found, output))


@consents.command(short_help="Make a link to the customer's own page.")
@click.argument("customer", metavar="REF")
@click.option("--purpose", help="With --channel: also a link that ends this purpose there by one request.")
@click.option("--channel", help="The channel of --purpose.")
@reaches()
@answers
def link(*, customer: str, purpose: str | None, channel: str | None, reach: Reach, output: Output) -> None:
    """Make a link to the page on which the customer REF sees and changes what they agree to.

    It is for the customer alone: whoever holds it can change their consent.
    """
    if (purpose is None) != (channel is None):
        raise click.UsageError("--purpose and --channel go together")
    wish = {name: value for name, value in (("purpose", purpose), ("channel", channel)) if value is not None}
    with reach.door() as door:
        found = door.post(place("customers", customer, "preferences"), wish)
    output.answer(found, lambda: output.fields(found))


def _tell_receipt(found: dict[str, Any], output: Output) -> None:
    told = found["receipt"]
    record = told["dpv:hasRecordOfActivity"]
    purpose = record["dpv:hasProcess"]["dpv:hasPurpose"]
    output.fields(
        {
            "receipt": told["dct:identifier"],
            "made": told["dct:created"],
            "customer": record["dpv:hasDataSubject"]["dct:identifier"],
            "controller": record["dpv:hasDataController"]["dpv:hasName"],
            "purpose": f"{purpose['dct:identifier']} ({purpose['@type']})",
            "legal basis": record["dpv:hasProcess"]["dpv:hasLegalBasis"],
            "signed by": found["key"]["kid"],
        }
    )
    output.line()
    rows = [
        (each["dpv:isIndicatedAtTime"], each["xop:channel"], each["@type"], each.get("dct:valid"), each["dct:source"])
        for each in record["dpv:hasConsentStatus"]
    ]
    output.table(("at", "channel", "what", "until", "source"), rows, "Nothing was said.")
    output.line()
    states = [
        (each["xop:channel"], _yes(permitted=each["xop:permitted"]), each["xop:code"]) for each in record["xop:states"]
    ]
    output.table(("channel", "permitted now", "why"), states, "The purpose uses no channel.")


def _yes(*, permitted: bool) -> str:
    return "yes" if permitted else "no"


def _tell_answers(answer: dict[str, Any], output: Output) -> None:
    output.fields({"customer": answer["customer"], "at": answer["at"]})
    output.line()
    rows = []
    for each in answer["answers"]:
        record = each["record"] or {}
        permitted = _yes(permitted=each["permitted"])
        since = (record.get("at"), record.get("until"), record.get("source"), record.get("proof"))
        rows.append((each["purpose"], each["channel"], permitted, each["code"], each["basis"], *since))
    columns = ("purpose", "channel", "permitted", "why", "basis", "since", "until", "source", "proof")
    output.table(columns, rows, "The workspace declares no purpose.")
