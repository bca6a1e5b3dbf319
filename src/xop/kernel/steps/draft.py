"""A draft: facts gathered one by one, each folded at once so that the next rule sees it."""

from xop.kernel.context.customer import Customer, Part
from xop.kernel.decisions.model import Decision, Evidence
from xop.kernel.effects import Effect
from xop.kernel.facts import Fact
from xop.kernel.fold import fold_part
from xop.kernel.moment import Moment
from xop.kernel.step import Step


class Draft:
    """A step in the making."""

    __slots__ = ("_before", "_customer", "_effects", "_facts", "moment", "part")

    def __init__(self, customer: Customer, moment: Moment) -> None:
        self.moment = moment
        self.part = customer.part(moment.origin)
        """The part the command came in by, as it now stands."""
        self._customer = customer
        self._before: Part = self.part
        self._facts: list[Fact] = []
        self._effects: list[Effect] = []

    @classmethod
    def resume(cls, customer: Customer, moment: Moment, step: Step) -> "Draft":
        """Return a draft that goes on where a step of the same customer ended."""
        draft = cls(step.after or customer, moment)
        draft._facts.extend(step.facts)
        draft._effects.extend(step.effects)
        return draft

    @property
    def grown(self) -> int:
        """How many facts there are."""
        return len(self._facts)

    def since(self, count: int) -> list[Fact]:
        """Return the facts after the first so many."""
        return self._facts[count:]

    @property
    def customer(self) -> Customer:
        """The customer as they now stand."""
        if self.part is not self._before:
            self._customer, self._before = self._customer.with_part(self.part), self.part
        return self._customer

    def add(self, *facts: Fact) -> None:
        """Note what became true."""
        for fact in facts:
            self._facts.append(fact)
            self.part = fold_part(self.part, fact, self.moment.at)

    def ask(self, *effects: Effect) -> None:
        """Note what the outside must do."""
        self._effects.extend(effects)

    def step(self, decision: Decision | None = None, evidence: Evidence | None = None) -> Step:
        """Return the finished step."""
        return Step(
            tuple(self._facts), tuple(self._effects), decision, evidence, self.customer if self._facts else None
        )
