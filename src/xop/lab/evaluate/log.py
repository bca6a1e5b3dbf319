"""The log: the choices of a decision set as the ledger tells them, with how they turned out."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from msgspec import Struct

from xop.kernel.choices.facts import ChoiceAnswered, Chosen
from xop.kernel.commands import Choice, Merge, Unmerge
from xop.kernel.context.customer import Customer, new_customer
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.facts import ActionChosen
from xop.kernel.fold import fold_entry
from xop.kernel.release import Release
from xop.kernel.steps.answers import DISPLACED
from xop.lab.backtest.population import Population
from xop.lab.evaluate.observation import Observation
from xop.lab.evaluate.pupil import Pupil
from xop.lab.evaluate.strategy import NOTHING, Case, Way, action_of, shares
from xop.ports.ledger import Ledger

_PAGE = 1_000

_LEAST = 1e-9
"""A share below this is rounding."""

Releases = Callable[[str], Awaitable[Release | None]]
"""Gives a release by its digest, or None when it cannot be had any more."""


class Strategy(Struct, frozen=True):
    """What is evaluated; a `release` comes with its pupil."""

    way: Way
    release: Release | None = None
    pupil: Pupil | None = None


class Logged(Struct):
    """One choice of the log."""

    chosen: Chosen
    customer: str
    policy: Mapping[str, float] | None
    """What the strategy would have done; None when it could not be asked."""
    unsupported: float
    answer: ChoiceAnswered | None = None

    @property
    def action(self) -> str:
        """What was done."""
        return action_of(self.chosen.candidate, self.chosen.treatment)

    @property
    def known(self) -> bool:
        """Whether it is known how it turned out: not while its result is waited for, or when it made room for another."""
        return self.answer is not None and self.answer.outcome != DISPLACED

    def observation(self) -> Observation:
        """Return the choice as an observation; one whose action never came to the customer was worth nothing."""
        reward = self.answer.reward if self.answer is not None else 0.0
        if self.policy is None:
            return Observation(self.customer, self.action, 1.0, reward, {self.action: 1.0})
        return Observation(self.customer, self.action, self.chosen.probability, reward, self.policy, self.unsupported)


async def read_log(
    ledger: Ledger,
    decision_set: str,
    strategy: Strategy,
    releases: Releases,
    told: Callable[[int], None] = lambda _count: None,
) -> list[Logged]:
    """Return all choices of a decision set in their order; `told` hears how many entries were read."""
    reading = _Reading(decision_set, strategy, releases)
    async for page in _pages(ledger):
        for entry in page:
            await reading.take(entry)
        told(len(page))
    return list(reading.found.values())


async def _pages(ledger: Ledger) -> AsyncIterator[list[Entry]]:
    position = 0
    while page := await ledger.page(position, _PAGE):
        yield [stored.entry for stored in page]
        position = page[-1].position


class _Reading:
    """The ledger, read from its beginning with every customer as they stood."""

    def __init__(self, decision_set: str, strategy: Strategy, releases: Releases) -> None:
        self.found: dict[str, Logged] = {}
        self._decision_set = decision_set
        self._strategy = strategy
        self._releases = releases
        self._population = Population()

    async def take(self, entry: Entry) -> None:
        customer = self._population.customer(entry.origin) or new_customer(entry.origin)
        for fact in entry.facts:
            if isinstance(fact, ActionChosen) and fact.chosen.decision_set == self._decision_set:
                await self._note(entry, fact.chosen, customer)
            elif isinstance(fact, ChoiceAnswered) and fact.chosen.id in self.found:
                self.found[fact.chosen.id].answer = fact
                if self._strategy.pupil is not None:
                    self._strategy.pupil.hear(fact)
        self._fold(entry, customer)

    async def _note(self, entry: Entry, chosen: Chosen, customer: Customer) -> None:
        policy = None
        if self._strategy.way != "logged" and isinstance(entry.command, Choice):
            policy = await self._asked(entry, Case(customer, entry.command, entry.moment))
        lacking = _unsupported(policy, entry.decision) if policy is not None else 0.0
        self.found[chosen.id] = Logged(chosen, entry.origin, policy, lacking)

    async def _asked(self, entry: Entry, case: Case) -> dict[str, float] | None:
        pupil, release = self._strategy.pupil, self._strategy.release
        scores = await pupil.score(case) if pupil is not None else case.moment.scores
        release = release or await self._releases(entry.release)
        if release is None or self._decision_set not in release.decision_sets:
            return None
        return shares(self._strategy.way, release, case, scores)

    def _fold(self, entry: Entry, customer: Customer) -> None:
        command = entry.command
        other = self._population.customer(command.other) if isinstance(command, Merge) else None
        after = fold_entry(customer, entry)
        if isinstance(command, Merge | Unmerge):
            self._population.rearrange(after, entry.facts, other)
        else:
            self._population.keep(after)


def _unsupported(policy: Mapping[str, float], decision: Decision | None) -> float:
    """Return how likely a strategy would have chosen a candidate that the log could not."""
    possible = {each.name: each.probability for each in decision.candidates} if decision is not None else {}
    possible[NOTHING] = 1.0 - sum(possible.values())
    return sum(share for action, share in policy.items() if possible.get(action.partition("/")[0], 0.0) <= _LEAST)
