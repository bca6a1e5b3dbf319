"""A report as Markdown, for a comment on a change of a workspace."""

from collections.abc import Iterator
from typing import Any

import msgspec

from xop.lab.prove.model import Comparison, Difference, Effectless, Proof, Report
from xop.lab.prove.witness import Witness

_RESULTS = {"proved": "proved", "counterexample": "**counterexample**", "unknown": "unknown"}

ONLY_EARLIER = (
    "Only an invocation proposed under an earlier release can be like this: contracts bind what is proposed from now on, "
    "so write a Cedar rule that forbids it"
)
"""What a counterexample means that no proposal of this release can be, and what to do about it."""

_ASPECTS = {
    "outcome": "",
    "wait": " (waits for something else)",
    "obligations": " (other obligations)",
    "halts": " (stops something else)",
}


def markdown(report: Report, comparison: Comparison | None = None) -> str:
    """Return a report, and the comparison with an earlier release if there is one."""
    return "\n".join([*_report(report), *(_comparison(comparison) if comparison is not None else ())]) + "\n"


def _report(report: Report) -> Iterator[str]:
    proved = sum(proof.result == "proved" for proof in report.proofs)
    yield f"## {_plain(report.name)}: {proved} of {len(report.proofs)} invariants proved"
    yield ""
    yield f"Release `{report.release}`, {report.rules} rules."
    yield ""
    yield "| invariant | result | meaning |"
    yield "| --- | --- | --- |"
    for proof in report.proofs:
        why = f" ({_plain(proof.why)})" if proof.why else ""
        result = "proved, vacuous" if proof.vacuous else _RESULTS[proof.result]
        yield f"| `{proof.invariant}` | {result}{why} | {_plain(proof.message)} |"
    for proof in report.proofs:
        yield from _counterexample(proof)
    yield from _rules(report.effectless)
    if report.nobody:
        yield ""
        yield f"Nobody may do: {', '.join(f'`{name}`' for name in report.nobody)}."
    if report.observed:
        yield ""
        yield f"Only observed, and left out: {', '.join(f'`{name}`' for name in report.observed)}."


def _counterexample(proof: Proof) -> Iterator[str]:
    if proof.witness is not None:
        yield ""
        yield from _details(f"A request that breaks <code>{proof.invariant}</code>", proof.witness)
        if proof.witness.carried:
            yield ""
            yield f"{ONLY_EARLIER}."


def _rules(effectless: tuple[Effectless, ...]) -> Iterator[str]:
    if effectless:
        yield ""
        yield "### Rules without effect"
        yield ""
        yield "| rule | where | | why |"
        yield "| --- | --- | --- | --- |"
    for each in effectless:
        by = f"; decided by {', '.join(f'`{name}`' for name in each.by)}" if each.by else ""
        yield f"| `{each.rule}` | {_plain(each.place)} | {each.flaw} | {_plain(each.why)}{by} |"


def _comparison(comparison: Comparison) -> Iterator[str]:
    yield ""
    yield f"## What changes from `{comparison.before}`"
    yield ""
    if not comparison.differences:
        yield "No request is treated differently."
    else:
        yield "| before | after | because of | instead of | actions | principals |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for each in comparison.differences:
        told = (f"`{each.reason_after}`", f"`{each.reason_before}`", _names(each.actions), _names(each.principals))
        yield f"| {each.before} | {each.after}{_ASPECTS[each.aspect]} | {' | '.join(told)} |"
    for number, each in enumerate(comparison.differences, 1):
        yield ""
        yield from _details(f"{number}. {_headline(each)}", each.new)
    for note in comparison.notes:
        yield ""
        yield f"Note: {_plain(note)}."


def _headline(difference: Difference) -> str:
    request = difference.new.request
    return f"{request.action} by {request.principal_type} {_plain(request.principal)}: {difference.before} → {difference.after}"


def _details(summary: str, found: Witness) -> Iterator[str]:
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield "```json"
    yield json_of(found.request)
    yield "```"
    yield ""
    yield "</details>"


def json_of(document: Any) -> str:
    """Return a value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _plain(text: str) -> str:
    """Return text as it may stand in a cell: one line that is no markup."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
