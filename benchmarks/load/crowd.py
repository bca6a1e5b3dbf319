"""Customers by number, and the signals they send: few customers send most, as in life."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.load.brightmoor import PLATFORM
from xop.kernel.commands import Signal
from xop.kernel.identity.model import Identifier

_TIP = 50
_PAGES = ("/", "/tariffs", "/bills", "/bills/last", "/meter", "/help", "/help/contact", "/leave", "/account")


def account(number: int) -> Identifier:
    """Return the account number of a customer; numbers begin at 0."""
    return Identifier("account", f"BM-{number:07}")


def email(number: int) -> Identifier:
    """Return the e-mail address of a customer."""
    return Identifier("email", f"customer{number}@home.example")


def drawn(chance: random.Random, customers: int) -> int:
    """Draw a customer's number below `customers`, the n-th about as often as 1/(n + 50): Zipf's law with a blunt tip."""
    return int(_TIP * (customers / _TIP + 1) ** chance.random()) - _TIP


def signals(run: str, customers: int, at: int, seed: int) -> Iterator[Signal]:
    """Yield signals without end, each of another id in the `run`, in the usual mix; `at` is milliseconds since the epoch."""
    chance = random.Random(seed)
    kinds = [(kind, make) for kind, _, make in _MIX]
    weights = [weight for _, weight, _ in _MIX]
    number = 0
    while True:
        for kind, make in chance.choices(kinds, weights, k=1000):
            number += 1
            who = account(drawn(chance, customers))
            yield Signal(f"signal:crowd|{run}-{number}", kind, "crowd", at, PLATFORM, (who,), make(chance))


def arrival(number: int, at: int) -> Signal:
    """Return the signal by which the platform hears of a customer for the first time."""
    who = (account(number), email(number))
    return Signal(f"signal:crowd|arrival-{number}", "account.opened", "crowd", at, PLATFORM, who, {"shop": "north"})


def _page(chance: random.Random) -> dict[str, Any]:
    return {"path": chance.choice(_PAGES), "referrer": "https://search.example/", "seconds": chance.randrange(180)}


def _reading(chance: random.Random) -> dict[str, Any]:
    quality = "estimated" if chance.random() < 0.02 else "measured"
    return {"meter": "1900026354738", "kwh": chance.randrange(90_000) / 10, "quality": quality}


def _bill(chance: random.Random) -> dict[str, Any]:
    return {"bill": f"B{chance.randrange(10**6)}", "pence": chance.randrange(30_000)}


def _call(chance: random.Random) -> dict[str, Any]:
    return {"call": f"call-{chance.randrange(50)}"}


def _tariff(chance: random.Random) -> dict[str, Any]:
    return {"tariff": chance.choice(("fixed", "green", "tracker"))}


def _consent(_chance: random.Random) -> dict[str, Any]:
    return {"purpose": "marketing", "channel": "email"}


_MIX: tuple[tuple[str, float, Callable[[random.Random], dict[str, Any]]], ...] = (
    ("page.viewed", 45, _page),
    ("meter.read", 22, _reading),
    ("app.opened", 15, lambda chance: {"version": f"4.{chance.randrange(3)}", "os": "android"}),
    ("bill.issued", 4, _bill),
    ("payment.received", 4, _bill),
    ("payment.failed", 0.5, _bill),
    ("profile.changed", 4, _tariff),
    ("call.started", 2, _call),
    ("call.ended", 2, _call),
    ("xop.consent.granted", 1, _consent),
    ("xop.consent.withdrawn", 0.3, _consent),
    ("outage.began", 0.1, lambda chance: {"area": f"north-{chance.randrange(5)}"}),
    ("outage.ended", 0.1, lambda chance: {"area": f"north-{chance.randrange(5)}"}),
)
"""Signal types with the weight of each and what makes its data."""
