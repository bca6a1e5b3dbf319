"""Every kind of expectation is met when it is right and fails when it is wrong, with its line and the reason."""

import pytest

from tests.lab.scenarios.material import FIRST_LINE, ana, failures, the_failure

DENIED = """
  - signal: call.started
    data: {call: c1}
when:
  - propose: {action: send_offer, actor: operator:olga}
"""

SENT = """
when:
  - propose: {action: send_offer, actor: operator:olga, arguments: {reason: spring}}
  - after: 10m
"""

HELD = """
when:
  - propose: {action: issue_credit, actor: agent:helper_bot, arguments: {cents: 9000}}
"""

FAILED = """
  - respond: {connection: desk, result: failed, detail: closed}
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 100}}
"""

TURNED_DOWN = """
when:
  - propose: {action: issue_credit, actor: agent:helper_bot, arguments: {cents: 9000}}
  - refuse: {by: operator:olga}
"""

KNOWN = """
when:
  - signal: profile.changed
    data: {plan: gold}
  - signal: page.viewed
    data: {path: /cancel}
"""

REFUSED = """
when:
  - propose: {action: issue_credit, actor: agent:helper_bot, arguments: {cents: 9000}}
  - approve: {by: operator:otto}
"""

CASES = [
    (DENIED, "verdict: deny", "verdict: permit"),
    (DENIED, "verdict: deny", "verdict: hold"),
    (DENIED, "{verdict: deny, rule: xop.suppressed_by_support}", "{verdict: deny, rule: xop.quiet_hours}"),
    (DENIED, "{verdict: deny, action: send_offer}", "{verdict: deny, action: send_text}"),
    (DENIED, "{verdict: deny, actor: operator:olga}", "{verdict: deny, actor: operator:otto}"),
    (DENIED, "{verdict: deny, stage: proposal}", "{verdict: deny, stage: execution}"),
    (DENIED, "{verdict: deny, customer: ana}", "{verdict: permit, customer: ana}"),
    (DENIED, "not_sent: {action: send_offer}", "sent: {action: send_offer}"),
    (DENIED, "not_sent: {}", "sent: {}"),
    (SENT, "sent: {action: send_offer}", "not_sent: {action: send_offer}"),
    (SENT, "sent: {action: send_offer}", "not_sent: {}"),
    (SENT, "sent: {count: 1}", "sent: {count: 0}"),
    (SENT, "sent: {count: 1}", "sent: {count: 2}"),
    (SENT, "sent: {connection: desk}", "not_sent: {connection: desk}"),
    (SENT, "sent: {purpose: marketing}", "sent: {purpose: service}"),
    (SENT, "sent: {to: ana@harbour.test}", "sent: {to: ben@harbour.test}"),
    (SENT, 'sent: {to: "email:ana@harbour.test"}', 'not_sent: {to: "email:ana@harbour.test"}'),
    (SENT, "sent: {arguments: {reason: spring}}", "sent: {arguments: {reason: autumn}}"),
    (SENT, "not_sent: {arguments: {reason: autumn}}", "not_sent: {arguments: {reason: spring}}"),
    (SENT, 'sent: {between: ["12:10", "12:11"]}', 'sent: {between: ["12:11", "12:10"]}'),
    (SENT, 'sent: {between: ["23:00", "13:00"]}', 'sent: {between: ["12:00", "12:10"]}'),
    (
        SENT,
        "sent: {between: [2026-09-28T12:10:00Z, 2026-09-28T12:10:01Z]}",
        "sent: {between: [2026-09-28T12:10:01Z, 2026-09-28T12:11:00Z]}",
    ),
    (SENT, "outcome: {status: done}", "outcome: {status: failed}"),
    (SENT, "outcome: {status: done, action: send_offer}", "outcome: {status: done, action: send_text}"),
    (HELD, "verdict: hold", "verdict: permit"),
    (HELD, "{verdict: hold, until: approval}", "{verdict: hold, until: verification}"),
    (HELD, "held: {action: issue_credit}", "held: {action: send_offer}"),
    (HELD, "held: {until: approval}", "held: {until: quiet_hours_end}"),
    (HELD, "held: {approver: supervisor}", "held: {approver: finance}"),
    (HELD, 'held: {due: "12:00"}', 'held: {due: "12:01"}'),
    (HELD, "held: {due: 2026-10-01T12:00:00Z}", "held: {due: 2026-10-01T12:00:01Z}"),
    (FAILED, "outcome: {status: failed}", "outcome: {status: done}"),
    (FAILED, "outcome: {status: failed}", "outcome: {status: uncertain}"),
    (
        TURNED_DOWN,
        "outcome: {status: cancelled, rule: xop.refused_by_person}",
        "outcome: {status: cancelled, rule: xop.expired}",
    ),
    (KNOWN, "context: customer.profile.contract.plan == 'gold'", "context: customer.profile.contract.plan == 'tin'"),
    (KNOWN, "context: customer.counters.cancel_visits == 1", "context: customer.counters.cancel_visits == 2"),
    (KNOWN, "context: customer.intents.cancel_contract == 'open'", "context: customer.intents.other == 'open'"),
    (REFUSED, "refused: approval-role", "refused: approval-own"),
]


