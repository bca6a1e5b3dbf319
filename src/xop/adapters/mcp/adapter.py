"""Sends calls to an MCP server and reads what came of them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from xop.adapters.mcp.call import Call
from xop.adapters.mcp.failures import UncheckedError, UnsentError, UnsureError
from xop.adapters.mcp.message import Answer
from xop.adapters.mcp.outcome import outcome
from xop.adapters.mcp.render import render_request
from xop.adapters.mcp.settings import Rendered, Settings
from xop.adapters.mcp.trip import Trip
from xop.adapters.mcp.upstream import Upstream
from xop.adapters.mcp.watch import Watch
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import PinnedConnection
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.catalogue import Seen
from xop.ports.rendering import UnrenderableError
from xop.ports.secret import MissingSecretError

_SESSIONS_LOST = 3
"""Times that one call looks for a session."""


class McpAdapter:
    """Speaks to one MCP server, and only of what a person accepted of it."""

    def __init__(self, settings: Settings, secrets: Secrets, connection: Connection) -> None:
        self.idempotent = bool(settings.idempotency_header or settings.idempotency_meta)
        self._settings = settings
        self._upstream = Upstream(settings, secrets, connection.concurrency, self._changed)
        operations = connection.operations if isinstance(connection, PinnedConnection) else None
        self._watch = Watch(self._upstream, operations, milliseconds(settings.recheck) / 1000)

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the request as JSON, or why a value has no place in it."""
        try:
            return render_request(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Send one call; what is in quarantine, or was never accepted, is not sent."""
        try:
            rendered = msgspec.json.decode(sending.request, type=Rendered)
        except msgspec.MsgspecError:
            return Sent("failed", "the stored request cannot be read")
        trip = Trip(self._watch.stands)
        try:
            async with asyncio.timeout(sending.timeout):
                answer = await self._answer(rendered, sending, trip)
        except TimeoutError:
            return self._broken(trip.late(), rendered)
        except MissingSecretError as error:
            return Sent("retry", str(error), unhealthy=True)
        except (UnsentError, UnsureError) as error:
            return self._broken(error, rendered)
        if isinstance(answer, str):
            return Sent("failed", answer)
        if sending.line is not None:
            sending.line.give(answer.result if answer.result is not None else {"error": answer.error})
        return outcome(answer, rendered, self._settings)

    def seen(self) -> Seen | None:
        """Return what the server offered when its definitions were checked last."""
        return self._watch.seen()

    async def close(self) -> None:
        """Let go of the server."""
        await self._watch.close()
        await self._upstream.close()

    def _changed(self, method: str) -> None:
        self._watch.hear(method)

    async def _answer(self, rendered: Rendered, sending: Sending, trip: Trip) -> Answer | str:
        """Return the server's answer, or why nothing was sent.

        Whoever is in a lost session's place is looked at first, and whatever changed while the call waited for its turn.
        """
        lost = 0
        while lost < _SESSIONS_LOST:
            await self._watch.ready()
            objection = self._watch.objection(rendered.method, rendered.params)
            if objection is not None:
                return objection
            try:
                return await self._upstream.call(self._call(rendered, sending, trip))
            except UncheckedError:
                continue
            except UnsentError as error:
                if not error.renew:
                    raise
                lost += 1
        raise UnsentError("the server loses every session at once", again=True, unhealthy=True)

    def _call(self, rendered: Rendered, sending: Sending, trip: Trip) -> Call:
        settings, params, headers = self._settings, rendered.params, {}
        if sending.invocation and rendered.method == "tools/call":
            if settings.idempotency_meta:
                params = {**params, "_meta": {settings.idempotency_meta: sending.invocation}}
            if settings.idempotency_header:
                headers = {settings.idempotency_header: sending.invocation}
        return Call(rendered.method, params, sending.line, headers, trip, checked=True)

    def _broken(self, error: UnsentError | UnsureError, rendered: Rendered) -> Sent:
        if isinstance(error, UnsureError) or error.unhealthy:
            self._watch.doubt()
        if isinstance(error, UnsentError):
            result = "retry" if error.again else "failed"
            return Sent(result, error.detail, retry_after=error.retry_after, unhealthy=error.unhealthy)  # type: ignore[arg-type]  # one of its two words
        # What only reads may be read again.
        return Sent("uncertain" if rendered.method == "tools/call" else "retry", error.detail, unhealthy=True)
