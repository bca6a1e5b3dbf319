"""`xop choose` and `xop choices`: what to do next for a customer, and what was chosen before."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from xop.faces.cli.door import Door, place
from xop.faces.cli.extract import Sheet, extract_rows, sheet
from xop.faces.cli.failure import MISUSED, CommandFailed
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.values import named_values

_PAGE = 500

_ENDINGS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}
"""Forms by the ending of a file's name."""


@click.command(short_help="Ask a decision set what to do next.")
@click.argument("decision_set", metavar="SET")
@click.option(
    "--customer", required=True, metavar="REF", help="A customer's id, or an identifier as `namespace:value`."
)
@click.option(
    "--know",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="What the decision set may read as `request`; may be repeated. A value that reads as JSON is JSON.",
)
@click.option("--conversation", help="The interaction in which it is asked.")
@click.option("--rank", is_flag=True, help="Only rank: you bring the winner to the customer yourself.")
@click.option("--idempotency-key", metavar="KEY", help="Names the question: asked twice it counts once.")
@reaches()
@answers
def choose(
    *,
    decision_set: str,
    customer: str,
    pairs: tuple[str, ...],
    rank: bool,
    reach: Reach,
    output: Output,
    **given: Any,
) -> None:
    """Ask the decision SET what to do next for a customer; the winner is proposed at once.

    Doing nothing is an answer like any other.
    """
    key = given.pop("idempotency_key")
    body = {
        "decision_set": decision_set,
        "customer": customer,
        "propose": not rank,
        "request": named_values(pairs, "--know"),
    }
    body |= {name: value for name, value in given.items() if value}
    with reach.door(changes=True) as door:
        answer = door.post("/v1/choices", body, key=key)
    output.answer(answer, lambda: _tell_choice(answer, output))


@click.group(short_help="List decision sets and open choices, and export choices.")
def choices() -> None:
    """List decision sets and open choices, and export choices for analysis."""


@choices.command("sets", short_help="List the decision sets.")
@reaches()
@answers
def list_sets(*, reach: Reach, output: Output) -> None:
    """List the decision sets of the active release with the models that answer for them."""
    with reach.door() as door:
        told = door.get("/v1/decision-sets")

    def tell() -> None:
        columns = ("set", "candidates", "model", "version", "explore", "what it is for")
        rows = [
            (
                each["name"],
                len(each["candidates"]),
                each["model"],
                each["version"],
                each["explore"],
                each["description"],
            )
            for each in told["decision_sets"]
        ]
        output.table(columns, rows, "No decision sets.")

    output.answer(told, tell)


@choices.command("open", short_help="List a customer's choices whose results are waited for.")
@click.argument("customer", metavar="REF")
@reaches()
@answers
def list_open(*, customer: str, reach: Reach, output: Output) -> None:
    """List the choices of the customer REF whose results are waited for."""
    with reach.door() as door:
        told = door.get(place("customers", customer, "choices"))

    def tell() -> None:
        columns = ("decision", "at", "set", "candidate", "treatment", "arm", "probability", "due")
        names = ("decision", "at", "decision_set", "candidate", "treatment", "arm", "probability", "due")
        output.table(columns, [[each[name] for name in names] for each in told["choices"]], "No open choices.")

    output.answer(told, tell)


