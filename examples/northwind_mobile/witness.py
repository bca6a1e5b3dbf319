"""Watches what the platform tells live, looks up every decision, and keeps both."""

import threading
import time
from collections import Counter
from typing import Any

from examples.northwind_mobile.client import Client

PATIENCE = 20.0
"""Seconds to wait for something the platform must do."""

_PAGE = 200
_GLANCE = 0.2
"""Seconds after which to look for decisions again: one that confirms another makes no new fact true."""

_ENDINGS = {
    "InvocationDone": "done",
    "InvocationCancelled": "cancelled",
    "InvocationFailed": "failed",
    "InvocationUncertain": "uncertain",
}


class NotAsTold(Exception):  # noqa: N818 - names what happened
    """Something came out otherwise than the demonstration says; the message says what."""


class Witness:
    """All facts told since it began to listen, and all decisions."""

    def __init__(self, client: Client) -> None:
        self.facts: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        """Summaries, oldest first."""
        self._client = client
        self._position = 0
        self._grown = threading.Condition()
        client.follow(self._hear)

    def mark(self) -> int:
        """Return how many decisions there are by now."""
        before, found = None, []
        while True:
            query = f"?limit={_PAGE}" + ("" if before is None else f"&before={before}")
            page = self._client.get(f"/v1/decisions{query}")
            found += [each for each in page["decisions"] if each["position"] > self._position]
            before = page["next"]
            if before is None or before <= self._position + 1:
                break
        if found:
            self._position = found[0]["position"]
            self.decisions += reversed(found)
        return len(self.decisions)

    def decision(self, customer: str, action: str, since: int, stage: str) -> dict[str, Any]:
        """Wait for a ruling on an action for a customer, made after a mark; raises NotAsTold when there is none."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for each in self.decisions[since : self.mark()]:
                if (each["customer"], each["action"], each["stage"]) == (customer, action, stage):
                    return each
            self._wait(deadline, f"decide on {action} ({stage})")

    def done(self, invocation: str) -> None:
        """Wait until an invocation was carried out; raises NotAsTold when it is not."""
        deadline = time.monotonic() + PATIENCE
        while not any(
            fact["type"] == "InvocationDone" and fact["data"]["invocation"] == invocation for fact in list(self.facts)
        ):
            self._wait(deadline, f"carry out {invocation}")

    def ended(self, journey: str, since: int) -> None:
        """Wait until a run of a journey has ended, among the facts from a place on; raises NotAsTold when none does."""
        deadline = time.monotonic() + PATIENCE
        while not any(
            fact["type"] == "RunEnded" and fact["data"]["journey"] == journey for fact in list(self.facts)[since:]
        ):
            self._wait(deadline, f"end a run of {journey}")

    def settle(self) -> None:
        """Wait until nothing more is told for a moment."""
        deadline = time.monotonic() + PATIENCE
        with self._grown:
            while time.monotonic() < deadline and self._grown.wait(_GLANCE):
                pass

    def verdicts(self) -> Counter[tuple[str, str]]:
        """Return how many decisions there were, by stage and verdict."""
        return Counter((each["stage"], each["verdict"]) for each in self.decisions)

    def rules(self) -> Counter[str]:
        """Return how often each rule denied or held something."""
        return Counter(each["code"] for each in self.decisions if each["verdict"] != "permit")

    def outcomes(self) -> Counter[str]:
        """Return how many invocations ended, and how."""
        return Counter(_ENDINGS[fact["type"]] for fact in list(self.facts) if fact["type"] in _ENDINGS)

    def _hear(self, fact: dict[str, Any]) -> None:
        with self._grown:
            self.facts.append(fact)
            self._grown.notify_all()

    def _wait(self, deadline: float, what: str) -> None:
        if time.monotonic() > deadline:
            raise NotAsTold(f"the platform did not {what} within {PATIENCE:.0f} seconds")
        with self._grown:
            self._grown.wait(_GLANCE)
