"""One step of each kind, ready to be taken: the customer as the step finds them, the command and the moment."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.load.brightmoor import HOME_BOT, MARA, PLATFORM, RAVI
from benchmarks.load.crowd import account
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Advance, Command, Execution, Merge, Outcome, Proposal, Signal
from xop.kernel.context.customer import Customer
from xop.kernel.decide import decide
from xop.kernel.decisions.model import Decision
from xop.kernel.effects import Schedule
from xop.kernel.facts import CustomersMerged, InvocationDone, InvocationStarted, RunEntered, StepReached
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step


class Prepared(Struct, frozen=True):
    """A step that can be taken."""

    customer: Customer
    command: Command
    moment: Moment
    other: Customer | None = None

    def take(self, release: Release) -> Step:
        """Decide."""
        return decide(release, self.customer, self.command, self.moment, self.other)


class Workshop:
    """Makes steps of every kind about some customers."""

    def __init__(self, release: Release, customers: Sequence[Customer], at: int) -> None:
        self._release = release
        self._customers = customers
        self._at = at
        self._chance = random.Random(9)

    def prepared(self, kind: str, number: int) -> Prepared:
        """Return one more step of a kind, checked to do what its name says."""
        customer = self._customers[number % len(self._customers)]
        command, customer, other = _MAKERS[kind](self, customer, number)
        prepared = Prepared(customer, command, self._moment(customer), other)
        expected = _PROOFS[kind]
        assert expected(prepared.take(self._release)), f"{kind}: {prepared.take(self._release)}"
        return prepared

    def _moment(self, customer: Customer) -> Moment:
        self._at += 1
        return Moment(self._at, self._chance.randrange(2**56), customer.id)

    def _signal(self, kind: str, number: int, data: Mapping[str, Any]) -> Signal:
        who = (account(number % len(self._customers)),)
        return Signal(f"signal:bench|{self._at}", kind, "bench", self._at, PLATFORM, who, dict(data))

    def _told(self, customer: Customer, *signals: Signal) -> Customer:
        for signal in signals:
            customer = decide(self._release, customer, signal, self._moment(customer)).after or customer
        return customer

    def plain(self, customer: Customer, number: int) -> "Made":
        """A page view that sets one field and is ruled out by every trigger but one."""
        return self._signal("page.viewed", number, {"path": "/bills", "seconds": 12}), customer, None

    def triggers(self, customer: Customer, number: int) -> "Made":
        """The third look at the page about leaving: a counter, an intent and a proposal."""
        look = self._signal("page.viewed", number, {"path": "/leave", "seconds": 12})
        return look, self._told(self._plainly(customer), look, look), None

    def consent(self, customer: Customer, number: int) -> "Made":
        """A grant of consent."""
        data = {"purpose": "marketing", "channel": "email", "proof": "form 7"}
        return self._signal("xop.consent.granted", number, data), customer, None

    def permit(self, customer: Customer, _number: int) -> "Made":
        """A small credit."""
        return self._proposal(HOME_BOT, "issue_credit", pence=900), customer, None

    def contact(self, customer: Customer, number: int) -> "Made":
        """An offer to somebody who wants offers."""
        grant = self._signal("xop.consent.granted", number, {"purpose": "marketing", "channel": "email"})
        return (
            self._proposal(RAVI, "send_offer_email", product="boiler"),
            self._told(self._plainly(customer), grant),
            None,
        )

    def deny(self, customer: Customer, number: int) -> "Made":
        """An offer to somebody who took their consent back."""
        end = self._signal("xop.consent.withdrawn", number, {"purpose": "marketing", "channel": "email"})
        return self._proposal(RAVI, "send_offer_email", product="boiler"), self._told(customer, end), None

    def hold(self, customer: Customer, _number: int) -> "Made":
        """A credit that an AI agent may not give alone."""
        return self._proposal(HOME_BOT, "issue_credit", pence=4_000), customer, None

    def execution(self, customer: Customer, number: int) -> "Made":
        """The moment at which a permitted credit leaves."""
        wish, customer, _ = self.permit(customer, number)
        step = decide(self._release, customer, wish, self._moment(customer))
        assert step.decision is not None
        name = step.decision.invocation
        return Execution(f"execution:{name}:1:0", name, 1), step.after or customer, None

    def outcome(self, customer: Customer, number: int) -> "Made":
        """The answer to a credit that left."""
        start, customer, _ = self.execution(customer, number)
        assert isinstance(start, Execution)
        after = decide(self._release, customer, start, self._moment(customer)).after
        result = Outcome(f"outcome:{start.invocation}:1", start.invocation, 1, "done", output={"reference": "R-1"})
        return result, after or customer, None

    def merge(self, customer: Customer, number: int) -> "Made":
        """Two customers who turn out to be one person."""
        other = self._customers[(number + 1) % len(self._customers)]
        return Merge(f"merge:{self._at}", MARA, other.id, "same person"), customer, other

    def enter(self, customer: Customer, number: int) -> "Made":
        """A payment that fails: a counter, an intent, a segment, and a journey entered."""
        failed = self._signal("payment.failed", number, {"bill": f"B{self._at}"})
        return failed, self._plainly(customer), None

    def wake(self, customer: Customer, number: int) -> "Made":
        """The end of a wait, on to the next one."""
        opened = self._signal("account.opened", number, {"shop": "north"})
        customer = self._told(customer.with_part(replace(customer.view, entered={}, runs={})), opened)
        (run,) = (each for each in customer.view.runs.values() if each.journey == "welcome")
        token = run.tokens[0]
        return Advance(f"advance:{self._at}", run.id, token.id, token.step, token.due), customer, None

    def _proposal(self, actor: Actor, action: str, **arguments: Any) -> Proposal:
        return Proposal(f"proposal:bench:{self._at}", actor, action, arguments)

    def _plainly(self, customer: Customer) -> Customer:
        """Return the customer without the circumstances that would change the verdict."""
        counters = {"app_opens": customer.view.counters.get("app_opens", ())}
        return customer.with_part(replace(customer.view, flags={}, counters=counters, intents={}, contacts=()))


Made = tuple[Command, Customer, Customer | None]


def kinds() -> Iterator[str]:
    """Yield the kinds of step."""
    yield from _MAKERS


def _verdict(expected: str) -> Callable[[Step], bool]:
    def holds(step: Step) -> bool:
        decision: Decision | None = step.decision
        return decision is not None and decision.verdict == expected

    return holds


_MAKERS: dict[str, Callable[[Workshop, Customer, int], Made]] = {
    "signal_plain": Workshop.plain,
    "signal_with_triggers": Workshop.triggers,
    "consent_change": Workshop.consent,
    "proposal_permit": Workshop.permit,
    "proposal_permit_contact": Workshop.contact,
    "proposal_deny": Workshop.deny,
    "proposal_hold": Workshop.hold,
    "execution": Workshop.execution,
    "outcome": Workshop.outcome,
    "merge": Workshop.merge,
    "journey_entered": Workshop.enter,
    "journey_goes_on": Workshop.wake,
}

_PROOFS: dict[str, Callable[[Step], bool]] = {
    "signal_plain": lambda step: len(step.facts) >= 1 and not step.effects,
    "signal_with_triggers": lambda step: any(isinstance(each, Schedule) for each in step.effects),
    "consent_change": lambda step: len(step.facts) == 2,
    "proposal_permit": _verdict("permit"),
    "proposal_permit_contact": _verdict("permit"),
    "proposal_deny": _verdict("deny"),
    "proposal_hold": _verdict("hold"),
    "execution": lambda step: any(isinstance(fact, InvocationStarted) for fact in step.facts),
    "outcome": lambda step: any(isinstance(fact, InvocationDone) for fact in step.facts),
    "merge": lambda step: any(isinstance(fact, CustomersMerged) for fact in step.facts),
    "journey_entered": lambda step: any(isinstance(fact, RunEntered) for fact in step.facts),
    "journey_goes_on": lambda step: any(isinstance(fact, StepReached) for fact in step.facts),
}
