"""`xop runs`, `xop enter`, `xop questions` and `xop answer`: customers in journeys, and what is asked of people there."""

from datetime import UTC, datetime
from typing import Any, get_args

import click

from xop.faces.cli.door import Door, place
from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.values import json_object
from xop.kernel.journeys.run import Waiting

_PAGE = 500
_WAITING = [each for each in get_args(Waiting) if each]


@click.group(short_help="List, show and count customers' runs through journeys.")
def runs() -> None:
    """List, show and count customers' runs through journeys."""


@runs.command("list", short_help="List where runs stand.")
@click.option("--journey", help="Only runs of this journey.")
@click.option("--version", help="Only runs of this version.")
@click.option("--step", help="Only what stands at this step.")
@click.option("--waits", type=click.Choice(_WAITING), help="Only what waits for this.")
@click.option("--customer", metavar="REF", help="Only this customer's.")
@click.option("--aside", is_flag=True, default=None, help="Only runs that a publication set aside.")
@click.option("--after", metavar="PLACE", help="Go on after this place.")
@paged(500)
@reaches()
@answers
def list_runs(*, limit: int, reach: Reach, output: Output, **asked: Any) -> None:
    """List where runs stand, without what is in them: `xop runs show` tells that."""
    given = {name: "true" if value is True else value for name, value in asked.items()}
    with reach.door() as door:
        page = door.get("/v1/runs", limit=limit, **given)

    def tell() -> None:
        columns = ("run", "customer", "journey", "key", "step", "waits", "since", "due", "aside")
        now = datetime.now(UTC)
        shown = [{**each, "due": _due(each["due"], now), "aside": each["aside"] or ""} for each in page["runs"]]
        rows = [[each[name] for name in columns] for each in shown]
        output.table(columns, rows, _none(page, "No runs."))
        _tell_more(page, "runs list", asked, output)

    output.answer(page, tell)


@runs.command(short_help="Show a customer's runs.")
@click.argument("customer", metavar="REF")
@click.argument("run", metavar="[RUN]", required=False)
@reaches()
@answers
def show(*, customer: str, run: str | None, reach: Reach, output: Output) -> None:
    """Show the runs of the customer REF with all that is in them, or only RUN."""
    with reach.door() as door:
        told = door.get(place("customers", customer, "runs"))
    if run is not None:
        told["runs"] = [each for each in told["runs"] if each["run"] == run]
        if not told["runs"]:
            raise CommandFailed(
                f"the customer is in no run {run!r}", f"list them with `xop runs show {customer}`: it may be over"
            )
    output.answer(told, lambda: _tell_runs(told, output))


@runs.command(short_help="Count what stands in journeys.")
@click.argument("journey", required=False)
@reaches()
@answers
def count(*, journey: str | None, reach: Reach, output: Output) -> None:
    """Count what stands in each journey, or at each step of JOURNEY."""
    with reach.door() as door:
        told = door.get("/v1/journeys" if journey is None else place("journeys", journey))
    output.answer(told, lambda: _tell_journeys(told, output) if journey is None else _tell_steps(told, output))


@click.command(short_help="Have a customer enter a journey.")
@click.argument("customer", metavar="REF")
@click.argument("journey")
@click.option(
    "--run-key", "run_key", help="What the run is about, such as an invoice; by default what the journey says."
)
@click.option(
    "--data", "data_text", default="{}", metavar="JSON", help="What the journey's entry reads as `signal.data`."
)
@click.option("--idempotency-key", metavar="KEY", help="Names the wish: made twice it counts once.")
@reaches("--data-folder")
@answers
def enter(
    *,
    customer: str,
    journey: str,
    run_key: str | None,
    data_text: str,
    idempotency_key: str | None,
    reach: Reach,
    output: Output,
) -> None:
    """Have the customer REF enter a JOURNEY that lets customers be entered by asking."""
    body = {"data": json_object(data_text, "--data"), **({"key": run_key} if run_key is not None else {})}
    with reach.door(changes=True) as door:
        receipt = door.post(place("customers", customer, "journeys", journey), body, key=idempotency_key)

    def tell() -> None:
        output.fields({"customer": receipt["customer"], "journey": journey, "runs": receipt["runs"]})
        if receipt["duplicate"]:
            output.line("Asked before: this is the first answer again.")

    output.answer(receipt, tell)


