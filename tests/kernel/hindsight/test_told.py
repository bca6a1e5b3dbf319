"""Counterfactuals said to customers name no value that may be somebody else's."""

import pytest

from xop.kernel.base.actor import Actor
from xop.kernel.base.phrase import spoken
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.told_to_customer import counterfactual_to_customer

DECISION = Decision(
    "dec_1", 0, "c", "proposal", Actor("agent", "bot"), "cus_1", "rel_1", "issue_credit", 1, "inv_1", "deny", "service"
)

FACTS = {
    "facts.calls": "How often you called.",
    "facts.owed": "What you owe, in cents",
    "facts.abroad": "Whether you are abroad",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("arguments.reason", "Zelda", None), "If the reason had been left out, it would have been allowed."),
        (Change("arguments.reason", "Zelda", "x"), "If the reason had been another one, it would have been allowed."),
        (
            Change("arguments.amount_cents", 3500, 2000),
            "If the amount had been at most 20.00 (it was 35.00), it would have been allowed.",
        ),
        (
            Change("intents", ["settle_bill"], []),
            "If we had not thought that you want to “settle bill”, it would have been allowed.",
        ),
        (
            Change("arguments.names", ["Zelda", "Ann"], []),
            "If the names had been others, it would have been allowed.",
        ),
        (
            Change("arguments.note", None, "x"),
            "If the request had said something about “note”, it would have been allowed.",
        ),
        (
            Change("facts.calls", 1, 3),
            "If the number of times you called had been at least 3 (it was 1), it would have been allowed.",
        ),
        (
            Change("facts.owed", 4500, 4000),
            "If what you owe had been at most 40.00 (it was 45.00), it would have been allowed.",
        ),
        (
            Change("facts.abroad", True, False),
            "If it had not been true that you are abroad, it would have been allowed.",
        ),
        (
            Change("facts.owed", None, 0),
            "If we had been able to find out what you owe, and it had been 0.00, it would have been allowed.",
        ),
    ],
)
def test_a_change_is_said_without_the_text_it_was_about(change, said):
    found = Counterfactual((change,), "permit", "")
    assert spoken(counterfactual_to_customer(found, DECISION, "service", FACTS)) == said


def test_a_change_is_said_in_another_language_with_its_own_way_of_writing_numbers():
    german = {
        "{conditions}, it would have been allowed.": "{conditions}, wäre es erlaubt worden.",
        "if {what} had been at most {would} (it was {was})": "wären {what} höchstens {would} gewesen (es waren {was})",
        "{whole}.{hundredths}": "{whole},{hundredths} Euro",
        "what you owe": "Ihre Schulden",
    }
    found = Counterfactual((Change("facts.owed", 4500, 4000),), "permit", "")
    told = counterfactual_to_customer(found, DECISION, "service", FACTS)
    said = spoken(told, lambda template: german.get(template, template))
    assert said == "Wären Ihre Schulden höchstens 40,00 Euro gewesen (es waren 45,00 Euro), wäre es erlaubt worden."
