"""Hands tasks to an A2A agent and waits for what comes of them."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from a2a.types.a2a_pb2 import Task, TaskState
from google.protobuf.json_format import MessageToDict

from xop.adapters.a2a.answer import GOING, meaning, polled, refused, task_of
from xop.adapters.a2a.card import CardRefused, Cards, Interface
from xop.adapters.a2a.exchange import Exchange, ExchangeError, Got
from xop.adapters.a2a.render import render_task
from xop.adapters.a2a.settings import Rendered, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import PinnedConnection
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.catalogue import Seen
from xop.ports.rendering import UnrenderableError
from xop.ports.secret import MissingSecretError

_FIRST_LOOK = 0.1
"""Seconds until a task is asked for; doubled each time."""

_LONGEST_LOOK = 5.0

_CANCELLING = 2.0
"""Seconds for calling a task off that the agent cannot go on with."""


class A2aAdapter:
    """Speaks to one agent, by the card that a person accepted and with no more context than the binding names."""

    def __init__(self, settings: Settings, secrets: Secrets, connection: Connection) -> None:
        self.idempotent = settings.idempotent
        self._settings = settings
        self._exchange = Exchange(settings, secrets, connection.concurrency)
        operations = connection.operations if isinstance(connection, PinnedConnection) else None
        self._cards = Cards(settings, self._exchange, operations)

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the message as JSON, or why a value has no place in it."""
        try:
            return render_task(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Hand over one task and wait for its end within the timeout."""
        try:
            rendered = msgspec.json.decode(sending.request, type=Rendered)
        except msgspec.MsgspecError:
            return Sent("failed", "the stored request cannot be read")
        errand = _Errand()
        try:
            async with asyncio.timeout(sending.timeout):
                return await self._send(rendered, sending, errand)
        except TimeoutError:
            return Sent("uncertain" if errand.left else "retry", errand.late, unhealthy=not errand.taken)
        except CardRefused as error:
            return Sent("failed", str(error))
        except MissingSecretError as error:
            return Sent("retry", str(error), unhealthy=True)
        except ExchangeError as error:
            return _broken(error, errand)

    def seen(self) -> Seen | None:
        """Return the agent's card as it was read last."""
        return self._cards.seen()

    async def close(self) -> None:
        """Close all connections."""
        await self._exchange.close()

    async def _send(self, rendered: Rendered, sending: Sending, errand: "_Errand") -> Sent:
        interface = await self._cards.interface()
        errand.left = True
        got = await self._ask(interface, "SendMessage", _message(rendered, sending), _along(sending))
        mistake = refused(got, sending.at)
        if mistake is not None:
            return mistake
        answer = task_of(_result(interface, got))
        if answer is None:
            return Sent("uncertain", "the agent's answer cannot be read")
        errand.taken = True
        if isinstance(answer, Task):
            answer = await self._followed(interface, answer)
        if sending.line is not None:
            sending.line.give(MessageToDict(answer))
        if isinstance(answer, Task) and answer.status.state == TaskState.TASK_STATE_INPUT_REQUIRED:
            return await self._called_off(interface, answer)
        return meaning(answer, self._settings.largest_output)

    async def _followed(self, interface: Interface, task: Task) -> Task:
        """Return a task once it is over or asks for something; whoever waits keeps the time."""
        wait = _FIRST_LOOK
        while task.status.state in GOING:
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_LOOK)
            got = await self._ask(interface, "GetTask", {"id": task.id})
            known = polled(_result(interface, got)) if refused(got, 0) is None else None
            task = known or task
        return task

    async def _called_off(self, interface: Interface, task: Task) -> Sent:
        """An agent that asks for more than it was given gets no more; it must know that nobody will answer."""
        detail = "the agent asked for more than the packet holds"
        try:
            async with asyncio.timeout(_CANCELLING):
                got = await self._ask(interface, "CancelTask", {"id": task.id})
        except (ExchangeError, TimeoutError):
            return Sent("uncertain", f"{detail}, and could not be told that there is none")
        known = polled(_result(interface, got)) if refused(got, 0) is None else None
        if known is not None and known.status.state == TaskState.TASK_STATE_CANCELED:
            return Sent("failed", detail)
        return Sent("uncertain", f"{detail}, and did not call the task off")

    async def _ask(
        self, interface: Interface, method: str, params: dict[str, Any], along: Mapping[str, str] | None = None
    ) -> Got:
        url = interface.url.rstrip("/")
        if interface.binding == "JSONRPC":
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return await self._exchange.ask("POST", interface.url, body, along)
        if method == "SendMessage":
            return await self._exchange.ask("POST", f"{url}/message:send", params, along)
        place = f"{url}/tasks/{quote(params['id'], safe='')}"
        if method == "CancelTask":
            return await self._exchange.ask("POST", f"{place}:cancel", {})
        return await self._exchange.ask("GET", place)


class _Errand:
    """How far a task has come, for saying what a break means."""

    def __init__(self) -> None:
        self.left = False
        """Whether the task may have arrived."""
        self.taken = False
        """Whether the agent said that it has it."""

    @property
    def late(self) -> str:
        """What it means that the time is over."""
        return "the agent is still at it" if self.taken else "no answer in time"


def _broken(error: ExchangeError, errand: _Errand) -> Sent:
    if errand.taken or error.left:
        return Sent("uncertain", error.detail, unhealthy=True)
    return Sent("retry" if error.again else "failed", error.detail, unhealthy=True)


def _message(rendered: Rendered, sending: Sending) -> dict[str, Any]:
    """Return what the agent is sent: the words, the packet, and the task in which it may act back here."""
    parts: list[dict[str, Any]] = [{"text": rendered.text}] if rendered.text else []
    if rendered.packet:
        parts.append({"data": rendered.packet, "mediaType": "application/json"})
    metadata = {"io.xop/task": sending.invocation, "io.xop/conversation": sending.invocation}
    message = {"messageId": sending.invocation, "role": "ROLE_USER", "parts": parts, "metadata": metadata}
    modes = ["application/json", "text/plain"]
    return {"message": message, "configuration": {"acceptedOutputModes": modes, "returnImmediately": True}}


def _along(sending: Sending) -> dict[str, str]:
    """Return the trace context of whoever waits."""
    along = sending.line.along if sending.line is not None else {}
    found = {name: along.get(name) for name in ("traceparent", "tracestate")}
    return {name: value for name, value in found.items() if isinstance(value, str) and value.isprintable()}


def _result(interface: Interface, got: Got) -> Any:
    if interface.binding != "JSONRPC":
        return got.value
    return got.value.get("result") if isinstance(got.value, dict) else None
