"""`xop facts`, `xop decisions` and `xop explain`: what happened, and why."""

from typing import Any

import click
import msgspec

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output
from xop.kernel.choices.facts import decision_of


@click.command(short_help="List facts, or follow them live.")
@click.argument("customer", metavar="[REF]", required=False)
@click.option("--after", metavar="ID", help="Go on after this fact.")
@click.option("--follow", is_flag=True, help="Print what becomes true from now on, until interrupted.")
@paged(1000)
@reaches()
@answers
def facts(*, customer: str | None, after: str | None, follow: bool, limit: int, reach: Reach, output: Output) -> None:
    """List facts in the order in which they became true, of the customer REF or of all.

    With --follow and --json every fact is one line of JSON.
    """
    with reach.door() as door:
        if follow:
            for fact in door.events("/v1/facts/stream", customer=customer, after=after):
                output.event(fact, "  ".join(_row(fact)))
            return
        page = door.get("/v1/facts", customer=customer, after=after, limit=limit)

    def tell() -> None:
        output.table(("id", "at", "customer", "fact", "by", "what"), map(_row, page["facts"]), "No facts.")
        if len(page["facts"]) == limit:
            output.note(f"More: `xop facts{f' {customer}' if customer else ''} --after {page['next']}`.")

    output.answer(page, tell)


@click.command(short_help="List decisions, newest first.")
@click.argument("customer", metavar="[REF]", required=False)
@click.option("--before", type=int, metavar="POSITION", help="Go on before this position.")
@click.option("--verdict", type=click.Choice(["permit", "deny", "hold"]), help="Only decisions that say this.")
@click.option("--actor", metavar="KIND:NAME", help="Only what this actor asked, such as agent:concierge.")
@click.option("--action", metavar="NAME", help="Only decisions on this action.")
@paged(500)
@reaches()
@answers
def decisions(
    *, customer: str | None, before: int | None, limit: int, reach: Reach, output: Output, **only: str | None
) -> None:
    """List decisions, newest first, on the customer REF or on all."""
    with reach.door() as door:
        page = door.get("/v1/decisions", customer=customer, before=before, limit=limit, **only)

    def tell() -> None:
        columns = ("decision", "at", "verdict", "rule", "action", "stage", "actor", "customer")
        names = ("decision", "at", "verdict", "code", "action", "stage", "actor", "customer")
        rows = [[each[name] for name in names] for each in page["decisions"]]
        output.table(columns, rows, "No decisions.")
        if page["next"]:
            chosen = "".join(f" --{name} {value}" for name, value in only.items() if value)
            output.note(f"More: `xop decisions{f' {customer}' if customer else ''}{chosen} --before {page['next']}`.")

    output.answer(page, tell)


@click.command(short_help="Explain a decision, and tell what became of it.")
@click.argument("decision")
@reaches()
@answers
def explain(*, decision: str, reach: Reach, output: Output) -> None:
    """Explain a DECISION: which rules spoke, what they read and how old it was, what lost and why, what became of it.

    The id of an invocation stands for its latest decision, that of a choice for the decision that made it.
    """
    named = decision_of(decision) if decision.startswith("choice:") else decision
    with reach.door() as door:
        told = door.get(place("decisions", named))
    output.answer(told, lambda: _tell_explanation(told, output))


def _row(fact: dict[str, Any]) -> tuple[str, ...]:
    data = msgspec.json.encode(fact["data"]).decode()
    return fact["id"], fact["at"], fact["customer"], fact["type"], fact["actor"], data if fact["data"] else ""


def _tell_explanation(told: dict[str, Any], output: Output) -> None:
    asked = told["asked"]
    output.fields(
        {
            "decision": told["decision"],
            "at": told["at"],
            "verdict": told["verdict"],
            "rule": told["code"],
            "until": told["until"],
            "due": told["due"],
            "approvers": told["approvers"],
            "obligations": told["obligations"],
            "person": told["person"],
            "error": told["error"],
            "action": f"{asked['action']} version {asked['action_version']}",
            "actor": asked["actor"],
            "customer": asked["customer"],
            "purpose": asked["purpose"],
            "channel": asked["channel"],
            "stage": asked["stage"],
            "invocation": asked["invocation"],
            "cause": asked["cause"],
            "release": told["release"],
        }
    )
    output.line()
    output.line(told["story"])
    output.line()
    output.line("facts read", "bold")
    rows = [(each["name"], _value(each), each["source"], each["age"]) for each in told["facts_read"]]
    output.table(("fact", "value", "source", "age"), rows, "none")
    if told["overruled"]:
        output.line()
        output.line("what lost", "bold")
        lost = [(each["rule"], each["message"], each["lost"]) for each in told["overruled"]]
        output.table(("rule", "what it says", "why it lost"), lost, "")


def _value(read: dict[str, Any]) -> str:
    return msgspec.json.encode(read["value"]).decode() if "value" in read else "erased"
