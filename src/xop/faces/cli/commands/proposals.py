"""`xop propose`: a wish, and the verdict on it."""

from typing import Any

import click

from xop.faces.cli.failure import REFUSED
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.values import named_values


@click.command(short_help="Propose an action and print the verdict.")
@click.argument("action")
@click.option(
    "--customer", required=True, metavar="REF", help="A customer's id, or an identifier as `namespace:value`."
)
@click.option(
    "--arg",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument; may be repeated. A value that reads as JSON is JSON, anything else text.",
)
@click.option("--purpose", help="Why; by default the action's own purpose.")
@click.option("--conversation", help="The interaction in which it is made.")
@click.option(
    "--wait", type=click.FloatRange(0, 30), default=0.0, metavar="SECONDS", help="Wait for the outcome so long."
)
@click.option(
    "--dry-run", is_flag=True, help="Only say what the verdict would be: it is recorded, and nothing is done."
)
@click.option("--idempotency-key", metavar="KEY", help="Names the proposal: made twice it counts once.")
@reaches()
@answers
def propose(*, action: str, customer: str, pairs: tuple[str, ...], reach: Reach, output: Output, **given: Any) -> None:
    """Propose an ACTION for a customer and print the verdict.

    Exit code 1 when it is denied; a proposal that is held is none. The same rules judge whoever proposes.
    """
    key, dry_run = given.pop("idempotency_key"), given.pop("dry_run")
    body = {"action": action, "customer": customer, "arguments": named_values(pairs, "--arg")}
    body |= {name: value for name, value in given.items() if value}
    if dry_run:
        body.pop("wait", None)
    with reach.door(changes=True) as door:
        answer = door.post("/v1/evaluations" if dry_run else "/v1/proposals", body, key=key)
    output.answer(answer, lambda: _tell_dry_run(answer, output) if dry_run else _tell_proposal(answer, output))
    if answer["verdict"] == "deny":
        raise click.exceptions.Exit(REFUSED)


def _tell_proposal(answer: dict[str, Any], output: Output) -> None:
    outcome = answer.get("outcome", {})
    output.fields(
        {
            "verdict": answer["verdict"],
            **ruling_told(answer),
            "customer": answer["customer"],
            "invocation": answer["invocation"],
            "outcome": outcome.get("status"),
            "detail": outcome.get("detail"),
            "output": outcome.get("output"),
        }
    )
    if answer.get("duplicate"):
        output.line("Proposed before: this is the first verdict again.")
    if answer.get("until") == "approval":
        output.line(f"Next: `xop approve {answer['invocation']}` or `xop refuse {answer['invocation']}`.")
    output.line(f"Why: `xop explain {answer['decision']}`.")


def _tell_dry_run(answer: dict[str, Any], output: Output) -> None:
    output.fields({"verdict": answer["verdict"], **ruling_told(answer)})
    output.line("This is what would be ruled; nothing was done.")
    output.line(f"Why: `xop explain {answer['decision']}`.")


def ruling_told(ruling: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict as a table tells it."""
    return {
        "rule": ruling["code"],
        "because": " ".join(ruling["reasons"]),
        "until": ruling.get("until"),
        "due": ruling.get("due"),
        "approvers": ruling.get("approvers"),
        "obligations": ruling.get("obligations"),
        "note": ruling.get("notices"),
    }
