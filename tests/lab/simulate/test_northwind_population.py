"""The population of the example operator lives through all that its workspace declares."""

import pytest

from examples.northwind_mobile.server import WORKSPACE
from xop.lab.simulate import Plan, Setting, report, run, setting
from xop.workspace import read_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def told():
    """Return the report of four weeks of some hundred customers."""
    found = setting(Plan(read_folder(WORKSPACE).files, 600, 28, 1, "2026-01-05"))
    assert isinstance(found, Setting), found
    return report(found, run(found, 1))


def test_customers_enter_every_journey_and_reach_every_goal(told):
    entered = {row["journey"]: row["entered"] for row in told["journeys"]}
    assert len(entered) == 6
    assert min(entered.values()) > 10, entered
    with_goal = ("onboarding", "outage_notice", "payment_recovery", "proactive_save")
    goals = {row["journey"]: row["goal"] for row in told["journeys"] if row["journey"] in with_goal}
    assert min(goals.values()) > 5, goals


def test_every_offer_is_chosen_and_turns_out_well_for_some_and_not_for_others(told):
    chosen = {row["candidate"] for row in told["choices"]["chosen"]}
    assert {"discount", "smaller_plan", "call_back"} <= chosen
    outcomes = {row["outcome"] for row in told["choices"]["results"]}
    assert {"stayed", "declined", "left"} <= outcomes
    assert sum(row["count"] for row in told["choices"]["learned"]) > 10


def test_people_are_asked_at_every_step_that_asks_and_answer(told):
    asked = {row["question"]: row["became"] for row in told["questions"]}
    steps = ("onboarding: help", "outage_notice: ask", "payment_recovery: ask", "port_number: look_into_it")
    for question in (*steps, "proactive_save: talk", "proactive_save: person"):
        assert any(what.startswith("answered: ") for what in asked[question]), question
    assert {"approved", "refused"} <= set(asked["issue_credit"])


def test_nothing_that_customers_do_is_refused(told):
    by_customers = [row for row in told["refused"] if row["name"] != "an answer of a person"]
    assert by_customers == []
