"""The airline: reservations, members and flights as they were before a write."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from benchmarks.tau2.domain import Confirmed, Domain, state_is_right

State = Mapping[str, Any]


def _reservation(state: State, asked: State) -> Any:
    known = [state.get("reservation"), *(state.get("user_reservations") or ())]
    return next((each for each in known if each and each["reservation_id"] == asked.get("reservation_id")), None)


def _member(state: State, asked: State) -> Any:
    user = state.get("user")
    return user if user and user["user_id"] == asked.get("user_id") else None


def _status(state: State, asked: State) -> Any:
    flight = (state.get("flight_status") or {}).get(f"{asked.get('flight_number')}@{asked.get('date')}")
    return flight["status"] if flight else None


def _available(state: State) -> Iterator[dict[str, Any]]:
    for name, flight in (state.get("flight_status") or {}).items():
        number, _, day = name.partition("@")
        if flight and flight["status"] == "available":
            yield {**flight, "flight_number": number, "date": day}


def _direct(state: State, asked: State) -> Any:
    wanted = (asked.get("origin"), asked.get("destination"), asked.get("date"))
    return [each for each in _available(state) if (each["origin"], each["destination"], each["date"]) == wanted]


def _one_stop(state: State, asked: State) -> Any:
    day = str(asked.get("date"))
    flights = list(_available(state))
    return [
        [first, second]
        for first in flights
        if first["origin"] == asked.get("origin") and first["date"] == day
        for second in flights
        if second["origin"] == first["destination"]
        and second["destination"] == asked.get("destination")
        and second["date"] in (day, _next(day))
    ]


def _next(day: str) -> str:
    return str(date.fromisoformat(day) + timedelta(days=1))


def _signed_in(state: State, chat: str, _asked: State) -> Confirmed | None:
    user = state.get("user")
    return Confirmed("chat_desk", "member.signed_in", {"chat": chat, "user_id": user["user_id"]}) if user else None


AIRLINE = Domain(
    name="airline",
    clock="2024-05-15T15:00:00",
    reads={
        "get_reservation_details": _reservation,
        "get_user_details": _member,
        "get_flight_status": _status,
        "search_direct_flight": _direct,
        "search_onestop_flight": _one_stop,
    },
    right=state_is_right,
    confirms=_signed_in,
)
