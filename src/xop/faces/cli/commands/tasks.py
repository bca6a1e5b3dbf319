"""`xop tasks`, `xop complete` and `xop reverse`: what people carry out, and undoing what was carried out."""

from typing import Any

import click

from xop.faces.cli.commands.proposals import ruling_told
from xop.faces.cli.door import place
from xop.faces.cli.failure import REFUSED
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.values import json_object, named_values


@click.command(short_help="List what people are to carry out, or look at one task.")
@click.argument("invocation", required=False)
@click.option("--all", "everything", is_flag=True, help="Also what is for somebody else.")
@click.option("--queue", metavar="NAME", help="Only the tasks of a queue.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many to list.")
@click.option("--after", metavar="INVOCATION", help="List what comes behind this one.")
@reaches()
@answers
def tasks(*, invocation: str | None, everything: bool, reach: Reach, output: Output, **asked: Any) -> None:
    """List the tasks that are yours to carry out; with an INVOCATION show all there is to know about one."""
    with reach.door() as door:
        if invocation is not None:
            found = door.get(place("tasks", invocation))
            output.answer(found, lambda: _tell_one(found, output))
            return
        listed = door.get("/v1/tasks", all="true" if everything else None, **asked)
    output.answer(listed, lambda: _tell_list(listed, output))


@click.command(short_help="Say what came of a task.")
@click.argument("invocation")
@click.option("--choice", metavar="OPTION", help="The answer, where the task gives options.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A field of the output; may be repeated.")
@click.option("--output", "written", metavar="JSON", help="The whole output as a JSON object.")
@click.option("--failed", is_flag=True, help="It could not be done.")
@click.option("--note", default="", help="A remark for the record; of what could not be done, why.")
@reaches()
@answers
def complete(
    *,
    invocation: str,
    choice: str | None,
    pairs: tuple[str, ...],
    written: str | None,
    reach: Reach,
    output: Output,
    **given: Any,
) -> None:
    """Say that the task of an INVOCATION was carried out, and what came of it; or with --failed that it cannot be."""
    body: dict[str, Any] = {"done": not given["failed"], "note": given["note"]}
    fields = json_object(written, "--output") if written is not None else {}
    fields |= named_values(pairs, "--set") | ({"choice": choice} if choice is not None else {})
    if fields:
        body["output"] = fields
    with reach.door(changes=True) as door:
        answer = door.post(place("tasks", invocation, "completion"), body)
    status = "failed" if given["failed"] else "done"
    output.answer(answer, lambda: output.fields({"invocation": invocation, "status": status}))


@click.command(short_help="Undo what was carried out.")
@click.argument("invocation")
@click.option("--conversation", help="The interaction in which it is asked for.")
@reaches()
@answers
def reverse(*, invocation: str, conversation: str | None, reach: Reach, output: Output) -> None:
    """Propose what undoes an INVOCATION that was carried out, and print the verdict.

    The contract of its action names the action that undoes it and where its arguments come from. Exit code 1 when it is
    denied.
    """
    body = {"conversation": conversation} if conversation else {}
    with reach.door(changes=True) as door:
        answer = door.post(place("invocations", invocation, "reversal"), body)

    def tell() -> None:
        output.fields({"verdict": answer["verdict"], "action": answer["action"], **ruling_told(answer)})
        output.fields({"invocation": answer["invocation"], "reverses": answer["reverses"]})
        output.line(f"Why: `xop explain {answer['decision']}`.")

    output.answer(answer, tell)
    if answer["verdict"] == "deny":
        raise click.exceptions.Exit(REFUSED)


def _tell_list(listed: dict[str, Any], output: Output) -> None:
    rows = [
        (each["invocation"], each["action"], each["question"], each["due"], each["queue"] or ", ".join(each["roles"]))
        for each in listed["tasks"]
    ]
    output.table(("invocation", "action", "what is to be done", "due", "for"), rows, "No task waits for you.")
    if rows:
        output.line("Look at one with `xop tasks INVOCATION`, then `xop complete` it.")
    if listed["next"]:
        output.line(f"There is more: add --after {listed['next']}.")


def _tell_one(found: dict[str, Any], output: Output) -> None:
    output.fields(
        {
            "invocation": found["invocation"],
            "action": found["action"],
            "what is to be done": found["question"],
            "arguments": found["arguments"],
            "for": found["customer"],
            "asked by": found["actor"],
            "options": found["options"],
            "output": found["output"],
            "who may": found["roles"],
            "due": found["due"],
        }
    )
    output.line(f"Next: `xop complete {found['invocation']}`, or with --failed when it cannot be done.")
