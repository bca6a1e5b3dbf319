"""The tally: counts of what the engine did since it started, for metrics."""

from collections import Counter
from collections.abc import Sequence

from xop.engine.ticket import Answer
from xop.kernel.facts import InvocationCancelled, InvocationDone, InvocationFailed, InvocationUncertain

_OUTCOMES = {
    InvocationDone: "done",
    InvocationFailed: "failed",
    InvocationUncertain: "uncertain",
    InvocationCancelled: "cancelled",
}


class Tally:
    """Counters that only rise."""

    def __init__(self) -> None:
        self.commands: Counter[str] = Counter()
        """By kind of command."""
        self.duplicates = 0
        self.refusals: Counter[str] = Counter()
        """By code."""
        self.facts = 0
        self.verdicts: Counter[tuple[str, str]] = Counter()
        """By verdict and kind of actor."""
        self.outcomes: Counter[str] = Counter()
        """Of invocations."""

    def note(self, answers: Sequence[Answer]) -> None:
        """Count the answers of one durable group."""
        for answer in answers:
            if answer.duplicate:
                self.duplicates += 1
            elif answer.refusal is not None:
                self.refusals[answer.refusal.code] += 1
            elif answer.entry is not None:
                entry = answer.entry
                self.commands[type(entry.command).__name__.lower()] += 1
                self.facts += len(entry.facts)
                if entry.decision is not None:
                    self.verdicts[entry.decision.verdict, entry.decision.actor.kind] += 1
                for fact in entry.facts:
                    outcome = _OUTCOMES.get(type(fact))
                    if outcome is not None:
                        self.outcomes[outcome] += 1
