"""The customers of the demonstration and what they do on one day; the same seed gives the same day."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

_GIVEN = (
    *("Ana", "Ben", "Chidi", "Dara", "Elif", "Femi", "Grace", "Hana", "Ivan", "Jun", "Kofi", "Lena", "Mina", "Noor"),
    *("Omar", "Pia", "Quinn", "Rosa", "Sven", "Tala", "Uma", "Vera", "Wim", "Ximena", "Yara", "Zoe"),
)
_FAMILY = (
    *("Abara", "Berg", "Castillo", "Duarte", "Eriksen", "Farouk", "Grant", "Haddad", "Ito", "Jansen", "Kaya", "Lopez"),
    *("Mbeki", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Varga", "Weber", "Young"),
)
_AREAS = (212, 213, 303, 305, 312, 404, 415, 503, 617, 702, 713)
"""Area codes; numbers 555-0100 to 0199 behind each of them are set aside for fiction."""

_ZONES = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Chicago"),
    *("America/New_York", "America/Halifax", "America/Sao_Paulo", "Atlantic/Azores", "Europe/Lisbon"),
    *("Europe/Berlin", "Europe/Athens", "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka", "Asia/Bangkok"),
    *("Asia/Singapore", "Asia/Tokyo", "Australia/Brisbane", "Pacific/Noumea", "Pacific/Auckland"),
)
_PLANS = ("Small", "Medium", "Large", "Family")
_PRODUCTS = ("a Fold 7 phone", "a travel eSIM", "noise-cancelling earbuds", "a 5G home router", "a second line")
_PAGES = ("/", "/phones", "/plans", "/help/coverage", "/account/bill", "/travel")


CAST = 8
"""The first customers are kept for the situations: all of them agreed to offers by e-mail."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer as the demonstration plays them."""

    number: int
    name: str
    zone: str
    email_offers: bool = True
    """Whether they agreed to offers by e-mail."""
    sms_offers: bool = False

    @property
    def account(self) -> str:
        """The contract number."""
        return f"NW-{100_000 + self.number:06}"

    @property
    def email(self) -> str:
        """The e-mail address."""
        return f"{self.name.lower().replace(' ', '.')}.{self.number}@mail.example"

    @property
    def phone(self) -> str:
        """The telephone number in E.164."""
        return f"+1{_AREAS[self.number // 100]}55501{self.number % 100:02}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a customer, as its source reports it."""

    source: str
    type: str
    customer: Customer
    data: dict[str, Any]


def zones_by(hours: range, now: datetime) -> list[str]:
    """Return the zones in which the local hour is now one of `hours`, the whole hour long."""
    return [zone for zone in _ZONES if now.astimezone(ZoneInfo(zone)).hour in hours]


def population(count: int, chance: random.Random, now: datetime | None = None) -> list[Customer]:
    """Return customers for whom it is day, except every fifteenth; at most 1,100, one for each number."""
    now = now or datetime.now(UTC)
    days, night = zones_by(range(11, 18), now), zones_by(range(5), now)[0]
    names = [f"{given} {family}" for given in _GIVEN for family in _FAMILY]
    chance.shuffle(names)
    return [
        Customer(
            number=number,
            name=names[number % len(names)],
            zone=night if number % 15 == 14 else chance.choice(days),
            email_offers=number < CAST or chance.random() < 0.8,
            sms_offers=chance.random() < 0.3,
        )
        for number in range(count)
    ]


def arrival(customer: Customer) -> Iterator[Event]:
    """Yield how the platform comes to know a customer: their account, then what they agreed to."""
    about = {
        "account": customer.account,
        "email": customer.email,
        "phone": customer.phone,
        "name": customer.name,
        "plan": _PLANS[customer.number % len(_PLANS)],
        "time_zone": customer.zone,
    }
    yield Event("web_shop", "customer.registered", customer, about)
    for channel, allowed in (("email", customer.email_offers), ("sms", customer.sms_offers)):
        if allowed:
            agreed = {"purpose": "marketing", "channel": channel, "allowed": True, "form": "sign-up form 12"}
            yield Event("web_shop", "preferences.saved", customer, agreed)


def morning(people: list[Customer], chance: random.Random) -> Iterator[Event]:
    """Yield a campaign that goes out to half of all customers, and the first calls."""
    callers = chance.sample(people, len(people) // 12)
    yield from (call_started(person, "coverage") for person in callers)
    for person in chance.sample(people, len(people) // 2):
        channel = "sms" if chance.random() < 0.3 else "email"
        yield selected(person, "spring", "20% off a second line", channel)
    yield from (call_ended(person, "coverage") for person in callers)


def noon(people: list[Customer], chance: random.Random) -> Iterator[Event]:
    """Yield shopping: pages, baskets and orders, and what the outside e-mail platform sends meanwhile."""
    for person in chance.sample(people, len(people) // 3):
        product = chance.choice(_PRODUCTS)
        yield page(person, chance.choice(_PAGES))
        if chance.random() < 0.5:
            yield _track(person, "Cart Abandoned", product=product)
        else:
            yield _track(person, "Order Placed", product=product, order=f"O-{person.number:05}")
    for person in chance.sample(people, len(people) // 4):
        message = f"bb-{person.number:05}"
        yield Event("bluebird", "email.delivered", person, {"message": message, "promotional": True})


def afternoon(people: list[Customer], chance: random.Random) -> Iterator[Event]:
    """Yield trouble: payments that fail, complaints, and phones that land abroad."""
    for person in chance.sample(people, len(people) // 10):
        for attempt in (1, 2):
            bill = {"invoice": f"I-{person.number:05}", "amount_cents": 2_999 + attempt}
            yield Event("billing", "payment.failed", person, bill)
    for person in chance.sample(people, len(people) // 20):
        data = {"case": f"C-{person.number:05}", "about": "a bill that nobody can explain"}
        yield Event("contact_centre", "complaint.opened", person, data)
    roaming = "org.camaraproject.device-roaming-status-subscriptions.v0.roaming-on"
    for person in chance.sample(people, len(people) // 8):
        yield Event("network", roaming, person, {"phoneNumber": person.phone, "countryName": "Portugal"})


def evening(people: list[Customer], chance: random.Random) -> Iterator[Event]:
    """Yield a second campaign, which meets everything that happened during the day."""
    for person in chance.sample(people, len(people) // 2):
        yield selected(person, "evening", "a free month of streaming", "email")


def selected(person: Customer, campaign: str, offer: str, channel: str = "email") -> Event:
    """Return that marketing selected a customer for a campaign."""
    return Event("campaigns", "campaign.selected", person, {"campaign": campaign, "offer": offer, "channel": channel})


def call_started(person: Customer, topic: str) -> Event:
    """Return that a customer is on the line."""
    return Event("contact_centre", "call.started", person, {"call": f"call-{person.number:05}", "topic": topic})


def call_ended(person: Customer, topic: str) -> Event:
    """Return that they hung up, their question answered."""
    data = {"call": f"call-{person.number:05}", "topic": topic, "resolved": True}
    return Event("contact_centre", "call.ended", person, data)


def page(person: Customer, path: str) -> Event:
    """Return that a customer opened a page of the web shop."""
    return Event("web_shop", "segment.page", person, {"properties": {"path": path}})


def _track(person: Customer, event: str, **properties: str) -> Event:
    return Event("app", "segment.track", person, {"event": event, "properties": properties})
