"""Stands in for every outside system: no adapter of the workspace is opened, so nothing can leave."""

from collections.abc import Mapping
from typing import Any

import msgspec

from xop.kernel.actions.model import Connection
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.lab.simulate.chance import Chance
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.clock import Clock
from xop.ports.rendering import UnrenderableError, encode_request, render_value
from xop.workspace.population import Draw, Population, Trouble


class _Request(msgspec.Struct):
    action: str


_REQUEST = msgspec.json.Decoder(_Request)


class StandIn:
    """One outside system, as a population says that it behaves."""

    def __init__(self, outside: "Outside", connection: Connection) -> None:
        self.idempotent = _idempotent(connection)
        self._outside = outside
        self._trouble = outside.population.connections.get(connection.name, Trouble())
        self._latency = milliseconds(self._trouble.latency)
        self._troubled = self._trouble.failed + self._trouble.retry + self._trouble.uncertain > 0

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the request with the name of its action, or why a value has no place in it."""
        try:
            request = {"action": data["action"]["name"], "request": render_value(template, data, "request")}
            return encode_request(request)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Answer as chance has it, the same for the same attempt in every run; reads are answered at once."""
        if sending.invocation and self._latency:
            clock = self._outside.clock
            await clock.until(clock.now() + self._latency)
        if sending.invocation and self._troubled:
            lot = self._outside.chance("send", sending.invocation, sending.attempt).uniform()
            trouble = self._trouble
            if lot < trouble.failed:
                return Sent("failed", "simulated: failed")
            if lot < trouble.failed + trouble.retry:
                return Sent("retry", "simulated: retry", unhealthy=True)
            if lot < trouble.failed + trouble.retry + trouble.uncertain:
                return Sent("uncertain", "simulated: uncertain", unhealthy=True)
        return Sent("done", output=self._output(sending))

    async def close(self) -> None:
        """Let go of nothing."""

    def _output(self, sending: Sending) -> dict[str, Any] | None:
        outputs = self._outside.population.outputs
        if not outputs:
            return None
        fields: Mapping[str, Draw] | None = outputs.get(_REQUEST.decode(sending.request).action)
        if fields is None:
            return None
        about = sending.invocation or f"{sending.at}{sending.request.decode()}"
        chance = self._outside.chance("output", about)
        return {name: chance.pick(draw) for name, draw in fields.items()}


class Outside:
    """The kind of adapter that takes every kind's place."""

    def __init__(self, population: Population, seed: int, clock: Clock) -> None:
        self.population = population
        self.clock = clock
        self._seed = seed

    def chance(self, *names: str | int) -> Chance:
        """Return a stream of its own for one thing."""
        return Chance(self._seed, *names)

    def check_connection(self, _connection: Connection) -> list[Refusal]:
        """Return nothing: the real kind has checked it."""
        return []

    def check_request(self, _request: Mapping[str, Any]) -> list[Refusal]:
        """Return nothing: the real kind has checked it."""
        return []

    def open(self, connection: Connection, _secrets: Secrets) -> StandIn:
        """Return a stand-in for a connection; no secret is asked for."""
        return StandIn(self, connection)


def _idempotent(connection: Connection) -> bool:
    """Say whether the real system would know an idempotency key again."""
    return bool(connection.settings.get("idempotent", connection.adapter in {"webhook", "shared_signals"}))
