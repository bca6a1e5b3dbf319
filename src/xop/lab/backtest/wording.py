"""The words in which a report is told, whether to a terminal or to a pull request."""

from collections.abc import Mapping

from xop.lab.backtest.report import Group, Report

_KINDS = {
    "verdict": "verdict",
    "proposal": "proposal",
    "arguments": "proposal with",
    "reason": "verdict",
    "course": "afterwards",
    "timing": "carried out or judged again",
    "refusal": "command",
    "fact": "fact",
}


def description(group: Group) -> str:
    """Return a sort of difference in one line."""
    rules = " → ".join(each or "nothing" for each in (group.rule_before, group.rule_after))
    by = f" by {group.actor}" if group.actor else ""
    why = f" ({rules})" if group.rule_before or group.rule_after else ""
    return f"{group.subject}{by}: {_KINDS[group.kind]} {group.change}{why}"


def summary(report: Report) -> dict[str, str]:
    """Return what was compared, by name."""
    more, less = report.customers_contacted_more, report.customers_contacted_less
    return {
        "before": _release(report, after=False),
        "after": _release(report, after=True),
        "span": f"{report.start or 'the beginning'} to {report.end}",
        "history": f"{report.customers:,} customers, {report.commands:,} commands from outside, "
        f"{report.decisions:,} stored decisions",
        "contacts": f"{report.before.contacts:,} before, {report.after.contacts:,} after; "
        f"{more:,} customers get more, {less:,} get fewer",
        "differences": f"{report.differences:,}",
    }


def _release(report: Report, *, after: bool) -> str:
    one = report.after if after else report.before
    made = f"{one.decisions:,} decisions, {one.reproduced:,} of the {report.decisions:,} stored ones again"
    return f"{one.name} {one.digest}: {made}"


def counts_told(counts: Mapping[str, int]) -> str:
    """Return counts by name in one line."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


def contacts_told(report: Report) -> list[tuple[str, str]]:
    """Return how many customers get how many more or fewer contacts."""
    return [(f"{each.by:+,}", f"{each.customers:,}") for each in report.contacts]