@pytest.mark.parametrize(("told", "right", "wrong"), CASES)
def test_an_expectation_is_met_when_right_and_fails_on_its_line_when_wrong(told, right, wrong):
    text = ana(f"{told.strip(chr(10))}\nthen:\n  - {right}\n")
    assert failures(text) == []
    planted = failures(ana(f"{told.strip(chr(10))}\nthen:\n  - {wrong}\n"))
    line = text.splitlines().index(f"      - {right}") + 1
    assert line in [failure.line for failure in planted]
    assert all(failure.file == "scenarios/harbour.yaml" and failure.happened and failure.remedy for failure in planted)


def test_a_failed_verdict_is_explained_with_the_rule_and_what_it_read():
    failure = the_failure(ana(DENIED + "then:\n  - verdict: permit\n"))
    assert failure.expected == "the verdict permit"
    assert failure.happened.startswith(
        "deny by xop.suppressed_by_support on send_offer asked for by operator:olga at 2026"
    )
    assert "This purpose rests while the customer has an open support case." in failure.explanation
    assert "contact.suppressed_by was ['support']" in failure.explanation
    assert "expect `verdict: deny` with `rule: xop.suppressed_by_support`" in failure.remedy


def test_the_remedy_names_the_line_of_the_workspaces_own_rule():
    failure = the_failure(ana(HELD + "then:\n  - verdict: permit\n"))
    assert "policies/harbour.cedar:7" in failure.remedy


def test_a_verdict_that_was_never_asked_for_says_what_was_judged_instead():
    failure = the_failure(ana(DENIED + "then:\n  - {verdict: deny, action: send_text}\n"))
    assert "1 other: deny by xop.suppressed_by_support on send_offer" in failure.happened
    nothing = the_failure(ana("when:\n  - signal: page.viewed\n    data: {path: /}\nthen:\n  - verdict: deny\n"))
    assert nothing.happened == "nothing was judged since the last `when` began"


def test_a_message_that_waits_is_told_from_one_that_never_comes():
    waiting = the_failure(ana(SENT.replace("after: 10m", "after: 9m") + "then:\n  - sent: {}\n"))
    assert "send_offer still waits" not in waiting.happened
    assert "let time pass" in waiting.remedy
    never = the_failure(ana(DENIED + "then:\n  - sent: {}\n"))
    assert "let time pass" not in never.remedy
    assert "the last decision was deny by xop.suppressed_by_support" in never.happened


def test_a_condition_that_fails_shows_the_values_it_read():
    failure = the_failure(ana(KNOWN + "then:\n  - context: customer.profile.contract.plan == 'tin'\n"))
    assert "customer.profile.contract.plan is 'gold'" in failure.happened
    missing = the_failure(ana(KNOWN + "then:\n  - context: customer.profile.tier == 'gold'\n"))
    assert "it cannot be answered" in missing.happened
    assert "customer.profile.tier is not there" in missing.happened


def test_an_expectation_looks_only_at_what_came_since_the_last_when():
    text = ana(
        SENT
        + """then:
  - sent: {count: 1}
steps:
  - when:
      - propose: {action: send_text, actor: operator:olga}
    then:
      - sent: {action: send_text, count: 1}
      - not_sent: {action: send_offer}
  - then:
      - sent: {count: 1}
"""
    )
    assert failures(text) == []


def test_expectations_may_name_one_of_several_customers():
    text = ana(
        """
  - customer: ben
    identifiers: {account: b}
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 1}}
    customer: ana
  - propose: {action: raise_limit, actor: operator:olga}
    customer: ben
then:
  - {verdict: permit, customer: ana}
  - {verdict: deny, customer: ben}
  - sent: {count: 1}
    customer: ana
  - not_sent: {}
    customer: ben
"""
    )
    assert failures(text) == []
    wrong = text.replace("{verdict: permit, customer: ana}", "{verdict: permit, customer: ben}")
    assert [failure.line for failure in failures(wrong)] == [FIRST_LINE + 8]


def test_something_refused_that_nobody_expects_fails_where_it_happened():
    failure = the_failure(ana(REFUSED + "then:\n  - held: {}\n"))
    assert failure.line == FIRST_LINE + 2
    assert failure.happened == "it was refused (approval-role): operator:otto is not supervisor"
    assert "expect `refused: approval-role`" in failure.remedy


def test_every_wrong_expectation_is_reported():
    told = ana(
        DENIED + "then:\n  - verdict: permit\n  - not_sent: {}\n  - sent: {}\n  - context: customer.flags.gone\n"
    )
    assert [failure.line - FIRST_LINE for failure in failures(told)] == [5, 7, 8]
