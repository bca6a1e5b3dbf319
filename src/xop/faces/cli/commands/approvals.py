"""`xop approvals`, `xop approve`, `xop refuse` and `xop withdraw`: what waits for a person's word, and the word itself."""

from typing import Any

import click

from xop.faces.cli.commands.proposals import ruling_told
from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.values import named_values


@click.command(short_help="List what waits for an approval, or look at one request.")
@click.argument("invocation", required=False)
@click.option("--all", "everything", is_flag=True, help="Also what somebody else must answer.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many to list.")
@click.option("--after", metavar="INVOCATION", help="List what comes behind this one.")
@reaches()
@answers
def approvals(
    *, invocation: str | None, everything: bool, limit: int, after: str | None, reach: Reach, output: Output
) -> None:
    """List what waits for your approval; with an INVOCATION show all there is to know about it."""
    with reach.door() as door:
        if invocation is not None:
            found = door.get(place("approvals", invocation))
            output.answer(found, lambda: _tell_one(found, output))
            return
        listed = door.get("/v1/approvals", all="true" if everything else None, limit=limit, after=after)
    output.answer(listed, lambda: _tell_list(listed, output))


@click.command(short_help="Approve a held invocation.")
@click.argument("invocation")
@click.option("--note", default="", help="A remark for the record.")
@click.option("--binding", default="", metavar="DIGEST", help="The binding you looked at; by default the present one.")
@click.option(
    "--arg",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Approve this instead; may be repeated. It becomes your own proposal, with the other arguments as they were asked.",
)
@reaches()
@answers
def approve(*, invocation: str, note: str, binding: str, pairs: tuple[str, ...], reach: Reach, output: Output) -> None:
    """Approve a held INVOCATION; the rules have the last word even then.

    What is approved is exactly what `xop approvals INVOCATION` shows: should it have changed since, the approval is
    refused.
    """
    with reach.door(changes=True) as door:
        body: dict[str, Any] = {"approved": True, "note": note, "binding": binding}
        if pairs or not binding:
            shown = door.get(place("approvals", invocation))
            body["binding"] = binding or shown["binding"]
            if pairs:
                body["arguments"] = shown["arguments"] | named_values(pairs, "--arg")
        answer = door.post(place("invocations", invocation, "approval"), body)
    output.answer(answer, lambda: _tell_answer(answer, output))


@click.command(short_help="Refuse a held invocation: it is over.")
@click.argument("invocation")
@click.option("--note", default="", help="A remark for the record.")
@reaches()
@answers
def refuse(*, invocation: str, note: str, reach: Reach, output: Output) -> None:
    """Refuse a held INVOCATION: it is over."""
    with reach.door(changes=True) as door:
        answer = door.post(place("invocations", invocation, "approval"), {"approved": False, "note": note})
    output.answer(answer, lambda: _tell_answer(answer, output))


@click.command(short_help="Take back a proposal of your own that has not started.")
@click.argument("invocation")
@reaches()
@answers
def withdraw(*, invocation: str, reach: Reach, output: Output) -> None:
    """Take back a proposal of your own, its INVOCATION being held or queued."""
    with reach.door(changes=True) as door:
        answer = door.post(place("invocations", invocation, "withdrawal"), {})
    output.answer(answer, lambda: output.fields({"invocation": answer["invocation"], "status": answer["status"]}))


def _tell_list(listed: dict[str, Any], output: Output) -> None:
    rows = [
        (
            each["invocation"],
            each["action"],
            each["customer"],
            each["actor"],
            " ".join(each["reasons"]),
            each["answer_by"],
            f"{len(each['approved_by'])} of {each['people']}",
            ", ".join(each["approvers"]),
        )
        for each in listed["approvals"]
    ]
    columns = ("invocation", "action", "customer", "asked by", "because", "answer by", "approved", "who may")
    output.table(columns, rows, "Nothing waits for your approval.")
    if rows:
        output.line("Look at one with `xop approvals INVOCATION`, then `xop approve` or `xop refuse` it.")
    if listed["next"]:
        output.line(f"There is more: add --after {listed['next']}.")


def _tell_one(found: dict[str, Any], output: Output) -> None:
    output.fields(
        {
            "invocation": found["invocation"],
            "action": f"{found['action']}: {found['description']}",
            "arguments": found["arguments"],
            "for": found["customer"],
            "asked by": found["actor"],
            "purpose": found["purpose"],
            "risk": found["risk"],
            "goes to": found["address"],
            "because": found["reasons"],
            "who may": found["approvers"],
            "approved by": found["approved_by"],
            "people needed": found["people"],
            "answer by": found["answer_by"],
            "binding": found["binding"],
        }
    )
    output.line(f"Next: `xop approve {found['invocation']}` or `xop refuse {found['invocation']}`.")
    output.line(f"Why: `xop explain {found['decision']}`.")


def _tell_answer(answer: dict[str, Any], output: Output) -> None:
    ruling = ruling_told(answer["ruling"]) if "ruling" in answer else {}
    told = {"invocation": answer["invocation"], "status": answer["status"], **ruling}
    output.fields(told | {"in its place": answer.get("successor")})
    approved, people = len(answer.get("approved_by", ())), answer.get("people", 1)
    if answer["status"] == "held" and approved < people:
        output.line(f"{approved} of {people}: another person must approve.")
    if answer.get("successor"):
        output.line(f"What became of it: `xop explain {answer['successor']}`.")
