"""What a scenario lets happen goes the way it would in production."""

from tests.lab.scenarios.material import ana, failures, the_failure


def test_a_person_approves_what_was_held_last():
    text = ana(
        """
when:
  - propose: {action: issue_credit, actor: agent:helper_bot, arguments: {cents: 6000}}
  - propose: {action: issue_credit, actor: agent:helper_bot, arguments: {cents: 7000}}
  - approve: {by: operator:olga, action: issue_credit}
then:
  - sent: {count: 1, arguments: {cents: 7000}}
  - held: {action: issue_credit}
steps:
  - when:
      - refuse: {by: operator:olga}
    then:
      - outcome: {status: cancelled, rule: xop.refused_by_person}
      - not_sent: {}
  - when:
      - approve: {by: operator:olga}
    then:
      - refused: approval-not-open
"""
    )
    assert failures(text) == []
    assert failures(text.replace("arguments: {cents: 7000}}\n      - held", "arguments: {cents: 6000}}\n      - held"))


def test_only_what_waits_for_an_approval_is_approved():
    text = ana(
        """
when:
  - propose: {action: issue_credit, actor: agent:helper_bot, arguments: {cents: 6000}}
  - propose: {action: reset_pin, actor: operator:otto}
  - approve: {by: operator:olga}
then:
  - sent: {action: issue_credit, count: 1}
  - held: {action: reset_pin, until: verification}
"""
    )
    assert failures(text) == []


def test_the_answer_of_a_read_action_is_what_a_fact_is_made_of():
    text = ana(
        """
  - respond: {action: look_up_score, output: {score: 700}}
when:
  - propose: {action: raise_limit, actor: operator:olga}
then:
  - verdict: permit
"""
    )
    assert failures(text) == []
    low = the_failure(text.replace("score: 700", "score: 400"))
    assert "harbour.score" in low.happened
    unknown = the_failure(text.replace("output: {score: 700}", "result: retry"))
    assert "xop.fact_unknown" in unknown.happened


def test_an_answer_holds_for_as_many_requests_as_it_says_and_the_one_before_after_them():
    text = ana(
        """
  - respond: {connection: desk, result: failed}
  - respond: {action: issue_credit, result: retry, times: 2}
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 5}}
  - after: 1m
then:
  - sent: {action: issue_credit, count: 1}
  - outcome: {status: failed}
"""
    )
    assert failures(text) == []
    assert failures(text.replace("times: 2", "times: 200"))


def test_an_answer_is_given_to_what_it_is_for_and_to_nothing_else():
    connections = {"connections.yaml": "connections: {desk: {adapter: simulated}, annex: {adapter: simulated}}"}
    text = ana(
        """
  - respond: {action: reset_pin, result: failed}
  - respond: {connection: annex, result: failed}
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 5}}
then:
  - outcome: {status: done}
"""
    )
    assert failures(text, connections) == []
    assert failures(text.replace("action: reset_pin", "action: issue_credit"), connections)
    assert failures(text.replace("connection: annex", "connection: desk"), connections)


def test_no_two_things_happen_at_the_same_moment():
    text = ana(
        """
  - signal: identity.refused
  - signal: identity.verified
when:
  - propose: {action: reset_pin, actor: operator:olga}
then:
  - verdict: permit
"""
    )
    assert failures(text) == []
    refused = text.replace("identity.refused", "identity.later").replace("identity.verified", "identity.refused")
    assert "hold until verification" in the_failure(refused.replace("identity.later", "identity.verified")).happened


def test_an_uncertain_request_waits_for_a_person():
    text = ana(
        """
  - respond: {result: uncertain, times: 1}
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 5}}
  - after: 1d
then:
  - outcome: {status: uncertain}
  - sent: {count: 1}
steps:
  - when:
      - reconcile: {by: operator:olga, choice: resend}
    then:
      - outcome: {status: done}
      - sent: {count: 1}
"""
    )
    assert failures(text) == []
    assert failures(text.replace("choice: resend", "choice: drop"))


def test_a_connection_whose_receiver_knows_the_key_is_asked_again():
    connections = {"connections.yaml": "connections: {desk: {adapter: simulated, settings: {idempotent: true}}}"}
    text = ana(
        """
  - respond: {result: uncertain, times: 1}
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 5}}
  - after: 1m
then:
  - outcome: {status: done}
"""
    )
    assert failures(text, connections) == []
    assert failures(text)


def test_what_left_is_told_apart_by_its_connection():
    connections = {"connections.yaml": "connections: {desk: {adapter: simulated}, annex: {adapter: simulated}}"}
    text = ana(
        """
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 5}}
then:
  - sent: {connection: desk, count: 1}
  - not_sent: {connection: annex}
"""
    )
    assert failures(text, connections) == []
    assert len(failures(text.replace("desk, count: 1", "annex"), connections)) == 1


