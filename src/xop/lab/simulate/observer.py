"""Observes a shard's ledger as it grows: counts what became true and tells what customers may react to."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation
from xop.kernel.commands import Signal
from xop.kernel.consent.facts import (
    ConsentExpired,
    ConsentGranted,
    ConsentRefused,
    ConsentWithdrawn,
    ObjectionRaised,
    SoftOptInNoted,
)
from xop.kernel.decisions.explain import tell
from xop.kernel.decisions.model import Decision, Evidence
from xop.kernel.entry import Entry
from xop.kernel.identity.model import Identifier
from xop.kernel.journeys.model import JourneyStep
from xop.kernel.passage.asked import HANDED_BACK
from xop.kernel.release import Release
from xop.lab.simulate.calendar import DAY, WEEK
from xop.lab.simulate.customers import Inhabitant
from xop.lab.simulate.desk import Question
from xop.lab.simulate.figures import Example, Figures, millionths

Happened = Callable[[Inhabitant, str, Invocation | Signal], None]
"""Told of what a customer may react to: the customer, `action` or `signal`, and which."""

_CONSENTS: Mapping[Any, str] = {
    ConsentGranted: "granted",
    ConsentRefused: "refused",
    ConsentWithdrawn: "withdrawn",
    ObjectionRaised: "objected",
    SoftOptInNoted: "soft_opt_in",
    ConsentExpired: "expired",
}
_PROMISES: Mapping[Any, str] = {f.PromiseMade: "made", f.PromiseKept: "kept", f.PromiseBroken: "broken"}
_INTENTS: Mapping[Any, str] = {
    f.IntentOpened: "opened",
    f.IntentAttempted: "attempted",
    f.IntentResolved: "resolved",
    f.IntentConfirmed: "confirmed",
    f.IntentAbandoned: "abandoned",
    f.IntentReturned: "returned",
}
NOTHING = "nothing"
"""The candidate of a choice that chose none."""

_OVER: Mapping[Any, str] = {
    f.InvocationFailed: "failed",
    f.InvocationUncertain: "uncertain",
    f.InvocationDropped: "dropped",
}


class Observer:
    """Reads every entry once, in order."""

    def __init__(self, release: Release, start: int, happened: Happened) -> None:
        self.figures = Figures()
        self.news: list[Question | str] = []
        """For the desk, in order: questions, and the invocations of those that need no answer any more."""
        self.by_identifier: dict[Identifier, Inhabitant] = {}
        self._release = release
        self._start = start
        self._happened = happened
        self._by_part: dict[str, Inhabitant] = {}
        self._running: dict[str, Invocation] = {}
        self._asked: dict[str, tuple[str, int]] = {}
        """Open questions: what each is about, what asks it, and until when; 0 for no end of its own."""
        self._asking: dict[str, dict[str, None]] = {}
        """What each run has asked, in order."""
        self._handlers: Mapping[type, Callable[[Any, Entry], None]] = {
            f.IdentifierLinked: self._linked,
            f.InvocationQueued: self._queued,
            f.InvocationHeld: self._held,
            f.InvocationApproved: self._approved,
            f.InvocationDone: self._done,
            f.InvocationCancelled: self._cancelled,
            f.ContactRecorded: self._contacted,
            f.SignalReceived: self._signal,
            f.ActionChosen: self._chosen,
            f.ChoiceAnswered: self._turned_out,
            **dict.fromkeys(_OVER, self._over),
            **dict.fromkeys(_PROMISES, self._promise),
            **dict.fromkeys(_INTENTS, self._intent),
            **dict.fromkeys(_CONSENTS, self._consent),
        }

    def read(self, entry: Entry, evidence: Mapping[str, Evidence]) -> None:
        """Take in one entry; `evidence` is that of its batch, by decision."""
        self.figures.commands[type(entry.command).__name__] += 1
        for fact in entry.facts:
            kind = type(fact)
            self.figures.facts[kind.__name__] += 1
            handler = self._handlers.get(kind)
            if handler is not None:
                handler(fact, entry)
            elif hasattr(fact, "run") or hasattr(fact, "journey"):
                self._journey(fact, entry)
        if entry.decision is not None:
            self._ruling(entry.decision, evidence)

    def _day(self, at: int) -> int:
        return (at - self._start) // DAY

    def _linked(self, fact: f.IdentifierLinked, entry: Entry) -> None:
        customer = self.by_identifier.get(fact.identifier)
        if customer is not None:
            self._by_part.setdefault(entry.origin, customer)

    def _queued(self, fact: f.InvocationQueued, entry: Entry) -> None:
        self._running[fact.invocation.id] = fact.invocation
        self._close(fact.invocation.id, entry)

    def _held(self, fact: f.InvocationHeld, entry: Entry) -> None:
        one = fact.invocation
        self._running[one.id] = one
        self._close(one.id, entry)
        if one.until == "approval":
            self._ask(one.id, one.action)
            open_to = tuple(role for role in one.approvers if role not in one.approved_as)
            self.news.append(Question(entry.moment.at, one.id, entry.origin, open_to, str(one.actor)))

    def _approved(self, fact: f.InvocationApproved, entry: Entry) -> None:
        self._close(fact.invocation, entry, "approved")

    def _done(self, fact: f.InvocationDone, entry: Entry) -> None:
        one = self._running.pop(fact.invocation, None)
        self.figures.outcomes[fact.action, "done"] += 1
        if one is None:
            return
        day = self._day(entry.moment.at)
        self.figures.reached[one.action, one.channel or "", one.purpose, day] += 1
        customer = self._by_part.get(entry.origin)
        if customer is None:
            return
        if self._release.actions[one.action].action.kind == "contact":
            customer.contacts.append(entry.moment.at)
        self._happened(customer, "action", one)

    def _over(self, fact: Any, _entry: Entry) -> None:
        self.figures.outcomes[fact.action, _OVER[type(fact)]] += 1

    def _cancelled(self, fact: f.InvocationCancelled, entry: Entry) -> None:
        self._running.pop(fact.invocation, None)
        self._close(fact.invocation, entry, "refused" if fact.code == "xop.refused_by_person" else "")
        self.figures.outcomes[fact.action, f"stopped: {fact.code}"] += 1

    def _ask(self, about: str, asking: str, due: int = 0) -> None:
        self._asked[about] = asking, due
        self.figures.questions[asking, "asked"] += 1

    def _close(self, about: str, entry: Entry, how: str = "") -> None:
        asking, due = self._asked.pop(about, ("", 0))
        if asking:
            late = 0 < due <= entry.moment.at
            self.figures.questions[asking, how or ("too late" if late else "withdrawn")] += 1
            self.news.append(about)

    def _contacted(self, fact: f.ContactRecorded, entry: Entry) -> None:
        self.figures.others[fact.sender, fact.channel, fact.purpose, self._day(entry.moment.at)] += 1
        customer = self._by_part.get(entry.origin)
        if customer is not None:
            customer.contacts.append(entry.moment.at)

    def _signal(self, _fact: f.SignalReceived, entry: Entry) -> None:
        customer = self._by_part.get(entry.origin)
        if customer is not None and isinstance(entry.command, Signal):
            self._happened(customer, "signal", entry.command)

    def _promise(self, fact: Any, entry: Entry) -> None:
        self.figures.promises[_PROMISES[type(fact)], self._day(entry.moment.at)] += 1

    def _intent(self, fact: Any, _entry: Entry) -> None:
        self.figures.intents[fact.intent, _INTENTS[type(fact)]] += 1

    def _consent(self, fact: Any, _entry: Entry) -> None:
        self.figures.consents[f"{fact.purpose}/{fact.channel}", _CONSENTS[type(fact)]] += 1

    def _chosen(self, fact: f.ActionChosen, entry: Entry) -> None:
        one = fact.chosen
        key = one.decision_set, one.candidate or NOTHING, one.treatment, one.arm, self._day(entry.moment.at)
        self.figures.chosen[key] += 1

    def _turned_out(self, fact: f.ChoiceAnswered, _entry: Entry) -> None:
        one = fact.chosen
        key = one.decision_set, one.candidate or NOTHING, one.arm
        self.figures.results[*key, fact.outcome] += 1
        if fact.learned:
            self.figures.learned[key] += 1
            self.figures.rewards[key] += millionths(fact.reward)

    def _journey(self, fact: Any, entry: Entry) -> None:
        counts = self.figures.journeys
        match fact:
            case f.RunEntered():
                counts[fact.journey, "entered"] += 1
            case f.EntryDeclined():
                counts[fact.journey, f"not entered: {fact.code}"] += 1
            case f.RunEnded():
                counts[fact.journey, f"ended: {fact.reason}"] += 1
                counts[fact.journey, f"outcome: {fact.outcome}"] += 1
                for about in self._asking.pop(fact.run, ()):
                    self._close(about, entry)
            case f.StepReached():
                # A choice that was made leaves its run at the same step, waiting for the action.
                if fact.waits != "invocation" or self._step(fact).choose is None:
                    self.figures.steps[fact.journey, fact.step] += 1
                self._close(f"{fact.run}:{fact.token}", entry)
                if fact.waits in {"person", "handover"}:
                    self._question(fact, entry)
            case f.QuestionAnswered():
                self._close(f"{fact.run}:{fact.token}", entry, f"answered: {fact.choice}")
            case f.PathEnded():
                self._close(f"{fact.run}:{fact.token}", entry)

    def _step(self, fact: f.StepReached) -> JourneyStep:
        return self._release.routes.journeys[fact.journey].steps[fact.step].step

    def _question(self, fact: f.StepReached, entry: Entry) -> None:
        step = self._step(fact)
        asked = step.ask or step.handover
        if asked is None:
            return
        choices = (HANDED_BACK,) if step.ask is None else tuple(step.ask.options)
        about = f"{fact.run}:{fact.token}"
        self._ask(about, f"{fact.journey}: {fact.step}", fact.due)
        self._asking.setdefault(fact.run, {})[about] = None
        queue = self._release.queues.get(step.handover.queue) if step.handover is not None else None
        roles = queue.roles if queue is not None else (asked.role,)
        question = Question(
            entry.moment.at, about, entry.origin, roles, run=fact.run, token=fact.token, choices=choices
        )
        self.news.append(question)

    def _ruling(self, decision: Decision, evidence: Mapping[str, Evidence]) -> None:
        if decision.verdict == "permit":
            self.figures.permits[decision.action, decision.stage] += 1
            return
        verdict, code = decision.verdict, decision.code
        self.figures.rulings[verdict, code, decision.action, decision.stage, self._day(decision.at)] += 1
        if (verdict, code) not in self.figures.examples:
            told = tell(decision, evidence.get(decision.id))
            self.figures.examples[verdict, code] = Example(decision.at, decision.id, told)

    def weigh(self, customers: list[Inhabitant], days: int) -> None:
        """Count how much contact the customers had, week by week and at most within seven days."""
        weeks = max(1, days // 7)
        for customer in customers:
            self.figures.personas[customer.persona] += 1
            times = customer.contacts
            for week in range(weeks):
                since = self._start + week * WEEK
                count = bisect_left(times, since + WEEK) - bisect_left(times, since)
                self.figures.contacts[customer.persona, count] += 1
            most = max((i + 1 - bisect_left(times, at - WEEK + 1) for i, at in enumerate(times)), default=0)
            peak = self.figures.peaks.get(customer.persona, (-1, 0))
            if most > peak[0]:
                self.figures.peaks[customer.persona] = (most, customer.number)
