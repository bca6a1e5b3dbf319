"""`xop incidents`: what went wrong with AI systems, and by when it must be reported."""

from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output

_DAY = 86_400
_HOUR = 3_600
_CATEGORIES = click.Choice(("death", "widespread", "serious", "other"))
_COLUMNS = ("incident", "category", "state", "due", "left", "agent", "opened by", "summary")


@click.group(short_help="List, open, report and close incidents of AI systems.")
def incidents() -> None:
    """List, open, report and close incidents of AI systems.

    The platform opens one itself when an effect differs from its decision, when a breaker halts an agent, and when a
    source tells of a harm.
    """


@incidents.command("list", short_help="List incidents, the nearest deadline first.")
@click.option("--all", "everything", is_flag=True, help="Those that are closed as well.")
@reaches()
@answers
def list_command(*, everything: bool, reach: Reach, output: Output) -> None:
    """List incidents, those whose deadline is nearest first."""
    with reach.door() as door:
        answer = door.get("/v1/incidents", state="all" if everything else "open")

    def tell() -> None:
        rows = [
            (
                each["incident"],
                each["category"],
                each["state"].replace("_", " "),
                each["due"],
                _left(each["left"]),
                each["agent"],
                each["by"],
                each["summary"],
            )
            for each in answer["incidents"]
        ]
        output.table(_COLUMNS, rows, "No incident is open.")

    output.answer(answer, tell)


@incidents.command(short_help="Look at one incident.")
@click.argument("incident")
@reaches()
@answers
def show(*, incident: str, reach: Reach, output: Output) -> None:
    """Look at one INCIDENT: what is concerned, to whom it was reported and whether that was in time."""
    with reach.door() as door:
        answer = door.get(place("incidents", incident))
    output.answer(answer, lambda: _tell(answer, output))


@incidents.command("open", short_help="Open an incident.")
@click.argument("category", type=_CATEGORIES)
@click.option("--summary", default="", help="What happened, without names of persons.")
@click.option("--agent", default="", help="The agent concerned, as `agent:name`.")
@click.option("--decision", "decisions", multiple=True, help="A decision concerned: its evidence is kept. Repeatable.")
@click.option("--aware", help="When you became aware, as an RFC 3339 time; now by default.")
@click.option("--suspend", is_flag=True, help="Halt the agent at once.")
@reaches()
@answers
def open_command(*, category: str, reach: Reach, output: Output, **given: Any) -> None:
    """Open an incident of CATEGORY: `death` (10 days to report), `widespread` (2), `serious` (15) or `other` (none)."""
    body = {"category": category, **{name: value for name, value in given.items() if value}}
    with reach.door(changes=True) as door:
        answer = door.post("/v1/incidents", body)
    output.answer(answer, lambda: _tell(answer, output))


@incidents.command(short_help="Say how grave an incident is.")
@click.argument("incident")
@click.argument("category", type=_CATEGORIES)
@click.option("--note", default="", help="Why, for the record.")
@reaches()
@answers
def classify(*, incident: str, category: str, note: str, reach: Reach, output: Output) -> None:
    """Say that INCIDENT is of CATEGORY; its deadline counts from when you became aware all the same."""
    _change(reach, output, incident, "category", {"category": category, "note": note})


@incidents.command(short_help="Record that an incident was reported.")
@click.argument("incident")
@click.option("--to", required=True, help="Whom: the provider, an authority, an importer.")
@click.option("--incomplete", is_flag=True, help="An incomplete report may come first.")
@click.option("--reference", default="", help="Theirs, or where the report is kept.")
@reaches()
@answers
def report(*, incident: str, to: str, incomplete: bool, reference: str, reach: Reach, output: Output) -> None:
    """Record that INCIDENT was reported to somebody who must know."""
    _change(reach, output, incident, "reports", {"to": to, "complete": not incomplete, "reference": reference})


@incidents.command(short_help="Close an incident that was dealt with.")
@click.argument("incident")
@click.option("--outcome", default="", help="What came of it.")
@reaches()
@answers
def close(*, incident: str, outcome: str, reach: Reach, output: Output) -> None:
    """Close INCIDENT; one that must be reported is reported in full first."""
    _change(reach, output, incident, "closing", {"outcome": outcome})


def _change(reach: Reach, output: Output, incident: str, what: str, body: dict[str, Any]) -> None:
    with reach.door(changes=True) as door:
        answer = door.post(place("incidents", incident, what), body)
    output.answer(answer, lambda: _tell(answer, output))


def _tell(answer: dict[str, Any], output: Output) -> None:
    names = ("incident", "category", "origin", "aware", "due", "opened", "by", "agent", "systems", "keeps")
    output.fields(
        {
            **{name: answer[name] for name in names},
            "state": answer["state"].replace("_", " "),
            "left": _left(answer["left"]),
            "invocation": answer["invocation"],
            "summary": answer["summary"],
            "closed": answer["closed"],
            "outcome": answer["outcome"],
        }
    )
    rows = [
        (each["to"], each["at"], each["by"], "" if each["complete"] else "incomplete", each["reference"])
        for each in answer["reports"]
    ]
    if rows:
        output.line()
        output.table(("reported to", "at", "by", "", "reference"), rows, "")


def _left(seconds: int | None) -> str:
    if seconds is None:
        return ""
    size = abs(seconds)
    words = f"{size // _DAY} d {size % _DAY // _HOUR} h"
    return words if seconds >= 0 else f"{words} late"
