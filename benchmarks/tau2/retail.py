"""The shop: orders, users and items as they were before a write."""

from collections.abc import Mapping
from typing import Any

from benchmarks.tau2.domain import Domain, state_is_right

State = Mapping[str, Any]


def _order(state: State, asked: State) -> Any:
    order = state.get("order")
    return order if order and order["order_id"] == asked.get("order_id") else None


def _user(state: State, asked: State) -> Any:
    user = state.get("user")
    return user if user and user["user_id"] == asked.get("user_id") else None


def _item(state: State, asked: State) -> Any:
    return (state.get("items") or {}).get(asked.get("item_id"))


RETAIL = Domain(
    name="retail",
    clock="2024-05-15T15:00:00",
    reads={"get_order_details": _order, "get_user_details": _user, "get_item_details": _item},
    right=state_is_right,
    intent="order_help",
)
