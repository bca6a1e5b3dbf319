"""`xop facts` and `xop decisions`: what happened."""

from typing import Any

import click
import msgspec

from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output


@click.command(short_help="List facts, or follow them live.")
@click.argument("customer", metavar="[REF]", required=False)
@click.option("--after", metavar="ID", help="Go on after this fact.")
@click.option("--follow", is_flag=True, help="Print what becomes true from now on, until interrupted.")
@click.option("--purpose", metavar="NAME", help="What for, which says how much is shown; the usual purpose by default.")
@paged(1000)
@reaches()
@answers
def facts(
    *,
    customer: str | None,
    after: str | None,
    follow: bool,
    purpose: str | None,
    limit: int,
    reach: Reach,
    output: Output,
) -> None:
    """List facts in the order in which they became true, of the customer REF or of all, as far as the purpose may see them.

    With --follow and --json every fact is one line of JSON.
    """
    with reach.door() as door:
        if follow:
            for fact in door.events("/v1/facts/stream", customer=customer, after=after, purpose=purpose):
                output.event(fact, "  ".join(_row(fact)))
            return
        page = door.get("/v1/facts", customer=customer, after=after, limit=limit, purpose=purpose)

    def tell() -> None:
        output.table(("id", "at", "customer", "fact", "by", "what"), map(_row, page["facts"]), "No facts.")
        if len(page["facts"]) == limit:
            given = f"{f' {customer}' if customer else ''}{f' --purpose {purpose}' if purpose else ''}"
            output.note(f"More: `xop facts{given} --after {page['next']}`.")

    output.answer(page, tell)


@click.command(short_help="List decisions, newest first.")
@click.argument("customer", metavar="[REF]", required=False)
@click.option("--before", type=int, metavar="POSITION", help="Go on before this position.")
@click.option("--verdict", type=click.Choice(["permit", "deny", "hold"]), help="Only decisions that say this.")
@click.option("--actor", metavar="KIND:NAME", help="Only what this actor asked, such as agent:concierge.")
@click.option("--action", metavar="NAME", help="Only decisions on this action.")
@click.option("--code", metavar="RULE", help="Only decisions that this rule or reason made.")
@click.option("--since", metavar="WHEN", help="Only from this time on, or so long ago, such as 24h.")
@click.option("--until", metavar="WHEN", help="Only before this time.")
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
        output.table(columns, rows, "None so far: not all were looked through." if page["next"] else "No decisions.")
        if page["next"]:
            chosen = "".join(f" --{name} {value}" for name, value in only.items() if value)
            output.note(f"More: `xop decisions{f' {customer}' if customer else ''}{chosen} --before {page['next']}`.")

    output.answer(page, tell)


def _row(fact: dict[str, Any]) -> tuple[str, ...]:
    data = msgspec.json.encode(fact["data"]).decode()
    return fact["id"], fact["at"], fact["customer"], fact["type"], fact["actor"], data if fact["data"] else ""