def test_nothing_is_asked_of_the_real_outside():
    elsewhere = """
connections:
  desk:
    adapter: http
    settings: {base_url: "http://127.0.0.1:9", auth: {scheme: bearer, token: "${env:NOT_SET_ANYWHERE}"}}
    rate: 0.001
"""
    action = """
name: read_bill
version: 1
description: Read the customer's last bill.
kind: write
purpose: service
binding:
  connection: desk
  request: {method: POST, path: /bill}
"""
    text = ana(
        """
when:
  - propose: {action: read_bill, actor: operator:olga}
  - propose: {action: read_bill, actor: operator:olga}
then:
  - sent: {action: read_bill, count: 2}
  - outcome: {status: done}
"""
    )
    names = ("build_profile", "issue_credit", "look_up_score", "mail_statement", "offer_help", "raise_limit")
    more = ("read_bill", "reset_pin", "send_notice", "send_offer", "send_text")
    actions = {f"actions/{name}.yaml": action.replace("read_bill", name) for name in (*names, *more)}
    rules = {"policies/harbour.cedar": "// no rules\n", "signals.yaml": "signals: {}\n", "facts.yaml": "facts: {}\n"}
    assert failures(text, {**actions, **rules, "connections.yaml": elsewhere}) == []


def test_a_signal_may_have_happened_before_it_is_told():
    text = ana(
        """
  - signal: sim.swapped
    ago: 71h
  - signal: identity.verified
when:
  - propose: {action: reset_pin, actor: operator:olga}
then:
  - {verdict: deny, rule: harbour.sim_swap}
"""
    )
    assert failures(text) == []
    assert "permit" in the_failure(text.replace("71h", "73h")).happened


def test_what_was_said_about_consent_before_is_given():
    text = ana(
        """
  - customer: ben
    identifiers: {email: ben@harbour.test}
    consents: [{purpose: marketing, channel: email, until: 2026-09-28T13:00:00Z}]
  - customer: cleo
    identifiers: {email: cleo@harbour.test}
    consents: [{purpose: marketing, channel: email}, {purpose: marketing, change: objected}]
when:
  - propose: {action: send_offer, actor: operator:olga}
    customer: ben
  - propose: {action: send_offer, actor: operator:olga}
    customer: cleo
then:
  - {verdict: permit, customer: ben}
  - {verdict: deny, customer: cleo, rule: xop.consent_objected}
steps:
  - when:
      - after: 1h
      - propose: {action: send_offer, actor: operator:olga}
        customer: ben
    then:
      - {verdict: deny, customer: ben, rule: xop.consent_expired}
"""
    )
    assert failures(text) == []


def test_identifiers_that_a_signal_shares_make_two_customers_one():
    text = ana(
        """
  - customer: visitor
    identifiers: {cookie: c1}
  - signal: page.viewed
    customer: visitor
    data: {path: /cancel}
when:
  - signal: page.viewed
    identifiers: {account: a, cookie: c1}
    data: {path: /}
then:
  - context: customer.counters.cancel_visits == 1
    customer: ana
"""
    )
    assert failures(text) == []
    assert failures(text.replace("identifiers: {account: a, cookie: c1}", "customer: visitor"))


def test_what_a_trigger_proposes_is_judged_as_a_trigger():
    text = ana(
        """
when:
  - signal: page.viewed
    data: {path: /cancel}
  - signal: page.viewed
    data: {path: /cancel}
  - signal: page.viewed
    data: {path: /cancel}
then:
  - {verdict: permit, action: offer_help, actor: "trigger:page.viewed#3", stage: proposal}
  - sent: {action: offer_help, count: 1, arguments: {reason: cancel page}}
"""
    )
    assert failures(text) == []


def test_a_request_that_cannot_be_rendered_fails():
    text = ana(
        """
  - customer: ben
    identifiers: {account: b}
when:
  - propose: {action: mail_statement, actor: operator:olga}
    customer: ben
then:
  - outcome: {status: failed}
  - not_sent: {}
"""
    )
    assert failures(text) == []


def test_a_promise_is_broken_when_its_time_has_passed():
    text = ana(
        """
when:
  - signal: promise.made
    data: {id: p1}
  - after: 3d
then:
  - context: customer.promises.p1 == "broken"
"""
    )
    assert failures(text) == []
    assert failures(text.replace("after: 3d", "after: 1d"))


def test_a_customer_who_is_erased_is_known_no_more():
    text = ana(
        """
when:
  - erase: {by: operator:olga}
then:
  - not_sent: {}
steps:
  - when:
      - propose: {action: issue_credit, actor: agent:helper_bot, arguments: {cents: 100}}
    then:
      - refused: customer-unknown
"""
    )
    assert failures(text) == []
    assert failures(text.replace("- erase: {by: operator:olga}", "- after: 1d"))
