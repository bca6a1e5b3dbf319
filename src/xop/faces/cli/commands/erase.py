"""`xop erase` and `xop erasures`: customers who are to be forgotten, and those who were."""

from typing import Any

import click

from xop.faces.cli.door import Door, place
from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output

WAIT = 20
"""Seconds of one look at an erasure that is waited for."""


@click.command(short_help="Erase a customer with all that is kept of them.")
@click.argument("customer", metavar="REF")
@click.option(
    "--ground",
    type=click.Choice(("request", "retention")),
    default="request",
    show_default=True,
    help="Whether the customer asks for it, or there is no need for the data any more.",
)
@click.option("--within", metavar="SPAN", help="How long recipients may take to be told, such as `1d`.")
@click.option("--no-suppress", is_flag=True, help="Let them be contacted should they ever be heard of again.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what it would come to, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until the customer is erased.")
@click.option("--idempotency-key", metavar="KEY", help="Names the request: made again with it, it counts once.")
@reaches()
@answers
def erase(*, customer: str, only_plan: bool, yes: bool, wait: bool, reach: Reach, output: Output, **given: Any) -> None:
    """Erase the customer REF: a customer's id, a former id, or an identifier as `namespace:value`.

    Shows what would go and who would be told before it asks whether to go on. Recipients of the data are told first;
    a legal hold forbids it. It cannot be undone.
    """
    body = {"ground": given["ground"], "suppress": not given["no_suppress"]}
    if given["within"]:
        body["within"] = given["within"]
    if only_plan:
        with reach.door() as door:
            plan = door.get(place("customers", customer, "erasure"))
        output.answer(plan, lambda: _tell_plan(plan, output))
        return
    if not yes and output.as_json:
        raise click.UsageError("--json asks nobody: look at it with --plan, then give --yes")
    with reach.door(changes=True) as door:
        if not yes:
            _confirm(door.get(place("customers", customer, "erasure")), output)
        answer = door.post(place("customers", customer, "erasure"), body, key=given["idempotency_key"])
        if wait:
            answer = _awaited(door, answer, output)
    output.answer(answer, lambda: _tell(answer, output))


@click.command(short_help="List erasures, or look at one.")
@click.argument("erasure", required=False)
@click.option("--wait", is_flag=True, help="Wait until ERASURE is done.")
@click.option("--after", metavar="PLACE", help="Go on where the last list ended.")
@paged(200)
@reaches()
@answers
def erasures(*, erasure: str | None, wait: bool, after: str | None, limit: int, reach: Reach, output: Output) -> None:
    """List erasures: those under way first, then those done. With ERASURE, look at one.

    Of an erasure that is done, nothing leads to the customer.
    """
    with reach.door(changes=wait) as door:
        if erasure is not None:
            one = door.get(place("erasures", erasure))
            if wait:
                one = _awaited(door, one, output)
            output.answer(one, lambda: _tell(one, output))
            return
        answer = door.get("/v1/erasures", after=after, limit=limit)

    def tell() -> None:
        rows = [
            (each["erasure"], each["state"], each["ground"], each["at"], each["due"], _rows(each))
            for each in answer["erasures"]
        ]
        output.table(("erasure", "state", "ground", "at", "due", "rows"), rows, _none(after))
        if answer["next"] is not None:
            output.note(f"More with `xop erasures --after {answer['next']}`.")

    output.answer(answer, tell)


def _none(after: str | None) -> str:
    """Return what it means that a list is empty."""
    return "Nobody was erased." if after is None else "There are no more."


def _awaited(door: Door, answer: dict[str, Any], output: Output) -> dict[str, Any]:
    """Wait for an erasure's end, which comes by itself even when nobody waits any more."""
    told = False
    while answer["state"] == "requested":
        if not told and answer["due"]:
            output.note(
                f"{answer['erasure']} is under way, until {answer['due']} at the latest; Ctrl-C stops only the waiting."
            )
            told = True
        answer = door.get(place("erasures", answer["erasure"]), wait=WAIT)
    return answer


def _confirm(plan: dict[str, Any], output: Output) -> None:
    _tell_plan(plan, output)
    if plan["holds"]:
        # The platform says no, and records that it did.
        return
    output.line()
    try:
        click.confirm("Erase this customer? It cannot be undone.", abort=True)
    except click.Abort as error:
        raise CommandFailed("nothing was erased", "give --yes where nobody can be asked") from error


def _tell_plan(plan: dict[str, Any], output: Output) -> None:
    output.fields({"customer": plan["customer"], "parts": plan["parts"] if len(plan["parts"]) > 1 else ""})
    output.line()
    rows = [(name, count) for name, count in plan["counts"].items() if count]
    output.table(("what would go", "rows"), rows, "Nothing is kept of this customer.")
    output.line()
    output.table(
        ("not contacted again by",), [(each,) for each in plan["suppressed"]], "There is no address to suppress."
    )
    output.line()
    rows = [(each, f"within {_span(plan['patience'])}") for each in plan["recipients"]]
    output.table(("told first by", "when"), rows, "Nobody else is told.")
    if plan["holds"]:
        output.line()
        output.table(
            ("forbidden by", "ground", "until"),
            [(each["name"], each["ground"], each["until"] or "lifted") for each in plan["holds"]],
            "",
        )


def _tell(answer: dict[str, Any], output: Output) -> None:
    output.fields(
        {
            **{
                name: answer[name] for name in ("erasure", "state", "ground", "customer", "due", "at", "told", "untold")
            },
            "rows": _rows(answer),
        }
    )
    if answer["counts"]:
        output.line()
        output.table(("gone", "rows"), [each for each in answer["counts"].items() if each[1]], "")


def _rows(answer: dict[str, Any]) -> str:
    return str(sum(answer["counts"].values()) or "") if answer["recorded"] else "not known"


def _span(seconds: int) -> str:
    for name, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds} s"
