"""`xop context`, `xop merge` and `xop unmerge`: one customer, and when two are one."""

from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output

_LISTS = {
    "circumstances": ("flag", "reference", "at", "source"),
    "intents": ("name", "status", "opened_at", "attempts", "returns"),
    "promises": ("id", "what", "status", "made_at", "due"),
    "conversations": ("id", "channel", "topic", "opened_at", "turns"),
    "assurance": ("level", "method", "by", "interaction", "until"),
    "invocations": ("id", "action", "status", "until", "actor", "purpose", "at"),
}
"""Parts of a context that are lists, with the columns worth showing."""


@click.command(short_help="Show what is true about a customer now.")
@click.argument("customer", metavar="REF")
@click.option("--purpose", metavar="NAME", help="What for, which says what is shown; the usual purpose by default.")
@reaches()
@answers
def context(*, customer: str, purpose: str | None, reach: Reach, output: Output) -> None:
    """Show what is true about the customer REF now, as far as the purpose may see it.

    REF is a customer's id, a former id, or an identifier as `namespace:value`.
    """
    with reach.door() as door:
        answer = door.get(place("customers", customer), purpose=purpose)
    output.answer(answer, lambda: _tell_context(answer, output))


def _tell_context(answer: dict[str, Any], output: Output) -> None:
    parts = answer["parts"] if len(answer["parts"]) > 1 else ""
    output.fields({"customer": answer["id"], "parts": parts, "since": answer["created_at"], "seen": answer["seen_at"]})
    _section("identifiers", output)
    rows = [(f"{each['namespace']}:{each['value']}", each["at"], each["source"]) for each in answer["identifiers"]]
    output.table(("identifier", "since", "source"), rows, "none")
    if answer["profile"]:
        _section("profile", output)
        known = [(name, each["value"], each["at"], each["source"]) for name, each in sorted(answer["profile"].items())]
        output.table(("field", "value", "since", "source"), known, "")
    counted = {name: count for name, count in answer["counters"].items() if count}
    if counted:
        _section("counters", output)
        output.table(("counter", "within its window"), sorted(counted.items()), "")
    for name, columns in _LISTS.items():
        if answer[name]:
            _section(name, output)
            output.table(columns, [[each[column] for column in columns] for each in answer[name]], "")
    output.line()
    output.fields({"contacts": f"{answer['contacts']} within the longest window of any cap"})
    if answer["left_out"]:
        output.fields(
            {"left out": f"{', '.join(answer['left_out'])} (not for the purpose {answer['purpose'] or 'none'})"}
        )


def _section(name: str, output: Output) -> None:
    output.line()
    output.line(name, "bold")


@click.command(short_help="Treat two customers as one person.")
@click.argument("keep")
@click.argument("other")
@click.option("--reason", default="", help="A remark for the record.")
@reaches()
@answers
def merge(*, keep: str, other: str, reason: str, reach: Reach, output: Output) -> None:
    """Treat the customer OTHER as the same person as KEEP.

    Each side's facts keep their origin, so that `xop unmerge` can undo it. A merge never widens consent.
    """
    with reach.door(changes=True) as door:
        gone = door.get(place("customers", other))["id"]
        receipt = door.post(place("identity", "merge"), {"keep": keep, "other": other, "reason": reason})

    def tell() -> None:
        output.line(f"{gone} is now part of {receipt['customer']}.")
        output.line(f"Undo it with `xop unmerge {receipt['customer']} {gone}`.")

    output.answer({**receipt, "other": gone}, tell)


@click.command(short_help="Undo a merge.")
@click.argument("customer")
@click.argument("other")
@click.option("--reason", default="", help="A remark for the record.")
@reaches()
@answers
def unmerge(*, customer: str, other: str, reason: str, reach: Reach, output: Output) -> None:
    """Give the part OTHER of a CUSTOMER back everything that was theirs.

    OTHER is the id of a part, as `xop context` lists them. No rule merges the two again.
    """
    with reach.door(changes=True) as door:
        body = {"customer": customer, "other": other, "reason": reason}
        receipt = door.post(place("identity", "unmerge"), body)
    output.answer(
        {**receipt, "other": other}, lambda: output.line(f"{receipt['customer']} and {other} are two customers again.")
    )
