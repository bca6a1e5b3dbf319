"""Answers as the script says, and remembers what it was sent."""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import cycle
from random import Random
from typing import Any

import msgspec

from xop.adapters.simulated.render import render_any
from xop.adapters.simulated.settings import Outcome, Settings
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Sending, Sent
from xop.ports.rendering import UnrenderableError


class SimulatedAdapter:
    """An outside system in memory."""

    def __init__(self, settings: Settings) -> None:
        self.idempotent = settings.idempotent
        self.sent: list[Sending] = []
        """Everything that arrived, attempt by attempt."""
        self.carried_out: list[Sending] = []
        """What had an effect: done, or uncertain, where the effect happens and the answer is lost."""
        self._known: set[str] = set()
        """The idempotency keys of what had an effect."""
        self._settings = settings
        self._outcomes = _outcomes(settings)
        self._closed = False

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the request as JSON, or why a value has no place in it."""
        try:
            return render_any(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Answer after the latency; one that exceeds the timeout loses the answer, not the effect."""
        if self._closed:
            return Sent("retry", "the simulated system is closed", unhealthy=True)
        try:
            request = msgspec.json.decode(sending.request, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Sent("failed", "the stored request cannot be read")
        self.sent.append(sending)
        result = self._carry_out(sending)
        latency = self._settings.latency_ms / 1_000
        if latency:
            await asyncio.sleep(min(latency, sending.timeout))
        if latency >= sending.timeout:
            return Sent("uncertain", "no answer in time", unhealthy=True)
        if result == "done":
            return Sent("done", output=request.get("output"))
        return Sent(result, f"simulated: {result}", unhealthy=result in ("retry", "uncertain"))

    async def close(self) -> None:
        """Refuse everything from now on; what was sent stays to be looked at."""
        self._closed = True

    def _carry_out(self, sending: Sending) -> Outcome:
        if self.idempotent and sending.invocation in self._known:
            return "done"
        outcome = next(self._outcomes)
        if outcome in ("done", "uncertain"):
            self.carried_out.append(sending)
            if sending.invocation:
                self._known.add(sending.invocation)
        return outcome


def _outcomes(settings: Settings) -> Iterator[Outcome]:
    if settings.seed is None:
        return cycle(settings.outcomes)
    random = Random(settings.seed)  # noqa: S311 - a script that repeats, not a secret
    return iter(lambda: random.choice(settings.outcomes), None)
