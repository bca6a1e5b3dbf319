"""Journeys run in scenarios as they do in production, and their steps are counted."""

from tests.kit.harbour import FOLDER
from tests.lab.scenarios.material import FIRST_LINE, ana, failures, suite, the_failure
from xop.lab.scenarios.coverage import coverage
from xop.lab.scenarios.suite import run_suite

JOURNEY = {
    "journeys/welcome.yaml": """
name: welcome
description: Somebody new is greeted, and asked after a day whether all is well.
entries:
  - signal: profile.changed
    when: has(signal.data.plan)
  - api: true
steps:
  greet:
    propose: {action: send_notice, denied: skip, held: wait, arguments: {reason: welcome}}
  rest:
    wait: {for: 1d}
  look:
    branch:
      cases:
        - {when: "'cancel_contract' in customer.intents", go: care}
      otherwise: finish
  care:
    ask: {role: care, question: What now?, options: {call: finish, leave: lost}, within: 2d, late: lost}
  lost:
    end: {outcome: lost}
  finish:
    end: {outcome: settled}
""",
    "agents.yaml": (FOLDER / "agents.yaml").read_text(encoding="utf-8").replace("olga: {", 'olga: {journeys: ["*"], '),
}

ENTERED = """
when:
  - signal: profile.changed
    data: {plan: gold}
"""


def test_a_run_is_at_a_step_and_ends_with_an_outcome():
    text = ana(
        ENTERED
        + """then:
  - sent: {action: send_notice, count: 1, arguments: {reason: welcome}}
  - journey: {name: welcome, at: rest}
steps:
  - when:
      - after: 25h
    then:
      - journey: {name: welcome, ended: settled}
      - journey: {name: welcome, not_entered: true}
"""
    )
    assert failures(text, JOURNEY) == []
    early = the_failure(text.replace("after: 25h", "after: 23h"), JOURNEY)
    assert (early.line, early.happened) == (FIRST_LINE + 10, "it is at rest")
    other = the_failure(text.replace("ended: settled", "ended: lost"), JOURNEY)
    assert "one ended at finish: settled (end)" in other.happened
    assert "it is at rest" in the_failure(text.replace("at: rest", "at: greet"), JOURNEY).happened


def test_a_journey_that_was_entered_was_not_not_entered():
    failure = the_failure(ana(ENTERED + "then:\n  - journey: {name: welcome, not_entered: true}\n"), JOURNEY)
    assert failure.happened == "it is at rest; 1 entered"
    quiet = "when:\n  - signal: profile.changed\n    data: {name: Ana}\nthen:\n  - journey: {name: welcome, not_entered: true}\n"
    assert failures(ana(quiet), JOURNEY) == []


def test_a_person_answers_what_a_journey_asks():
    text = ana(
        """
  - signal: page.viewed
    data: {path: /cancel}
when:
  - enter: {journey: welcome, actor: operator:olga}
  - after: 25h
then:
  - journey: {name: welcome, at: care}
steps:
  - when:
      - reply: {by: operator:otto, choice: call}
    then:
      - journey: {name: welcome, ended: settled}
  - when:
      - reply: {by: operator:otto, choice: call}
    then:
      - refused: question-not-open
"""
    )
    assert failures(text, JOURNEY) == []
    assert failures(text.replace("choice: call", "choice: leave", 1), JOURNEY)


def test_steps_that_were_reached_are_covered():
    found = suite(ana(ENTERED + "  - after: 2d\nthen:\n  - journey: {name: welcome, ended: settled}\n"), JOURNEY)
    share = coverage(found.files, found.release, [each.touched for each in run_suite(found, [0])]).steps
    assert (share.covered, share.total) == (4, 6)
    assert [each.name for each in share.missing] == ["welcome/care", "welcome/lost"]
    assert share.missing[0].file == "journeys/welcome.yaml"
