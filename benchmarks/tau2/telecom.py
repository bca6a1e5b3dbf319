"""The operator: customers, lines, bills and plans as they were before a write."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.tau2.domain import Confirmed, Domain
from benchmarks.tau2.episodes import Episode

State = Mapping[str, Any]


def _customer(state: State, asked: State) -> Any:
    customer = state.get("customer")
    return customer if customer and customer["customer_id"] == asked.get("customer_id") else None


def _details(state: State, asked: State) -> Any:
    wanted = asked.get("id")
    return next((each for name, each in _records(state) if each.get(name) == wanted), None)


def _records(state: State) -> Iterator[tuple[str, Any]]:
    for section, name in (("lines", "line_id"), ("bills", "bill_id"), ("plans", "plan_id")):
        held = state.get(section) or ()
        yield from ((name, each) for each in (held.values() if isinstance(held, Mapping) else held))
    if state.get("customer"):
        yield "customer_id", state["customer"]


def _bills(state: State, asked: State) -> Any:
    held = state.get("bills") or ()
    return list(held.values() if isinstance(held, Mapping) else held) if _customer(state, asked) else None


def _number_confirmed(state: State, chat: str, asked: State) -> Confirmed | None:
    line = _details(state, {"id": asked.get("line_id")})
    if line is None:
        return None
    told = {"chat": chat, "phone_number": line["phone_number"], "matches": True}
    return Confirmed("network", "number.verified", told)


def _rewarded(episode: Episode) -> bool:
    return episode.reward == 1


TELECOM = Domain(
    name="telecom",
    clock="2025-02-25T12:08:00",
    reads={"get_customer_by_id": _customer, "get_details_by_id": _details, "get_bills_for_customer": _bills},
    right=_rewarded,
    intent="line_help",
    confirms=_number_confirmed,
)
