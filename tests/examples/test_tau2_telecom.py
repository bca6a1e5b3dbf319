"""The operator's agent: every sentence that became a rule is reached, and numbers and prices are heard as what they are."""

from pathlib import Path

import pytest

from tests.kit.chat import profile_after
from xop.lab.scenarios.coverage import coverage
from xop.lab.scenarios.suite import Suite, read_suite, run_suite

WORKSPACE = Path(__file__).resolve().parents[2] / "examples" / "tau2_telecom" / "workspace"

PRICES = (
    "Data is $2.00 per GB.",
    "2GB would be 4 dollars.",
    "Each gigabyte costs €3.",
    "It is 50 cents a GB, shall I?",
)
NO_PRICES = (
    "Your bill of $65.00 is overdue.",
    "You have used 15.1 GB of 15 GB.",
    "Data costs extra.",
)


@pytest.fixture(scope="module")
def suite() -> Suite:
    """The workspace and its scenarios."""
    found = read_suite(WORKSPACE)
    assert isinstance(found, Suite), found
    return found


def test_every_rule_and_every_change_is_reached_by_a_scenario_that_says_what_comes_of_it(suite: Suite):
    told = list(run_suite(suite, range(len(suite.scenarios))))
    assert [failure for each in told for failure in each.failures] == []
    share = coverage(suite.files, suite.release, [each.touched for each in told])
    assert (share.rules.missing, share.triggers.missing) == ((), ())


def test_every_rule_cites_the_sentence_it_comes_from(suite: Suite):
    own = [rule for rule in suite.release.policies.rules.values() if rule.pack == "telecom"]
    assert own
    assert [rule.id for rule in own if not rule.basis or not rule.message] == []


def test_every_change_of_a_record_asks_who_it_is_and_what_costs_money_asks_for_more(suite: Suite):
    changes = {
        each.action.name: each.action for each in suite.release.actions.values() if "changes" in each.action.groups
    }
    assert len(changes) == 6
    assert {name for name, each in changes.items() if each.assurance > 1} == {"refuel_data"}
    assert all(each.assurance >= 1 and "identified" in each.facts for each in changes.values())


@pytest.mark.parametrize("price", PRICES)
async def test_a_price_of_data_is_agreed_to_by_whoever_goes_on(suite: Suite, price: str):
    assert (await profile_after(suite.release, ("agent", price), ("user", "Go on then.")))["data_price"] == "answered"
    assert (await profile_after(suite.release, ("agent", price)))["data_price"] == "named"


@pytest.mark.parametrize("text", NO_PRICES)
async def test_nothing_else_is_taken_for_a_price_of_data(suite: Suite, text: str):
    assert "data_price" not in await profile_after(suite.release, ("agent", text), ("user", "Go on then."))


async def test_a_refused_price_is_agreed_to_when_it_is_named_again(suite: Suite):
    refused = [("agent", PRICES[0]), ("user", "No, too much.")]
    assert (await profile_after(suite.release, *refused))["data_price"] == "refused"
    again = [*refused, ("agent", PRICES[1]), ("user", "Fine.")]
    assert (await profile_after(suite.release, *again))["data_price"] == "answered"


async def test_only_messages_that_name_a_number_are_kept(suite: Suite):
    said = [
        ("user", "Hello."),
        ("user", "It is 555-123-2002."),
        ("user", "or (555) 123 2001"),
        ("agent", "555-123-2003?"),
    ]
    kept = (await profile_after(suite.release, *said))["numbers_named"]
    assert kept.split() == ["It", "is", "555-123-2002.", "or", "(555)", "123", "2001"]
