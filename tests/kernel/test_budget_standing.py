"""What a budget counts: acts of one actor, within its span, of the actions it is about."""

from xop.kernel.base.principal import Budget
from xop.kernel.budgets.model import Act, sums, used

NOW, DAY = 10 * 86_400_000, 86_400_000


def test_only_the_actors_own_acts_within_the_span_and_of_its_actions_are_counted():
    acts = (
        Act(NOW - DAY, "agent:a", "credit", "1.00 EUR", "inv_1"),
        Act(NOW - 5, "agent:a", "credit", "2.5000 EUR", "inv_2"),
        Act(NOW - 4, "agent:b", "credit", "9.00 EUR", "inv_3"),
        Act(NOW - 3, "agent:a", "note", "0.10 USD", "inv_4"),
    )
    budget = Budget(within="1d", actions=("credit",))
    assert used(budget, acts, "agent:a", NOW, lambda it, action: action in it.actions) == (1, ("2.50 EUR",))


def test_costs_come_to_one_amount_for_each_currency():
    assert sums(["1.20 USD", "", "0.0050 EUR", "2.30 USD"]) == ("0.005 EUR", "3.50 USD")
