"""Figures of a simulation, as plain counts that add up over shards."""

from collections import Counter
from typing import Any

from msgspec import Struct, field


class Example(Struct, frozen=True, order=True):
    """One decision told in full: the earliest of its kind."""

    at: int
    decision: str
    story: str


class Figures(Struct):
    """What one shard, or all of them, counted."""

    commands: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    events: Counter[tuple[str, int]] = field(default_factory=Counter)
    """What customers did, by name and day."""
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """What customers did that was refused: name, code and cause."""
    chances: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Reactions by name: `met` when asked for, `came` when it came."""
    reached: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)
    """Actions carried out, by action, channel, purpose and day."""
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of invocations, by action."""
    permits: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By action and stage."""
    rulings: Counter[tuple[str, str, str, str, int]] = field(default_factory=Counter)
    """Denials and holds, by verdict, code, action, stage and day."""
    examples: dict[tuple[str, str], Example] = field(default_factory=dict)
    """By verdict and code."""
    contacts: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Weeks of customers, by persona and the contacts in the week."""
    peaks: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The most contacts that one customer of a persona had within seven days, and the customer's number."""
    others: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)
    """Contacts by other senders, by sender, channel, purpose and day."""
    promises: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By what became of them and day."""
    intents: Counter[tuple[str, str]] = field(default_factory=Counter)
    consents: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By purpose on a channel, and change."""
    journeys: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Runs by journey: entered, declined, or ended with a reason."""
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Steps reached, by journey."""
    chosen: Counter[tuple[str, str, str, str, int]] = field(default_factory=Counter)
    """Next best actions by decision set, candidate, treatment, arm and day; `nothing` is a candidate too."""
    results: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """How choices turned out, by decision set, candidate, arm and outcome."""
    learned: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Results that models learn from, by decision set, candidate and arm."""
    rewards: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """The rewards of those results, in millionths so that they add up exactly in any order."""
    questions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What people were asked: the action to approve or the journey's step, and what came of it."""
    personas: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Figures") -> None:
        """Add another shard's figures."""
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(theirs)
        for key, example in other.examples.items():
            self.examples[key] = min(self.examples.get(key, example), example)
        for persona, peak in other.peaks.items():
            self.peaks[persona] = _higher(self.peaks.get(persona, peak), peak)


def _higher(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Return the higher peak; of two alike the one of the lower number, so that the order of shards is no matter."""
    return min(one, other, key=lambda peak: (-peak[0], peak[1]))


def millionths(reward: float) -> int:
    """Return a reward as a whole number."""
    return round(reward * 1_000_000)


def by_day(counts: Counter[Any], days: int) -> dict[tuple[str, ...], list[int]]:
    """Return counts whose keys end with a day as one row of days for each key without it, sorted."""
    rows: dict[tuple[str, ...], list[int]] = {}
    for (*key, day), count in sorted(counts.items()):
        row = rows.setdefault(tuple(key), [0] * days)
        row[min(max(day, 0), days - 1)] += count
    return rows
