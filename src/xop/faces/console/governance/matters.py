"""Matters: whatever is not as it must be, or will not be soon, with the page on which something is done about it."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from xop.faces.console.words import Words, marked, milliseconds

SOON = 60
"""Days before the end of a training or of an assessment in which it is told."""

_NOW, _LATER = True, False

_DAY = 86_400_000

_HOUR = 3_600_000

_LATE = 48 * _HOUR
"""An incident or an erasure that is due within this is told as urgent."""


class Matter(Struct, frozen=True):
    """One thing that somebody must see to."""

    urgent: bool
    """Whether it is not as it must be now; otherwise it will not be soon."""
    topic: str
    text: str
    address: str
    at: str | None = None
    """By when."""


class Standing(Struct, frozen=True):
    """How one duty stands over all systems."""

    duty: str
    article: str
    asks: str
    since: str
    in_force: bool
    applying: int
    lacking: list[str]
    """The systems that do not meet it."""


def duties(systems: Sequence[Any]) -> list[Standing]:
    """Return each duty once, with the systems that it applies to and those that lack something."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for system in systems:
        for duty in system.duties:
            found.setdefault(duty.duty, []).append((system.system, duty))
    return [
        Standing(
            duty=name,
            article=states[0][1].article,
            asks=states[0][1].asks,
            since=states[0][1].effective_from,
            in_force=states[0][1].in_force,
            applying=sum(each.applies for _, each in states),
            lacking=[system for system, each in states if each.applies and not each.met],
        )
        for name, states in found.items()
    ]


def matters(told: dict[str, Any], words: Words) -> list[Matter]:
    """Return everything that is not as it must be, what is urgent first, and of that what is due first."""
    found = [
        *_of_systems(told["register"], words),
        *_of_incidents(told["incidents"], words),
        *_of_erasures(told["erasures"], words),
        *_of_log(told["log"], words),
        *_of_people(told["register"], words),
        *_of_retention(told["retention"], words),
    ]
    return sorted(found, key=lambda each: (not each.urgent, each.at or "", each.topic, each.text))


def _of_systems(register: Any, words: Words) -> Iterator[Matter]:
    text = words.text
    for system in register.systems:
        address = f"/console/systems/{system.system}"
        for duty in system.duties:
            if duty.applies and not duty.met:
                said = text("{system} lacks {what} ({article}).").format(
                    system=system.system, what=duty.lacks or duty.asks, article=duty.article
                )
                until = None if duty.in_force else duty.effective_from
                yield Matter(duty.in_force, text("Duties"), said, address, until)
        until = system.assessment.valid_until if system.assessment is not None else ""
        left = _days(until, words) if until else SOON + 1
        if left <= SOON:
            said = text("The assessment of {system} is current until {day}.")
            day = words.date(_noon(until))
            yield Matter(left < 0, text("Duties"), said.format(system=system.system, day=day), address, until)


def _of_incidents(incidents: Any, words: Words) -> Iterator[Matter]:
    text = words.text
    for each in incidents.incidents if incidents is not None else ():
        address = f"/console/incidents/{each.incident}"
        said = f"{each.incident}: {each.summary or text('no summary')}"
        if each.state == "overdue":
            yield Matter(_NOW, text("Incidents"), text("Overdue. {incident}").format(incident=said), address, each.due)
        elif each.left is not None:
            urgent = each.left * 1000 < _LATE
            yield Matter(
                urgent, text("Incidents"), text("To be reported. {incident}").format(incident=said), address, each.due
            )
        elif each.reports and not any(report.complete for report in each.reports):
            said = text("The whole report is still to come. {incident}").format(incident=said)
            yield Matter(_LATER, text("Incidents"), said, address, each.due)
        elif each.category == "other" and each.by.startswith("system"):
            said = text("Nobody has said yet how grave it is. {incident}").format(incident=said)
            yield Matter(_LATER, text("Incidents"), said, address)


def _of_erasures(erasures: Any, words: Words) -> Iterator[Matter]:
    for each in erasures.erasures if erasures is not None else ():
        if each.state == "requested" and each.due and milliseconds(each.due) < words.now:
            said = words.text("The erasure {erasure} should be done by now.").format(erasure=each.erasure)
            yield Matter(_NOW, words.text("Erasures"), said, "/console/erasures", each.due)
        elif each.untold:
            said = words.text("{recipients} could not be told of the erasure {erasure}: tell them by hand.")
            named = said.format(recipients=", ".join(each.untold), erasure=each.erasure)
            yield Matter(_NOW, words.text("Erasures"), named, "/console/erasures", each.at)
    if erasures is not None and erasures.next is not None:
        said = words.text("The first {count} erasures were looked at here: look at the ones after them yourself.")
        further = f"/console/erasures?after={erasures.next}"
        yield Matter(_LATER, words.text("Erasures"), said.format(count=words.number(len(erasures.erasures))), further)


_STATES = marked(
    {
        "behind": "Leaves wait longer than they should for their checkpoint.",
        "unwitnessed": "Too few witnesses cosign the log.",
        "unwritable": "The files of the log cannot be written.",
        "refused": "The log signs nothing more.",
    }
)


def _of_log(log: Any, words: Words) -> Iterator[Matter]:
    topic = words.text("Log")
    if log is None:
        return
    if log.state != "ok":
        said = f"{words.text(_STATES.get(log.state, log.state))} {log.fault}".strip()
        yield Matter(_NOW, topic, said, "/console/log")
    elif not log.witnesses:
        yield Matter(_LATER, topic, words.text("No witness outside this company cosigns the log."), "/console/log")
    for each in log.witnesses:
        if each.state in {"failing", "conflict"}:
            said = words.text("The witness {name} does not cosign: {fault}").format(name=each.name, fault=each.fault)
            yield Matter(each.state == "conflict", topic, said, "/console/log")


def _of_people(register: Any, words: Words) -> Iterator[Matter]:
    for each in register.people:
        if each.left > SOON:
            continue
        said = words.text(
            "The training {record} of {person} ends on {day}."
            if each.valid
            else "The training {record} of {person} ended on {day}."
        )
        named = said.format(record=each.record, person=each.person, day=words.date(_noon(each.valid_until)))
        yield Matter(not each.valid, words.text("People"), named, "/console/compliance", each.valid_until)


def _of_retention(retention: Any, words: Words) -> Iterator[Matter]:
    last = retention.last if retention is not None else None
    if last is not None and last.over is None and milliseconds(last.begun) < words.now - _DAY:
        said = words.text("The run of retention that began {ago} is not over.").format(ago=words.ago(last.begun))
        yield Matter(_NOW, words.text("Retention"), said, "/console/retention", last.begun)


def _days(day: str, words: Words) -> int:
    return (milliseconds(f"{day}T23:59:59+00:00") - words.now) // _DAY


def _noon(day: str) -> str:
    """Return a day as a moment that is the same day nearly everywhere."""
    return f"{day}T12:00:00+00:00"
