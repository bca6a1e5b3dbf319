"""What one run of an action costs or spends."""

from typing import Any

from xop.kernel.actions.model import Action

MOST = 10**18
"""What a run counts for that says no amount, or one beyond all measure, in the argument's units: more than any budget."""


def cost_of(action: Action, arguments: dict[str, Any]) -> str:
    """Return the cost of a run as an amount and a currency; empty when the contract states none.

    An amount that is not known is never cheap: it counts as `MOST`.
    """
    spends = action.spends
    if spends is None:
        return action.cost
    amount = arguments.get(spends.argument)
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not -MOST <= amount <= MOST:
        amount = MOST
    return f"{abs(amount) / spends.units:.4f} {spends.currency}"
