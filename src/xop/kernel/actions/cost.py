"""What one run of an action costs or spends."""

from typing import Any

from xop.kernel.actions.model import Action


def cost_of(action: Action, arguments: dict[str, Any]) -> str:
    """Return the cost of a run as an amount and a currency; empty when the contract states none."""
    spends = action.spends
    if spends is None:
        return action.cost
    amount = arguments.get(spends.argument, 0)
    if not isinstance(amount, int | float) or isinstance(amount, bool):
        return action.cost
    return f"{abs(amount) / spends.units:.4f} {spends.currency}"
