"""A made-up population: who the customers of a simulation are, what they do, and who works for them.

Texts are templates: `{{expression}}` is replaced by the value of a CEL expression over `customer` (number, persona and
traits), `drawn` (what was drawn for this event), `cause` (the data of what is reacted to), `contacts` (of the last seven
days), `day` (of the simulation, from 0) and `nth` (how often the customer has done this, from 0).
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.actions.model import Name
from xop.kernel.base.spans import Span

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Chance = Annotated[float, Meta(ge=0, le=1, description="A chance from 0 to 1.")]
Weight = Annotated[float, Meta(ge=0, description="A number that is not negative.")]
ClockTime = Annotated[
    str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="A time of day, such as `08:30`.")
]


class Draw(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value left to chance; one of the two ways is given."""

    one_of: list[Any] | dict[str, Weight] | None = None
    """Values that are equally likely, or texts with their weights."""
    between: tuple[float, ...] | None = None
    """The least and the most; whole numbers give whole numbers."""

    def __post_init__(self) -> None:
        if (self.one_of is None) == (self.between is None):
            raise ValueError("a draw is either `one_of` or `between`")
        if self.one_of is not None and not (
            any(self.one_of.values()) if isinstance(self.one_of, dict) else self.one_of
        ):
            raise ValueError("`one_of` has nothing to draw: list values, or texts with weights above 0")
        if self.between is not None and (len(self.between) != 2 or self.between[0] > self.between[1]):  # noqa: PLR2004 - two ends
            raise ValueError("`between` is the least and the most, as in `[1, 6]`")


class Wait(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How long something takes: a distribution around its median."""

    median: Span = "0s"
    shape: Literal["lognormal", "exponential", "uniform", "fixed"] = "lognormal"
    """`uniform` lies between `least` and `most`; `fixed` is always the median."""
    sigma: Annotated[float, Meta(ge=0, le=5)] = 0.8
    """How far a lognormal spreads: two thirds lie between median / e^sigma and median * e^sigma."""
    least: Span = "0s"
    most: Span | None = None

    def __post_init__(self) -> None:
        if self.shape == "uniform" and self.most is None:
            raise ValueError("a uniform wait needs `most`")


class Hours(Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from", "end": "to"}):
    """Local hours of one day."""

    begin: ClockTime
    end: ClockTime

    def __post_init__(self) -> None:
        if self.begin >= self.end:
            raise ValueError("hours end after they begin, on the same day; 24:00 is its end")


class Event(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a customer does: a signal, or a proposal that somebody makes for them."""

    signal: str = ""
    """The signal type."""
    propose: str = ""
    """The action, when it is a proposal."""
    by: str = ""
    """The principal that tells or proposes it."""
    data: dict[str, Any] = {}
    """The signal's data or the action's arguments, as templates."""
    conversation: str = ""
    """Of a proposal that follows a signal: the field of that signal's data that names the conversation it is made in."""
    draws: dict[Name, Draw] = {}
    """Values drawn for each occasion, read as `drawn.NAME`."""
    identifiers: tuple[Name, ...] = ()
    """The identifiers told with a signal; the customer's first one by default."""
    personas: dict[Name, Weight] = {}
    """Who does it, each with a factor on the rate or chance; everybody alike when not given."""
    when: str = ""
    """A CEL condition, asked before chance is."""
    chance: Chance = 1


class Spontaneous(Event, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What customers do of themselves: at a rate, or at one moment."""

    per_week: Weight | None = None
    per_day: Weight | None = None
    hours: Hours = Hours("00:00", "24:00")
    """The customer's local hours in which it happens."""
    weekdays: dict[Day, Weight] = {}
    """How likely each day is, beside 1."""
    on_day: Annotated[int, Meta(ge=0)] | None = None
    """The day on which it happens, counted from 0, instead of a rate."""
    at: ClockTime = "00:00"
    """When on that day, on the customer's own clock."""
    every_days: Annotated[int, Meta(ge=1)] | None = None
    """After how many days it happens again."""
    within: Wait = Wait()
    """How the customers spread around that moment."""
    share: Chance = 1
    """The share of the customers whom it meets."""

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.per_week, self.per_day, self.on_day)) != 1:
            raise ValueError("say how often with one of `per_week`, `per_day` and `on_day`")
        if self.on_day is None and self.every_days is not None:
            raise ValueError("`every_days` goes with `on_day`")


class Trigger(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is reacted to: an action carried out, or a signal of the customer's own; all that is given must fit."""

    actions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()


class Reaction(Event, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a customer does because of something."""

    to: Trigger
    after: Wait = Wait()


class Persona(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A kind of customer."""

    share: Weight = 1
    """Its share of the population, relative to the others'."""
    description: str = ""
    traits: dict[Name, Draw] = {}
    """What is drawn once for each customer, read as `customer.NAME`."""
    initial: tuple[Event, ...] = ()
    """What has happened to each of them before the first day: how they signed up, what they agreed to."""


class People(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Colleagues who answer what waits for a person."""

    operator: str
    """The operator they act as, whose roles they have."""
    count: Annotated[int, Meta(ge=1, le=10_000)] = 1
    hours: Hours = Hours("09:00", "17:00")
    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    zone: str = ""
    """Their time zone; the workspace's when empty."""
    handling: Wait = Wait("5m", least="10s", most="4h")
    approves: Chance = 1
    answers: dict[Name, Weight] = {}
    """How likely each answer to a journey's question is, beside the others; all alike when not given."""


class Trouble(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a connection behaves in a simulation; what is left of 1 is done."""

    failed: Chance = 0
    retry: Chance = 0
    uncertain: Chance = 0
    latency: Span = "0s"

    def __post_init__(self) -> None:
        if self.failed + self.retry + self.uncertain > 1:
            raise ValueError("`failed`, `retry` and `uncertain` are more than 1 together")


class Population(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who the customers of a simulation are, what they do, and who works for them."""

    identifiers: dict[Name, str]
    """Namespaces and the templates of each customer's values; the first tells who a signal is about."""
    personas: dict[Name, Persona]
    signals: dict[Name, Spontaneous] = {}
    reactions: dict[Name, Reaction] = {}
    people: dict[Name, People] = {}
    connections: dict[Name, Trouble] = {}
    """Connections that do not always answer well."""
    outputs: dict[Name, dict[str, Draw]] = {}
    """What actions give back: fields of their output, drawn each time."""
    traits: dict[Name, Draw] = {}
    """Traits of every persona."""
    initial: tuple[Event, ...] = ()
    """What has happened to everybody before the first day, ahead of each persona's own."""
    customers: Annotated[int, Meta(ge=1, le=1_000_000)] = 1_000
    days: Annotated[int, Meta(ge=1, le=36_500)] = 30
    start: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$", description="A date, such as `2026-01-05`.")] = (
        "2026-01-05"
    )
    step: Span = "1m"
    """How finely time is cut: what happens within one step is told together at its end."""
