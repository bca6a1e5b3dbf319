"""Queues compile, and a mistake in one is told with its line."""

import pytest

from tests.workspace.material import compiled, line_of, problems_of, with_text

AGENTS = "operators:\n  ann: {roles: [care]}\n  bob: {roles: [supervisor]}\n"

QUEUES = """
queues:
  billing:
    roles: [care]
    deadline: 5m
    hours: [{from: "22:00", to: "06:00", days: [fri]}]
    time_zone: Europe/Amsterdam
    escalation: leads
    fallback: {queue: leads}
  leads: {roles: [supervisor], fallback: {promise: We call you.}}
"""

JOURNEY = """
name: save
description: Somebody talks to the customer.
entries: [{api: true}]
steps:
  talk:
    handover: {queue: billing, reason: leaves, within: 1d, late: write, outcomes: {kept: thank}}
    next: end
  thank: {set: {x: 1}, next: end}
  write: {set: {x: 2}}
"""


def files(queues: str = QUEUES, journey: str = JOURNEY) -> dict[str, bytes]:
    return with_text(agents_yaml=AGENTS, queues_yaml=queues, journeys__save_yaml=journey)


def test_queues_are_part_of_the_release():
    release = compiled(files())
    assert list(release.queues) == ["billing", "leads"]
    assert (release.queues["billing"].escalation, release.most_handovers) == ("leads", 5)
    changed = {**files(), "workspace.toml": b'name = "minimal"\n[handovers]\nmost = 2\n'}
    assert compiled(changed).most_handovers == 2


@pytest.mark.parametrize(
    ("old", "new", "marker", "cause", "remedy"),
    [
        ("roles: [care]", "roles: [carer]", "carer", "nobody works in the queue", "did you mean 'care'?"),
        ("time_zone: Europe/Amsterdam", "time_zone: Mars/North", "Mars", "no time zone", "UTC"),
        ("escalation: leads", "escalation: lead", "escalation", "there is no queue 'lead'", "did you mean 'leads'?"),
        ("escalation: leads", "escalation: billing", "escalation", "leads to itself", "another queue"),
        ("{queue: leads}", "{queue: billing}", "fallback", "leads to itself", "another queue"),
        ("deadline: 5m", "deadline: 0m", "deadline", "no time at all", "15m"),
        ('to: "06:00"', 'to: "22:00"', "hours", "begin and end at the same time", "always attended"),
        ("deadline: 5m", "suggests: best", "suggests", "there is no decision set 'best'", ""),
    ],
)
def test_a_mistake_in_a_queue_is_told(old, new, marker, cause, remedy):
    assert old in QUEUES
    broken = files(QUEUES.replace(old, new, 1))
    line, found = line_of(broken, "queues.yaml", marker), problems_of(broken)
    assert [each for each in found if (each.file, each.line) == ("queues.yaml", line) and cause in each.cause], found
    assert [each for each in found if cause in each.cause and remedy in each.remedy], found


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("queue: billing", "queue: bills", "there is no queue 'bills'"),
        ("queue: billing, ", "", "nobody is named to hand over to"),
        ("queue: billing", "queue: billing, role: care", "names a role and a queue"),
        ("queue: billing", "role: care", "`outcomes` goes with a queue"),
        ("kept: thank", "kept: thanks", "there is no step 'thanks'"),
    ],
)
def test_a_mistake_in_a_handover_of_a_journey_is_told(old, new, cause):
    found = problems_of(files(journey=JOURNEY.replace(old, new, 1)))
    assert [each for each in found if each.file == "journeys/save.yaml" and cause in each.cause], found


@pytest.mark.parametrize(
    ("signal", "cause"),
    [
        ("{conversation: c, changes: [{hand_over: {queue: bills, summary: x}}]}", "there is no queue 'bills'"),
        ("{changes: [{hand_over: {queue: billing, summary: x}}]}", "says nothing of its conversation"),
    ],
)
def test_a_mistake_in_a_rule_that_hands_over_is_told(signal, cause):
    found = problems_of({**files(), "signals.yaml": f"signals:\n  person.asked: {signal}\n".encode()})
    assert [each for each in found if each.file == "signals.yaml" and cause in each.cause], found
