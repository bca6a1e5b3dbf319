"""The monthly report as one static page: no scripts, nothing fetched, to read on a screen and to print."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark;--text:#1c1f24;--faint:#5a616b;--back:#fff;--line:#c9ced6}
@media(prefers-color-scheme:dark){:root{--text:#e4e6ea;--faint:#a6adb8;--back:#15181d;--line:#3d434d}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);max-width:64rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid var(--line)}
.faint{color:var(--faint)}.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;width:100%}
caption{text-align:left;color:var(--faint);padding:.3rem 0}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0}
@media print{:root{--text:#000;--faint:#333;--back:#fff;--line:#999}body{max-width:none;margin:0;font-size:11pt}
h2{break-after:avoid}tr{break-inside:avoid}.wide{overflow:visible}}
"""

_ANSWERS = ("asked", "approved", "refused", "changed", "unanswered", "withdrawn", "stopped", "open")

Row = Sequence[Any]


def page(report: Mapping[str, Any]) -> str:
    """Return the page of a report, as its JSON has it."""
    title = f"Oversight of AI at {report['workspace']}, {report['month']}"
    sections = (
        _summary(report),
        _requests(report),
        _people(report),
        _agents(report),
        _systems(report),
        _incidents(report),
        _halts(report),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1>{''.join(sections)}</main></body></html>\n"
    )


def _summary(report: Mapping[str, Any]) -> str:
    total = report["total"]
    pairs = {
        "Requests for approval": total["asked"],
        "Approved as asked": _share(total["approval_rate"]),
        "Refused or changed": _share(total["override_rate"]),
        "Time to answer": f"{_seconds(total['answer_median'])} (median), {_seconds(total['answer_p90'])} (90 %)",
        "Approved within ten seconds": total["hasty"],
        "Settled by a person in place of the machine": report["overridden"],
        "Effects that differ from their decision": report["differing"],
        "Time": f"{report['begins'][:10]} up to and without {report['ends'][:10]}, UTC",
        "Made": f"{report['made'][:19]}Z under {report['release']}",
    }
    told = "".join(f"<dt class=faint>{escape(name)}</dt><dd>{_cell(value)}</dd>" for name, value in pairs.items())
    return f"<dl>{told}</dl>"


def _requests(report: Mapping[str, Any]) -> str:
    rows = [
        (each["agent"], each["action"], ", ".join(each["roles"]), *_told(each["answers"])) for each in report["sorts"]
    ]
    return _section("How people answered", ("agent", "action", "roles", *_COLUMNS), rows, "Nothing was asked.")


def _people(report: Mapping[str, Any]) -> str:
    rows = [
        (each["person"], *_told(each["answers"]), each["answers"]["hasty"], each["probes"], _caught(each["catch_rate"]))
        for each in report["people"]
    ]
    note = (
        "Whoever approves everything, and quickly, may no longer look: compare with how others answer the same requests. "
        "Probes are known-wrong proposals put among their requests; they are in no other figure."
    )
    columns = ("person", *_COLUMNS, "within 10 s", "probes", "caught")
    return _section("Who answered", columns, rows, "Nobody answered anything.", note)


def _agents(report: Mapping[str, Any]) -> str:
    names = ("agent", "systems", "permitted", "denied", "held", "done", "failed", "uncertain")
    rows = [
        (each["agent"], ", ".join(each["systems"]), *(each[name] for name in names[2:])) for each in report["agents"]
    ]
    return _section("What agents asked for", names, rows, "No agent asked for anything.")


def _systems(report: Mapping[str, Any]) -> str:
    columns = ("system", "risk class", "disclosures", "notices", "lacks")
    rows = [
        (
            each["system"],
            each["risk_class"],
            each["disclosures"],
            each["notices"],
            "; ".join(each["lacks"]) or "nothing",
        )
        for each in report["systems"]
    ]
    return _section("Systems and duties", columns, rows, "The workspace has no register of AI systems.")


def _incidents(report: Mapping[str, Any]) -> str:
    names = ("incident", "category", "origin", "agent", "aware", "due", "reported", "state")
    rows = [tuple(each[name] for name in names) for each in report["incidents"]]
    return _section("Incidents", names, rows, "No incident was opened.")


def _halts(report: Mapping[str, Any]) -> str:
    names = ("scope", "by", "at")
    rows = [tuple(each[name] for name in names) for each in report["halts"]]
    return _section("Halts", names, rows, "Nothing was halted.")


_COLUMNS = (*_ANSWERS, "approved %", "overridden %", "median", "90 %")


def _told(answers: Mapping[str, Any]) -> Row:
    return (
        *(answers[name] for name in _ANSWERS),
        _share(answers["approval_rate"]),
        _share(answers["override_rate"]),
        _seconds(answers["answer_median"]),
        _seconds(answers["answer_p90"]),
    )


def _section(title: str, columns: Sequence[str], rows: Iterable[Row], empty: str, note: str = "") -> str:
    rows = list(rows)
    if not rows:
        return f"<section><h2>{escape(title)}</h2><p>{escape(empty)}</p></section>"
    numbers = [all(isinstance(row[place], int) for row in rows) for place in range(len(columns))]
    head = "".join(
        f'<th scope="col"{_aligned(place, numbers)}>{escape(name)}</th>' for place, name in enumerate(columns)
    )
    body = "".join(_row(row, numbers) for row in rows)
    caption = f"<caption>{escape(note)}</caption>" if note else f"<caption>{escape(title)}</caption>"
    table = f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<section><h2>{escape(title)}</h2><div class="wide" tabindex="0">{table}</div></section>'


def _row(row: Row, numbers: Sequence[bool]) -> str:
    first, *rest = row
    cells = "".join(f"<td{_aligned(place, numbers)}>{_cell(value)}</td>" for place, value in enumerate(rest, 1))
    return f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>'


def _aligned(place: int, numbers: Sequence[bool]) -> str:
    return ' class="n"' if numbers[place] else ""


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def _share(value: float | None) -> str:
    return "none answered" if value is None else f"{value:.1%}"


def _caught(value: float | None) -> str:
    return "no probe" if value is None else f"{value:.0%}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "none"
    for limit, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if value >= limit:
            return f"{value / limit:.1f} {unit}"
    return f"{value:.1f} s"
