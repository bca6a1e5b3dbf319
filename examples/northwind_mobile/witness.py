"""Watches the platform's live stream and keeps what it tells."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

PATIENCE = 20.0
"""Seconds to wait for something the platform must do."""

Entry = dict[str, Any]

_ENDINGS = {
    "InvocationDone": "done",
    "InvocationCancelled": "cancelled",
    "InvocationFailed": "failed",
    "InvocationUncertain": "uncertain",
}


class NotAsTold(Exception):  # noqa: N818 - names what happened
    """Something came out otherwise than the demonstration says; the message says what."""


class Witness:
    """Everything the platform has told since it was first asked."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._grown = threading.Condition()

    def hear(self, entry: Entry) -> None:
        """Keep one entry of the stream."""
        with self._grown:
            self.entries.append(entry)
            self._grown.notify_all()

    def mark(self) -> int:
        """Return how much was told so far."""
        return len(self.entries)

    def find(self, holds: Callable[[Entry], bool], since: int, what: str) -> Entry:
        """Wait for an entry told after a mark; raises NotAsTold when there is none in time."""
        deadline = time.monotonic() + PATIENCE
        with self._grown:
            while True:
                for entry in self.entries[since:]:
                    if holds(entry):
                        return entry
                if not self._grown.wait(deadline - time.monotonic()):
                    raise NotAsTold(f"the platform did not come to {what} within {PATIENCE:.0f} seconds")

    def decision(self, customer: str, action: str, since: int, stage: str = "proposal") -> dict[str, Any]:
        """Wait for a ruling on an action for a customer."""
        entry = self.find(
            lambda entry: _rules_on(entry, customer, action, stage), since, f"a {stage} decision on {action}"
        )
        ruling: dict[str, Any] = entry["decision"]
        return ruling

    def done(self, invocation: str) -> None:
        """Wait until an invocation was carried out."""
        self.find(
            lambda entry: any(
                fact["fact"] == "InvocationDone" and fact["invocation"] == invocation for fact in entry["facts"]
            ),
            0,
            f"carry out {invocation}",
        )

    def settle(self, quiet: float = 0.3) -> None:
        """Wait until nothing more is told for a moment."""
        deadline = time.monotonic() + PATIENCE
        with self._grown:
            while time.monotonic() < deadline and self._grown.wait(quiet):
                pass

    def verdicts(self) -> Counter[tuple[str, str]]:
        """Return how many decisions there were, by stage and verdict."""
        return Counter((each["stage"], each["verdict"]) for each in self.decisions())

    def rules(self) -> Counter[str]:
        """Return how often each rule denied or held something."""
        return Counter(each["code"] for each in self.decisions() if each["verdict"] != "permit")

    def outcomes(self) -> Counter[str]:
        """Return how many invocations ended, and how."""
        facts = [fact["fact"] for entry in list(self.entries) for fact in entry["facts"]]
        return Counter(_ENDINGS[fact] for fact in facts if fact in _ENDINGS)

    def facts(self) -> int:
        """Return how many facts became true."""
        return sum(len(entry["facts"]) for entry in list(self.entries))

    def decisions(self, since: int = 0) -> list[dict[str, Any]]:
        """Return all decisions told after a mark."""
        return [entry["decision"] for entry in self.entries[since:] if entry.get("decision")]


def _rules_on(entry: Entry, customer: str, action: str, stage: str) -> bool:
    ruling = entry.get("decision")
    return bool(
        ruling
        and ruling["customer"] == customer
        and ruling["action"] == action
        and ruling["stage"] == stage
    )