@choices.command("export", short_help="Export choices for analysis.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE", help="The file to write."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    help="By default what the file's ending says, and CSV for any other ending.",
)
@click.option("--set", "decision_set", metavar="SET", help="Only choices of this decision set.")
@click.option("--from", "since", metavar="TIME", help="Only choices made at or after this RFC 3339 time.")
@click.option("--to", "until", metavar="TIME", help="Only choices made before this RFC 3339 time.")
@reaches()
@answers
def export(
    *,
    out: Path,
    form: str | None,
    decision_set: str | None,
    since: str | None,
    until: str | None,
    reach: Reach,
    output: Output,
) -> None:
    """Export choices with all candidates that reached arbitration, as Pega's explainability extract has them.

    pdstools reads the file. Rows of one choice share `pxInteractionID`; the highest priority has `pxRank` 1.
    """
    form = _form(out, form)
    first, last = _moment(since, "--from"), _moment(until, "--to")
    counts = {"choices": 0, "rows": 0}
    try:
        with reach.door() as door, _sheet(door, out, form, decision_set) as written:
            for page in _pages(door, first):
                kept = [
                    each
                    for each in page
                    if (decision_set is None or each["decision_set"] == decision_set)
                    and (first is None or datetime.fromisoformat(each["at"]) >= first)
                    and (last is None or datetime.fromisoformat(each["at"]) < last)
                ]
                rows = list(extract_rows(kept))
                written.write(rows)
                counts = {"choices": counts["choices"] + len(kept), "rows": counts["rows"] + len(rows)}
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}", "name another file") from error
    answer = {"file": str(out), "format": form, **counts}
    output.answer(
        answer,
        lambda: output.fields(
            {name: f"{value:,}" if isinstance(value, int) else value for name, value in answer.items()}
        ),
    )


def _form(out: Path, given: str | None) -> str:
    """Return the form of a file; raises UsageError when its ending says another than was asked for."""
    ending = _ENDINGS.get(out.suffix.lower())
    if given is not None and ending is not None and given != ending:
        raise click.UsageError(f"--format {given} does not fit {out.name}: leave --format out, or give another ending")
    return given or ending or "csv"


def _sheet(door: Door, out: Path, form: str, decision_set: str | None) -> AbstractContextManager[Sheet]:
    """Return the sheet to fill, once it is known that there is such a decision set: a typo must not empty a file."""
    if decision_set is not None:
        _require_set(door, decision_set)
    return sheet(out, form)


def _require_set(door: Door, name: str) -> None:
    """Refuse a decision set that is neither in the active release nor in any choice, as former ones are."""
    known = {each["name"] for each in door.get("/v1/decision-sets")["decision_sets"]}
    if name in known:
        return
    for page in _pages(door, None):
        known |= {each["decision_set"] for each in page}
        if name in known:
            return
    remedy = f"name one of: {', '.join(sorted(known))}" if known else "this workspace has no decision sets"
    raise CommandFailed(f"there is no decision set {name!r}", remedy, code=MISUSED)


def _pages(door: Door, first: datetime | None) -> Iterator[list[dict[str, Any]]]:
    """Yield pages of choices, newest first, until they are older than what is asked for."""
    before: int | None = None
    while True:
        page = door.get("/v1/choices", before=before, limit=_PAGE)
        yield page["choices"]
        before = page["next"]
        old = first is not None and page["choices"] and datetime.fromisoformat(page["choices"][-1]["at"]) < first
        if before is None or old:
            return


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{option} {text!r} is no RFC 3339 time, such as 2026-01-31T00:00:00Z") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _tell_choice(answer: dict[str, Any], output: Output) -> None:
    chosen = f"{answer['candidate']} by {answer['treatment']}" if answer["candidate"] else "nothing"
    output.fields(
        {
            "chosen": chosen,
            "because": answer["reasons"],
            "arm": answer["arm"],
            "probability": f"{answer['probability']:.4g}",
            "action": answer["action"],
            "invocation": answer["invocation"],
            "customer": answer["customer"],
        }
    )
    if answer["ranked"]:
        output.line()
        columns = ("rank", "candidate", "treatment", "action", "priority", "propensity", "value", "cost")
        ranked = sorted(answer["ranked"], key=lambda each: each["rank"])
        rows = [[*(each[name] for name in columns), "chosen" if each["chosen"] else ""] for each in ranked]
        output.table((*columns, ""), rows, "")
    if answer["duplicate"]:
        output.line("Asked before: this is the first answer again.")
    output.line(f"Why, and where the others fell: `xop explain {answer['decision']}`.")
