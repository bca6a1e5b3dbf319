"""The report as Markdown, for a comment on a pull request."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from xop.lab.backtest.report import Group, Report, Row
from xop.lab.backtest.wording import contacts_told, counts_told, description, summary


def markdown(report: Report) -> str:
    """Return the report as GitHub-flavoured Markdown; what came from the history is escaped."""
    count = report.differences
    head = f"{count:,} difference{'' if count == 1 else 's'}" if count else "no differences"
    lines = [f"## Backtest: {head}", ""]
    lines += [f"- {_escaped(name)}: {_escaped(value)}" for name, value in summary(report).items()]
    if report.groups:
        lines += ["", *_table(("differences", "customers", "what"), (_row(group) for group in report.groups))]
        lines += [line for group in report.groups for line in _example(group)]
    for title, rows in (
        ("rule", report.by_rule),
        ("action", report.by_action),
        ("actor", report.by_actor),
        ("fact", report.by_fact),
    ):
        if rows:
            lines += ["", *_table((title, "differences", "before", "after"), (_counted(row) for row in rows))]
    told = contacts_told(report)
    if told:
        lines += ["", *_table(("contacts", "customers"), told)]
    return "\n".join(lines) + "\n"


def _row(group: Group) -> tuple[str, str, str]:
    return f"{group.count:,}", f"{group.customers:,}", description(group)


def _counted(row: Row) -> tuple[str, str, str, str]:
    return row.name, f"{row.differences:,}", counts_told(row.before), counts_told(row.after)


def _example(group: Group) -> list[str]:
    one = group.example
    content = msgspec.json.format(msgspec.json.encode(msgspec.to_builtins(one)), indent=2).decode()
    fence = "`" * max(3, _longest_run(content) + 1)
    told = f"<details><summary>{_escaped(description(group))}: an example</summary>"
    return ["", told, "", f"{fence}json", content, fence, "", "</details>"]


def _longest_run(text: str) -> int:
    """Return the length of the longest run of backticks, which a fence must be longer than."""
    longest = run = 0
    for each in text:
        run = run + 1 if each == "`" else 0
        longest = max(longest, run)
    return longest


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    return [
        f"| {' | '.join(columns)} |",
        f"| {' | '.join('---' for _ in columns)} |",
        *(f"| {' | '.join(_escaped(str(cell)) for cell in row)} |" for row in rows),
    ]


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
    for each in "\\|`*_[]#@":
        text = text.replace(each, f"\\{each}")
    return text
