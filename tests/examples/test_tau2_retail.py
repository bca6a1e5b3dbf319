"""The shop's agent: every sentence that became a rule is reached, and a yes is heard as one."""

from pathlib import Path
from typing import Any

import pytest

from tests.kit.chat import profile_after
from xop.lab.scenarios.coverage import coverage
from xop.lab.scenarios.suite import Suite, read_suite, run_suite

WORKSPACE = Path(__file__).resolve().parents[2] / "examples" / "tau2_retail" / "workspace"

SAYS_YES = (
    "Yes, please go ahead.",
    "YES — cancel both of them.",
    "yep",
    "y",
    "Please proceed with the exchange.",
    "I confirm the return of the lamp.",
    "Confirm.",
    "Sure, do it.",
    "Thanks. Okay, that's fine.",
    "That works for me.",
    "Great, sounds good!",
    "Correct. Use my original card.",
    "I don't have the order number, but yes, cancel it.",
)
SAYS_NO_YES = (
    "What would I get back?",
    "I'd like to swap the lamp for the cheapest one.",
    "No, don't proceed.",
    "Wait, before you do that, is there a fee?",
    "Wait, is it correct that there is a fee?",
    "Please summarize the details before you proceed.",
    "I'm not sure which order it was.",
    "Can you confirm whether both were delivered?",
    "Eyes on the prize: which colours are there?",
    "",
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
    own = [rule for rule in suite.release.policies.rules.values() if rule.pack == "retail"]
    assert own
    assert [rule.id for rule in own if not rule.basis or not rule.message] == []


def test_every_change_of_a_record_asks_for_authentication_and_a_yes(suite: Suite):
    changes = [each for each in suite.release.actions.values() if "changes" in each.action.groups]
    assert len(changes) == 7
    for each in changes:
        assert each.action.assurance == 2
        assert "confirmed" in each.action.facts
        assert {"own_order", "own_profile"} & {*each.action.facts}


@pytest.mark.parametrize("text", SAYS_YES)
async def test_a_yes_is_heard(suite: Suite, text: str):
    assert (await heard(suite, text))["agreed"] is True


@pytest.mark.parametrize("text", SAYS_NO_YES)
async def test_nothing_else_is_taken_for_a_yes(suite: Suite, text: str):
    assert (await heard(suite, text))["agreed"] is False


async def test_only_the_last_message_answers(suite: Suite):
    assert (await heard(suite, "Yes!", "How much was it again?"))["agreed"] is False


async def test_only_messages_that_name_an_order_are_kept(suite: Suite):
    kept = await heard(suite, "My card ends in 1234.", "It is #W100.", "Or W200, I forget.", "Yes.")
    assert kept["orders_named"].split() == ["It", "is", "#W100.", "Or", "W200,", "I", "forget."]


async def heard(suite: Suite, *texts: str) -> dict[str, Any]:
    """Return what is kept of a customer who wrote some messages one after the other."""
    return await profile_after(suite.release, *(("user", text) for text in texts))
