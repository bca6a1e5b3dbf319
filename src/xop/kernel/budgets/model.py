"""Acts on record, and whether they leave room for one more."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from xop.kernel.base.principal import Budget
from xop.kernel.base.spans import milliseconds

_PLACES = 4


class Act(Struct, frozen=True, array_like=True):
    """Something an actor did for a customer, or had somebody do."""

    at: int
    actor: str
    action: str
    cost: str
    invocation: str


def add_act(acts: tuple[Act, ...], act: Act, since: int) -> tuple[Act, ...]:
    """Return the acts with one more, without those of the same actor before `since`: another's budgets look back on their own."""
    kept = (each for each in acts if each.actor != act.actor or each.at >= since)
    return (*(each for each in kept if each.invocation != act.invocation), act)


def release_act(acts: tuple[Act, ...], invocation: str) -> tuple[Act, ...]:
    """Return the acts without one that never left."""
    return tuple(each for each in acts if each.invocation != invocation)


def longest_window(budgets: Iterable[Budget]) -> int:
    """Return the longest window of any budget in milliseconds: acts older than that are forgotten."""
    return max((milliseconds(budget.within) for budget in budgets), default=0)


def within_budget(
    budgets: Iterable[Budget], acts: Iterable[Act], proposed: Act, counts: Callable[[Budget, str], bool]
) -> bool:
    """Say whether every budget that counts a proposed act leaves room for it; `counts` tells which actions one counts."""
    known = [each for each in acts if each.actor == proposed.actor and each.invocation != proposed.invocation]
    for budget in budgets:
        if not counts(budget, proposed.action):
            continue
        since = proposed.at - milliseconds(budget.within)
        counted = [each for each in known if each.at > since and counts(budget, each.action)]
        if budget.most is not None and len(counted) >= budget.most:
            return False
        if budget.cost is not None and not affordable(budget.cost, (each.cost for each in (*counted, proposed))):
            return False
    return True


def affordable(limit: str, costs: Iterable[str]) -> bool:
    """Say whether costs stay within a limit together.

    A cost in another currency than the limit's cannot be compared with it, and what is not known does not permit.
    """
    amount, currency = amount_of(limit)
    amounts = [amount_of(cost) for cost in costs if cost]
    return all(other == currency for _, other in amounts) and sum(cost for cost, _ in amounts) <= amount


def sums(costs: Iterable[str]) -> tuple[str, ...]:
    """Return what costs come to, one amount for each currency."""
    totals: dict[str, int] = {}
    for cost in filter(None, costs):
        amount, currency = amount_of(cost)
        totals[currency] = totals.get(currency, 0) + amount
    return tuple(_written(amount, currency) for currency, amount in sorted(totals.items()))


def used(
    budget: Budget, acts: Iterable[Act], actor: str, at: int, counts: Callable[[Budget, str], bool]
) -> tuple[int, tuple[str, ...]]:
    """Return how many acts of an actor a budget counts at a moment, and what they cost together."""
    since = at - milliseconds(budget.within)
    counted = [each for each in acts if each.actor == actor and each.at > since and counts(budget, each.action)]
    return len(counted), sums(each.cost for each in counted)


def _written(amount: int, currency: str) -> str:
    whole, fraction = divmod(amount, 10**_PLACES)
    text = f"{fraction:0{_PLACES}d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{text} {currency}"


def amount_of(cost: str) -> tuple[int, str]:
    """Return an amount in ten-thousandths, and its currency."""
    amount, _, currency = cost.partition(" ")
    whole, _, fraction = amount.partition(".")
    return int(whole) * 10**_PLACES + int(fraction.ljust(_PLACES, "0")[:_PLACES]), currency