@click.command(short_help="List what runs ask of people.")
@click.option("--role", help="Only what somebody with this role may answer.")
@click.option("--after", metavar="PLACE", help="Go on after this place.")
@paged(500)
@reaches()
@answers
def questions(*, role: str | None, after: str | None, limit: int, reach: Reach, output: Output) -> None:
    """List what runs ask of people, and customers handed over to them."""
    with reach.door() as door:
        page = door.get("/v1/questions", role=role, after=after, limit=limit)

    def tell() -> None:
        columns = ("run", "customer", "journey", "role", "question", "options", "due")
        output.table(
            columns, [[each[name] for name in columns] for each in page["questions"]], _none(page, "No questions.")
        )
        _tell_more(page, "questions", {"role": role}, output)
        if page["questions"]:
            output.line("Next: `xop answer RUN CHOICE`.")

    output.answer(page, tell)


@click.command(short_help="Answer what a run asks.")
@click.argument("run")
@click.argument("choice")
@click.option("--note", default="", help="A remark for the record.")
@click.option("--customer", metavar="REF", help="Whose run it is; looked for among the open questions by default.")
@click.option("--token", type=click.IntRange(0), help="Which question, when the run asks several at once.")
@click.option("--idempotency-key", metavar="KEY", help="Names the answer: given twice it counts once.")
@reaches()
@answers
def answer(
    *,
    run: str,
    choice: str,
    note: str,
    customer: str | None,
    token: int | None,
    idempotency_key: str | None,
    reach: Reach,
    output: Output,
) -> None:
    """Answer what a RUN asks with CHOICE, one of the question's options."""
    body = {"choice": choice, "note": note, **({"token": token} if token is not None else {})}
    with reach.door(changes=True) as door:
        whose = customer or _asked_about(door, run)
        receipt = door.post(place("customers", whose, "runs", run, "answers"), body, key=idempotency_key)
    told = {"run": run, "answer": choice, "customer": receipt["customer"]}
    output.answer({**receipt, "run": run, "choice": choice}, lambda: output.fields(told))


def _asked_about(door: Door, run: str) -> str:
    after: str | None = None
    while True:
        page = door.get("/v1/questions", run=run, after=after, limit=1)
        if page["questions"]:
            return str(page["questions"][0]["customer"])
        after = page["next"]
        if after is None:
            raise CommandFailed(
                f"the run {run!r} asks nothing", "list `xop questions`: it may be answered, or too late"
            )


def _due(due: str | None, now: datetime) -> str:
    if due is None or datetime.fromisoformat(due) >= now:
        return due or ""
    return f"{due} (overdue)"


def _none(page: dict[str, Any], end: str) -> str:
    """Return what it means that a page is empty, which need not be the end of the list."""
    return "None so far: not all were looked through." if page["next"] else end


def _tell_more(page: dict[str, Any], command: str, asked: dict[str, Any], output: Output) -> None:
    if page["next"]:
        given = "".join(
            f" --{name}" if value is True else f" --{name} {value}"
            for name, value in asked.items()
            if value is not None and name != "after"
        )
        output.note(f"More: `xop {command}{given} --after {page['next']}`.")


def _tell_runs(told: dict[str, Any], output: Output) -> None:
    if not told["runs"]:
        output.line("No runs.")
    for number, run in enumerate(told["runs"]):
        if number:
            output.line()
        version = run["version"] if run["entered"] else f"{run['version']} (a former one)"
        output.fields(
            {
                "run": run["run"],
                "journey": run["journey"],
                "version": version,
                "key": run["key"],
                "began": run["at"],
                "vars": run["vars"] or "",
                "caller": run["caller"],
                "set aside by": run["aside"],
            }
        )
        columns = ("step", "kind", "waits", "since", "due", "proposes", "on", "asks", "options")
        output.table(columns, [_token_row(token, columns) for token in run["tokens"]], "")


def _token_row(token: dict[str, Any], columns: tuple[str, ...]) -> list[Any]:
    asks = token["asks"] or {}
    shown = {**token, "asks": asks.get("question", ""), "options": asks.get("options", "")}
    return [shown[name] for name in columns]


def _tell_journeys(told: dict[str, Any], output: Output) -> None:
    rows = [
        row
        for each in told["journeys"]
        for row in (
            *([(each["name"], each["version"], "", each["tokens"], each["aside"])] if each["version"] else []),
            *((each["name"], old["version"], "former", old["tokens"], old["aside"]) for old in each["former"]),
        )
    ]
    output.table(("journey", "version", "", "stand there", "set aside"), rows, "No journeys.")


def _tell_steps(told: dict[str, Any], output: Output) -> None:
    rows = [
        (
            step["step"],
            step["kind"],
            each["version"],
            "" if each["entered"] else "former",
            step["tokens"],
            step["aside"],
        )
        for each in told["versions"]
        for step in each["steps"]
    ]
    output.table(("step", "kind", "version", "", "stand there", "set aside"), rows, "No steps.")
