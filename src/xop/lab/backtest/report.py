"""The report of a backtest: how much was compared, every sort of difference with an example, and what it adds up to."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from xop.kernel.base.times import iso
from xop.kernel.release import Release
from xop.lab.backtest.bench import Assignment
from xop.lab.backtest.difference import Kind, Sort
from xop.lab.backtest.findings import Findings, Found, Side


class Named(Struct, frozen=True):
    """A release that was compared."""

    digest: str
    name: str
    decisions: int
    reproduced: int
    """Of the stored decisions, how many it made again."""
    contacts: int


class Example(Struct, frozen=True):
    """One difference in full."""

    customer: str
    part: str
    at: str
    command: str
    cause: str
    """The command from outside that it goes back to."""
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Group(Struct, frozen=True):
    """All differences of one sort."""

    kind: Kind
    change: str
    subject: str
    actor: str
    rule_before: str
    rule_after: str
    count: int
    customers: int
    example: Example


class Row(Struct, frozen=True):
    """What both releases came to under one name, and the differences that go with it."""

    name: str
    before: dict[str, int]
    """Verdicts, or occurrences."""
    after: dict[str, int]
    differences: int = 0


class Change(Struct, frozen=True):
    """How many customers get so many more contacts; fewer when negative."""

    by: int
    customers: int


class Report(Struct, frozen=True):
    """What a backtest found."""

    before: Named
    after: Named
    start: str
    """From when on both releases ruled; empty for the beginning."""
    end: str
    """When both runs ended."""
    customers: int
    entries: int
    commands: int
    decisions: int
    """Stored decisions in the span."""
    differences: int
    groups: list[Group]
    by_rule: list[Row]
    by_action: list[Row]
    by_actor: list[Row]
    by_fact: list[Row]
    contacts: list[Change]

    @property
    def customers_contacted_more(self) -> int:
        """How many customers get more contacts after than before."""
        return sum(each.customers for each in self.contacts if each.by > 0)

    @property
    def customers_contacted_less(self) -> int:
        """How many customers get fewer contacts after than before."""
        return sum(each.customers for each in self.contacts if each.by < 0)


def report(before: Release, after: Release, assignment: Assignment, findings: Findings) -> Report:
    """Return the report of what was found; the same findings always give the same report."""
    groups = _groups(findings)
    return Report(
        before=_named(before, findings.before),
        after=_named(after, findings.after),
        start=iso(assignment.start) if assignment.start > 0 else "",
        end=iso(assignment.end - 1),
        customers=findings.customers,
        entries=findings.entries,
        commands=findings.commands,
        decisions=findings.decisions,
        differences=sum(group.count for group in groups),
        groups=groups,
        by_rule=_rules(findings),
        by_action=_verdicts(findings, 0, lambda sort: sort.subject),
        by_actor=_verdicts(findings, 1, lambda sort: sort.actor),
        by_fact=_facts(findings),
        contacts=[Change(by, count) for by, count in sorted(findings.contacts.items())],
    )


def _named(release: Release, side: Side) -> Named:
    return Named(release.digest, release.name, side.decisions, side.reproduced, side.contacts)


def _groups(findings: Findings) -> list[Group]:
    """Return the sorts of difference, the most frequent first."""
    ordered = sorted(findings.found.items(), key=lambda each: (-each[1].count, each[0]))
    return [_group(sort, found) for sort, found in ordered]


def _group(sort: Sort, found: Found) -> Group:
    one = found.example
    example = Example(found.customer, one.part, iso(one.at), one.command, one.root, one.before, one.after)
    return Group(**structs.asdict(sort), count=found.count, customers=found.customers, example=example)


def _rules(findings: Findings) -> list[Row]:
    sides = [_by(side.rules, lambda key: key[0], lambda key: key[1]) for side in (findings.before, findings.after)]
    differences: Counter[str] = Counter()
    for sort, found in findings.found.items():
        for rule in {sort.rule_before, sort.rule_after}:
            differences[rule] += found.count
    return _rows(sides, differences)


def _verdicts(findings: Findings, field: int, name: Callable[[Sort], str]) -> list[Row]:
    sides = [
        _by(side.verdicts, lambda key: key[field], lambda key: key[2]) for side in (findings.before, findings.after)
    ]
    differences: Counter[str] = Counter()
    for sort, found in findings.found.items():
        if sort.kind != "fact":
            differences[name(sort)] += found.count
    return _rows(sides, differences)


def _facts(findings: Findings) -> list[Row]:
    sides = [
        {name: {"facts": count} for name, count in side.facts.items()} for side in (findings.before, findings.after)
    ]
    return _rows(sides, Counter())


def _by(
    counted: Mapping[Any, int], name: Callable[[Any], str], column: Callable[[Any], str]
) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for key, count in sorted(counted.items()):
        row = table[name(key)]
        row[column(key)] = row.get(column(key), 0) + count
    return {key: dict(sorted(row.items())) for key, row in table.items()}


def _rows(sides: Sequence[Mapping[str, dict[str, int]]], differences: Counter[str]) -> list[Row]:
    """Return the rows in which the releases differ, by name."""
    before, after = sides
    names = sorted((before.keys() | after.keys() | differences.keys()) - {""})
    rows = [Row(name, before.get(name, {}), after.get(name, {}), differences[name]) for name in names]
    return [row for row in rows if row.differences or row.before != row.after]
