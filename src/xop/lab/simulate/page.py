"""The report of a simulation as one static page: no scripts, nothing fetched, light and dark."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from xop.lab.simulate.charts import COLOURS, line, stacked_bars
from xop.lab.simulate.tables import section, span, table

_LIGHT = ("#3465a4", "#c4761b", "#3d8c40", "#a43a5f", "#7a5ab5", "#1f8a94", "#8a7a1c", "#7b7f86")
_DARK = ("#7aa7e0", "#e8a458", "#79c37b", "#e07f9f", "#b39ae6", "#5fc4cd", "#cfc05a", "#a5a9b0")
_STYLE = """
:root{color-scheme:light dark;--text:#1c1f24;--faint:#686e78;--back:#fff;--line:#d9dce1}
@media(prefers-color-scheme:dark){:root{--text:#e4e6ea;--faint:#9aa0aa;--back:#15181d;--line:#343941}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.4rem;border-bottom:1px solid var(--line)}
figure{margin:1rem 0}figcaption,.faint{color:var(--faint);font-size:.85rem}
svg text{fill:var(--faint);font-size:11px}.grid{stroke:var(--line)}.line{fill:none;stroke:var(--c0);stroke-width:1.5}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.85rem}
.key{width:.7rem;height:.7rem;margin-right:.35rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{text-align:left;padding:.2rem .9rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
pre{white-space:pre-wrap;font-size:.8rem;margin:.3rem 0}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}
dd{margin:0}
"""


def page(report: Mapping[str, Any]) -> str:
    """Return the page of a report."""
    days = [_day(report, i) for i in range(report["days"])]
    title = f"Simulation of {report['workspace']}"
    sections = (
        _summary(report),
        _carried_out(report, days),
        _not_permitted(report, days),
        _pressure(report),
        _people(report),
        _journeys(report),
        _choices(report, days),
        _reactions(report),
        _promises(report, days),
        _rest(report, days),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body><main>"
        f"<h1>{escape(title)}</h1>{''.join(sections)}</main></body></html>\n"
    )


def _style() -> str:
    light = ";".join(f"--c{i}:{colour}" for i, colour in enumerate(_LIGHT))
    dark = ";".join(f"--c{i}:{colour}" for i, colour in enumerate(_DARK))
    fills = "".join(f".c{i}{{fill:var(--c{i})}}" for i in range(COLOURS))
    return f"{_STYLE}:root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}{fills}"


def _day(report: Mapping[str, Any], place: int) -> str:
    return f"day {place}" if report["days"] <= 60 else str(place)  # noqa: PLR2004 - what an axis has room for


def _summary(report: Mapping[str, Any]) -> str:
    reached = sum(row["count"] for row in report["carried_out"])
    stopped = sum(row["count"] for row in report["not_permitted"])
    pairs = {
        "Release": report["release"],
        "Customers": f"{report['customers']:,}",
        "Time": f"{report['days']} days from {report['from']}",
        "Seed": report["seed"],
        "Ledger": f"{report['ledger']['entries']:,} entries, digest {report['ledger']['digest']}",
        "Carried out": f"{reached:,} actions",
        "Denied or held": f"{stopped:,} verdicts",
    }
    told = "".join(f"<dt class=faint>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in pairs.items())
    return f"<dl>{told}</dl>"


def _carried_out(report: Mapping[str, Any], days: Sequence[str]) -> str:
    rows = report["carried_out"]
    charts = [
        stacked_bars(_grouped(rows, key), days, f"Actions carried out each day, by {key}")
        for key in ("purpose", "channel", "action")
    ]
    reached = table(("action", "channel", "purpose", "count"), rows)
    outcomes = table(("action", "outcome", "count"), report["outcomes"])
    return section("Who got what, and when", *charts, reached, "<h3>What became of permitted actions</h3>", outcomes)


def _not_permitted(report: Mapping[str, Any], days: Sequence[str]) -> str:
    rows = report["not_permitted"]
    chart = stacked_bars(
        {f"{row['verdict']} {row['rule']}": row["by_day"] for row in rows}, days, "Denials and holds each day, by rule"
    )
    told = [
        {
            "verdict": row["verdict"],
            "rule": row["rule"],
            "count": row["count"],
            "asked": ", ".join(f"{each['action']} ({each['stage']}) {each['count']:,}" for each in row["asked"]),
            "example": row["example"],
        }
        for row in rows
    ]
    return section("Why not", chart, table(("verdict", "rule", "count", "asked", "example"), told))


def _pressure(report: Mapping[str, Any]) -> str:
    rows = report["pressure"]
    most = max((len(row["contacts_in_a_week"]) for row in rows), default=1)
    series = {
        row["persona"]: [row["contacts_in_a_week"].get(str(contacts), 0) for contacts in range(most)] for row in rows
    }
    chart = stacked_bars(series, [str(i) for i in range(most)], "Weeks of customers by the contacts in the week")
    names = ("persona", "customers", "mean", "p50", "p95", "most_within_7_days", "whose")
    return section("Pressure on customers", chart, table(names, rows))


def _people(report: Mapping[str, Any]) -> str:
    people = report["people"]
    if not people["asked"]:
        return section("People", "<p>Nothing waited for a person.</p>")
    hours = people["queue_by_hour"]
    labels = [f"day {i}" for i in range(0, report["days"], max(1, report["days"] // 15))]
    chart = line(hours, labels, "Questions that nobody had taken, hour by hour")
    counts = ("asked", "approved", "refused", "answered", "withdrawn", "unanswered", "longest_queue")
    spans = [
        {"span": name, **{key: span(value) for key, value in people[field].items()}}
        for name, field in (("until taken", "until_taken_ms"), ("until answered", "until_answered_ms"))
    ]
    asked = [{**row, "became": _listed(row["became"])} for row in report["questions"]]
    return section(
        "People",
        chart,
        table(counts, [people]),
        table(("span", "p50", "p95", "max"), spans),
        "<h3>Questions</h3>",
        table(("question", "asked", "became"), asked),
    )


def _journeys(report: Mapping[str, Any]) -> str:
    if not report["journeys"]:
        return ""
    runs = [
        {
            "journey": row["journey"],
            "entered": row["entered"],
            "goal": row["goal"],
            "under_way": row["under_way"],
            "ended_by_reason": _listed(row["ended"]),
            "outcomes": _listed(row["outcomes"]),
            "not_entered": _listed(row["not_entered"]),
        }
        for row in report["journeys"]
    ]
    steps = [
        {"journey": row["journey"], "step": step, "reached": count}
        for row in report["journeys"]
        for step, count in row["steps"].items()
    ]
    columns = ("journey", "entered", "goal", "under_way", "ended_by_reason", "outcomes", "not_entered")
    return section("Journeys", table(columns, runs), "<h3>Steps</h3>", table(("journey", "step", "reached"), steps))


def _choices(report: Mapping[str, Any], days: Sequence[str]) -> str:
    choices = report["choices"]
    if not choices["chosen"]:
        return ""
    chart = stacked_bars(_grouped(choices["chosen"], "candidate"), days, "Next best actions chosen each day")
    columns = ("decision_set", "candidate", "arm")
    return section(
        "Next best actions",
        chart,
        table((*columns[:2], "treatment", "arm", "count"), choices["chosen"]),
        "<h3>How they turned out</h3>",
        table((*columns, "outcome", "count"), choices["results"]),
        "<h3>What models learn</h3>" if choices["learned"] else "",
        table((*columns, "count", "reward"), choices["learned"]),
    )


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _reactions(report: Mapping[str, Any]) -> str:
    rows = [
        {**row, "share": f"{row['came'] / row['occasions']:.1%}" if row["occasions"] else ""}
        for row in report["reactions"]
    ]
    return section("What customers made of it", table(("name", "occasions", "came", "share"), rows))


def _promises(report: Mapping[str, Any], days: Sequence[str]) -> str:
    promises = report["promises"]
    parts = [table(("made", "kept", "broken", "open"), [promises])]
    if promises["by_day"]:
        parts.insert(0, stacked_bars(promises["by_day"], days, "Promises made, kept and broken each day"))
    names = ("intent", "opened", "attempted", "resolved", "confirmed", "abandoned", "returned")
    consents = ("consent", "granted", "soft_opt_in", "refused", "withdrawn", "objected", "expired")
    return section(
        "Promises, intents and consent",
        *parts,
        table(names, report["intents"]),
        table(consents, report["consents"]),
    )


def _rest(report: Mapping[str, Any], days: Sequence[str]) -> str:
    chart = stacked_bars(_grouped(report["customers_did"], "name"), days, "What customers did each day")
    parts = [chart, table(("name", "count"), report["customers_did"])]
    if report["other_senders"]:
        parts.append(table(("sender", "channel", "purpose", "count"), report["other_senders"]))
    if report["refused"]:
        parts += ["<h3>Refused</h3>", table(("name", "code", "cause", "count"), report["refused"])]
    return section("What customers did", *parts)


def _grouped(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, list[int]]:
    """Return rows of days added up by one of their fields, the largest first."""
    found: dict[str, list[int]] = {}
    for row in rows:
        name = row[key] or "none"
        known = found.get(name)
        found[name] = row["by_day"] if known is None else [a + b for a, b in zip(known, row["by_day"], strict=True)]
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1]), item[0])))
