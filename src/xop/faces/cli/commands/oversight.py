"""`xop oversight`: how people oversaw AI systems, month by month."""

import re
from pathlib import Path
from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.written_file import out_option, write_file
from xop.lab.oversight import page

_COUNTS = ("asked", "approved", "refused", "changed", "unanswered", "withdrawn", "stopped", "open")
_COLUMNS = ("agent", "action", "roles", *_COUNTS, "overridden", "median")

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@click.group(short_help="Measure how people oversee AI systems.")
def oversight() -> None:
    """Measure how people oversee AI systems."""


def _month(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given is not None and _MONTH.fullmatch(given) is None:
        raise click.BadParameter(f"{given!r} is no month; write it as 2026-11")
    return given


@oversight.command("report", short_help="Report on one month.")
@click.option("--month", metavar="YYYY-MM", callback=_month, help="The month; the present one by default.")
@out_option("Write the report as a page to this file.")
@reaches()
@answers
def report_command(*, month: str | None, out: Path | None, force: bool, reach: Reach, output: Output) -> None:
    """Report how people answered what AI systems asked, what agents did, and how systems stand to their duties."""
    with reach.door() as door:
        answer = door.get("/v1/oversight", month=month)
    if out is not None:
        write_file(out, page(answer), force=force)
    output.answer(answer, lambda: _tell(answer, out, output))


@oversight.command(short_help="Put a known-wrong proposal among the requests for approval.")
@click.argument("seeded", metavar="NAME")
@click.option("--customer", required=True, help="About whom: an id, or `namespace:value`.")
@reaches()
@answers
def probe(*, seeded: str, customer: str, reach: Reach, output: Output) -> None:
    """Put the probe NAME of systems.yaml among the requests for approval, as if it were about CUSTOMER.

    Whatever is answered, nothing is done. The report of the month says who caught it.
    """
    with reach.door(changes=True) as door:
        answer = door.post(place("customers", customer, "probes"), {"probe": seeded})
    output.answer(answer, lambda: output.line("It is among the requests: see `xop approvals`."))


def _tell(answer: dict[str, Any], out: Path | None, output: Output) -> None:
    total = answer["total"]
    output.fields(
        {
            "month": answer["month"],
            "asked": str(total["asked"]),
            "approved": _share(total["approval_rate"]),
            "overridden": _share(total["override_rate"]),
            "hasty": str(total["hasty"]),
            "differing effects": str(answer["differing"]),
            "incidents": str(len(answer["incidents"])),
            "halts": str(len(answer["halts"])),
        }
    )
    output.line()
    output.table(_COLUMNS, [_row(each) for each in answer["sorts"]], "Nothing was asked of people.")
    if out is not None:
        output.line(f"The page is in {out}.")


def _row(each: dict[str, Any]) -> tuple[Any, ...]:
    told = each["answers"]
    counts = (str(told[name]) for name in _COUNTS)
    median = "" if told["answer_median"] is None else f"{told['answer_median']:.0f} s"
    return each["agent"], each["action"], each["roles"], *counts, _share(told["override_rate"]), median


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
