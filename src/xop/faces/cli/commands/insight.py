"""`xop insight`: what operations see."""

from typing import Any

import click

from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.kernel.insight.measures import PARTS

_SHOWN = 12
"""Names of one measure that a person is told."""

_SPANS = (("1d", 720.0), ("1h", 25.0), ("5m", 2.0))
"""Steps for spans of more than so many hours."""

_HOURS = {"m": 1 / 60, "h": 1, "d": 24, "w": 168}


@click.command(short_help="Show how it is going.")
@click.option(
    "--since", default="1h", show_default=True, metavar="WHEN", help="From when on: a time, or a span before now."
)
@click.option("--until", metavar="WHEN", help="Until when; now by default.")
@click.option("--step", type=click.Choice(["1m", "5m", "1h", "1d"]), help="How fine; what fits the span by default.")
@reaches()
@answers
def insight(*, since: str, until: str | None, step: str | None, reach: Reach, output: Output) -> None:
    """Show demand, failure demand, contacts, verdicts and what waits, beside the equally long time before."""
    with reach.door() as door:
        now = door.get("/v1/insight/now")
        found = door.get("/v1/insight", since=since, until=until, step=step or _step(since))

    def tell() -> None:
        _tell_now(now, output)
        output.line()
        output.table(("figure", "now", "before"), _rates(found), "Nothing was counted.")
        output.line()
        rows = [row for measure in found["totals"] if measure != "latency" for row in _rows(found, measure)]
        output.table(("measure", "of", "now", "before"), rows, "Nothing was counted.")
        if found["missing"]:
            output.note(f"{found['missing']} entries are still to be counted.")

    output.answer({"now": now, **found}, tell)


def _step(since: str) -> str:
    """Return the step that gives a span about a hundred points."""
    number, unit = since[:-1], since[-1:]
    if not number.isdigit() or unit not in _HOURS:
        return "1h"
    hours = int(number) * _HOURS[unit]
    return next((step for step, most in _SPANS if hours > most), "1m")


def _tell_now(now: dict[str, Any], output: Output) -> None:
    latency, approvals = now["latency"], now["approvals"]
    waiting = [f"{each['waiting']} in {each['queue']}" for each in now["queues"] if each["waiting"]]
    output.fields(
        {
            "decisions a second": str(now["decisions_per_second"]),
            "last minute": ", ".join(f"{count} {verdict}" for verdict, count in sorted(now["verdicts"].items())),
            "latency": f"p50 {latency['p50']} ms, p95 {latency['p95']} ms" if latency["commands"] else "",
            "approvals": _since(approvals) if approvals["count"] else "none wait",
            "handovers": ", ".join(waiting) or "none wait",
            "outbox": f"{now['outbox']} on their way, {now['dead_letters']} dead letters",
            "halted": ", ".join(now["halts"]),
        }
    )


def _since(waiting: dict[str, Any]) -> str:
    return f"{waiting['count']} wait, the first since {waiting['oldest']}"


def _rates(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    names = (("failure_share", "failure demand"), ("repeat_rate", "repeat rate"), ("transfer_rate", "transfer rate"))
    now, before = found["rates"], found["rates_before"]
    return [(title, _share(now[name]), _share(before[name])) for name, title in names]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _rows(found: dict[str, Any], measure: str) -> list[tuple[str, str, str, str]]:
    labels = sorted(found["totals"][measure].items(), key=lambda each: (-each[1], each[0]))[:_SHOWN]
    before = found["before"].get(measure, {})
    return [
        (measure, label, _amount(measure, amount), _amount(measure, before.get(label, 0))) for label, amount in labels
    ]


def _amount(measure: str, amount: int) -> str:
    return f"{amount / PARTS:.2f}" if measure == "costs" else str(amount)
