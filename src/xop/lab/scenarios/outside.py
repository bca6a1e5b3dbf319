"""The outside of a scenario: every connection ends here, and answers what the scenario says."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from xop.kernel.actions.model import Connection
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.rendering import UnrenderableError, encode_request, render_value
from xop.workspace.scenarios.model import Response


class Attempt(Struct, frozen=True):
    """One request that left."""

    invocation: str
    connection: str
    at: int
    """Milliseconds since the epoch."""


class _Script:
    """One answer, and how often it still holds; None for good."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.left = response.times

    def fits(self, connection: str, action: str) -> bool:
        return (
            self.left != 0 and self.response.action in {None, action} and self.response.connection in {None, connection}
        )


class Outside:
    """Remembers what it was sent; the answer that was scripted last and still holds is given."""

    def __init__(self, before: Callable[[], Awaitable[None]]) -> None:
        """Await `before` with every request that comes: what led to it may be erased as soon as it is answered."""
        self.before = before
        self.attempts: list[Attempt] = []
        self._scripts: list[_Script] = []

    def script(self, response: Response) -> None:
        """Answer so from now on."""
        self._scripts.append(_Script(response))

    def take(self, connection: str, sending: Sending) -> Sent:
        """Take a request and answer it; without a script it is carried out."""
        request = msgspec.json.decode(sending.request)
        if sending.invocation:
            self.attempts.append(Attempt(sending.invocation, connection, sending.at))
        body = request["request"]
        told = body.get("output") if isinstance(body, dict) else None
        for script in reversed(self._scripts):
            if script.fits(connection, request["action"]):
                script.left = None if script.left is None else script.left - 1
                return _answer(script.response, told)
        return Sent("done", output=told)


def _answer(response: Response, told: Any) -> Sent:
    unhealthy = response.result in {"retry", "uncertain"}
    if response.result == "done":
        return Sent("done", response.detail, told if response.output is None else response.output)
    asked = None if response.retry_after is None else milliseconds(response.retry_after)
    detail = response.detail or f"the scenario answers: {response.result}"
    return Sent(response.result, detail, response.output, asked, unhealthy)


class OutsideAdapter:
    """Stands in for the adapter of one connection; nothing leaves the process."""

    def __init__(self, connection: Connection, outside: Outside) -> None:
        told = connection.adapter in {"webhook", "shared_signals"}
        self.idempotent = told or connection.settings.get("idempotent") is True
        self._name = connection.name
        self._outside = outside

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the request as JSON, with its action, or why a value has no place in it."""
        try:
            return encode_request(
                {"action": data["action"]["name"], "request": render_value(template, data, "request")}
            )
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Hand the request to the scenario's outside."""
        await self._outside.before()
        return self._outside.take(self._name, sending)

    async def close(self) -> None:
        """Do nothing: nothing is open."""


class OutsideKind:
    """Stands in for every kind of adapter."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def check_connection(self, _connection: Connection) -> list[Refusal]:
        """Return nothing: the real kind has checked it."""
        return []

    def check_request(self, _request: Mapping[str, Any]) -> list[Refusal]:
        """Return nothing: the real kind has checked it."""
        return []

    def open(self, connection: Connection, _secrets: Secrets) -> OutsideAdapter:
        """Return the stand-in for a connection's adapter."""
        return OutsideAdapter(connection, self._outside)
