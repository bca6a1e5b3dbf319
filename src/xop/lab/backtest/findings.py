"""Findings: what two runs of some histories had in common and what not, counted so that counts can be added up."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from xop.kernel import facts as f
from xop.kernel.decisions.judgement import judgement
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import Fact
from xop.lab.backtest.difference import Difference, Sort
from xop.lab.backtest.history import History
from xop.lab.backtest.run import Record, Run

Head = Callable[[str], str]
"""Gives the customer of a part."""


@dataclass(slots=True)
class Found:
    """All differences of one sort: how many, of how many customers, and the first of them."""

    count: int
    customers: int
    example: Difference
    customer: str
    """The customer of the example."""

    def add(self, other: "Found") -> None:
        """Add what was found among other customers."""
        self.count += other.count
        self.customers += other.customers
        if _first(other.example) < _first(self.example):
            self.example, self.customer = other.example, other.customer


def _first(difference: Difference) -> tuple[int, str, str]:
    return difference.at, difference.part, difference.command


@dataclass(slots=True)
class Side:
    """What one release came to."""

    decisions: int = 0
    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """First verdicts by action, actor and verdict."""
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    """All decisions by the rule that determined them, and verdict."""
    facts: Counter[str] = field(default_factory=Counter)
    """Facts by type; those of journeys by journey too."""
    contacts: int = 0
    reproduced: int = 0
    """Stored decisions that were made again."""

    def add(self, other: "Side") -> None:
        """Add what the release came to for other customers."""
        self.decisions += other.decisions
        self.verdicts.update(other.verdicts)
        self.rules.update(other.rules)
        self.facts.update(other.facts)
        self.contacts += other.contacts
        self.reproduced += other.reproduced


@dataclass(slots=True)
class Findings:
    """Everything that is reported, for some customers."""

    customers: int = 0
    entries: int = 0
    commands: int = 0
    """Commands from outside that were taken again."""
    decisions: int = 0
    """Stored decisions in the span that was taken again."""
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    found: dict[Sort, Found] = field(default_factory=dict)
    contacts: Counter[int] = field(default_factory=Counter)
    """Customers by how many more contacts they get after than before; less is negative."""

    def add(self, other: "Findings") -> None:
        """Add what was found among other customers."""
        self.customers += other.customers
        self.entries += other.entries
        self.commands += other.commands
        self.decisions += other.decisions
        self.before.add(other.before)
        self.after.add(other.after)
        self.contacts.update(other.contacts)
        for sort, found in other.found.items():
            known = self.found.get(sort)
            if known is None:
                self.found[sort] = found
            else:
                known.add(found)

    def note(self, history: History, runs: tuple[Run, Run], differences: Iterable[Difference], span: range) -> None:
        """Count what two runs of one history came to, with their differences."""
        places = [place for place in history.places if place.at in span]
        heads = runs[1].population
        self.customers += len({heads.head(place.entry.origin) for place in history.places})
        self.entries += len(history.places)
        self.commands += sum(place.at in span for place in history.outside)
        stored = {place.entry.command.id: place.entry.decision for place in places if place.entry.decision}
        self.decisions += len(stored)
        contacts = []
        for side, run in zip((self.before, self.after), runs, strict=True):
            contacts.append(_count(side, run.records, heads.head))
            side.reproduced += sum(_again(run.records.get(name), decision) for name, decision in stored.items())
        for customer in contacts[0].keys() | contacts[1].keys():
            more = contacts[1][customer] - contacts[0][customer]
            if more:
                self.contacts[more] += 1
        self._find(differences, heads.head)

    def _find(self, differences: Iterable[Difference], head: Head) -> None:
        own: dict[Sort, Found] = {}
        seen: set[tuple[Sort, str]] = set()
        for each in differences:
            customer = head(each.part)
            fresh = (each.sort, customer) not in seen
            seen.add((each.sort, customer))
            one = Found(1, int(fresh), each, customer)
            if each.sort in own:
                own[each.sort].add(one)
            else:
                own[each.sort] = one
        self.add(Findings(found=own))


def _again(record: Record | None, stored: Decision) -> bool:
    if record is None or record.decision is None:
        return False
    return judgement(record.decision) == judgement(stored) and record.decision.due == stored.due


def _count(side: Side, records: Mapping[str, Record], head: Head) -> Counter[str]:
    """Count what one run came to; return the contacts of each customer that were made or are on their way."""
    contacts: defaultdict[str, set[str]] = defaultdict(set)
    kinds: Counter[type[Fact]] = Counter()
    for record in records.values():
        decision = record.decision
        if decision is not None:
            side.decisions += 1
            side.rules[decision.code, decision.verdict] += 1
            if decision.stage == "proposal":
                side.verdicts[decision.action, str(decision.actor), decision.verdict] += 1
        for fact in record.facts:
            kind = type(fact)
            kinds[kind] += 1
            if kind in _OF_JOURNEYS:
                side.facts[f"{kind.__name__} {getattr(fact, 'journey')}"] += 1  # noqa: B009 - only these have one
            elif kind in _ABOUT_CONTACTS:
                _follow_contact(contacts[record.part], fact)
    side.facts.update({kind.__name__: count for kind, count in kinds.items() if kind not in _OF_JOURNEYS})
    made: Counter[str] = Counter()
    for part, invocations in contacts.items():
        made[head(part)] += len(invocations)
    side.contacts += made.total()
    return made


_OF_JOURNEYS = frozenset(kind for kind in get_args(f.Fact) if "journey" in kind.__struct_fields__)
"""Facts that are counted by journey."""

_ABOUT_CONTACTS = frozenset({f.InvocationQueued, f.InvocationHeld, f.InvocationCancelled, f.InvocationFailed})


def _follow_contact(made: set[str], fact: Fact) -> None:
    """A contact counts from when it is on its way, unless it never left."""
    if isinstance(fact, f.InvocationQueued):
        if fact.contact_since is not None:
            made.add(fact.invocation.id)
    elif isinstance(fact, f.InvocationHeld):
        made.discard(fact.invocation.id)
    elif isinstance(fact, f.InvocationCancelled | f.InvocationFailed):
        made.discard(fact.invocation)
