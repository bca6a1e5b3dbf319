"""The request handler: every operation of the protocol, for whichever binding it came by."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from a2a.server.context import ServerCallContext
from a2a.server.events.event_queue import Event
from a2a.server.request_handlers.request_handler import RequestHandler
from a2a.types.a2a_pb2 import (
    AgentCard,
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse,
    ListTasksRequest,
    ListTasksResponse,
    SendMessageRequest,
    SubscribeToTaskRequest,
    Task,
    TaskPushNotificationConfig,
)
from a2a.utils.errors import InvalidParamsError, TaskNotFoundError, UnsupportedOperationError

from xop.assembly import Platform
from xop.faces.a2a.faults import faults, stream_faults
from xop.faces.a2a.line import StreamLine
from xop.faces.a2a.listing import list_tasks
from xop.faces.a2a.notes import Notes
from xop.faces.a2a.push import Push
from xop.faces.a2a.streaming import events
from xop.faces.a2a.task import OVER
from xop.faces.a2a.tasks import Asked, Tasks
from xop.faces.http.keys import Caller

LONGEST_WAIT = 30.0
"""Seconds that a message waits for its outcome; whoever sent it asks for the task then."""


ExtendedCard = Callable[[Caller], Awaitable[AgentCard]]
"""Returns the card for a caller."""


class Handler(RequestHandler):
    """Answers for the platform: every message becomes a proposal, and the arbiter's verdict its task's state."""

    def __init__(self, platform: Platform, tasks: Tasks, notes: Notes, push: Push, card: ExtendedCard) -> None:
        self._platform = platform
        self._tasks = tasks
        self._notes = notes
        self._push = push
        self._card = card

    @faults
    async def on_get_task(self, params: GetTaskRequest, context: ServerCallContext) -> Task:
        """Return a task."""
        return await self._tasks.find(_caller(context), params.id)

    @faults
    async def on_list_tasks(self, params: ListTasksRequest, context: ServerCallContext) -> ListTasksResponse:
        """Return a page of tasks."""
        return await list_tasks(self._platform.runtime.ledger, self._tasks, _caller(context), params)

    @faults
    async def on_cancel_task(self, params: CancelTaskRequest, context: ServerCallContext) -> Task:
        """Stop a task that has not begun."""
        return await self._tasks.cancel(_caller(context), params.id, self._platform.runtime.clock.now())

    @faults
    async def on_message_send(self, params: SendMessageRequest, context: ServerCallContext) -> Task:
        """Take a message and return its task, once it is over or waits for somebody."""
        caller = _caller(context)
        taken = await self._taken(caller, params, context)
        if isinstance(taken, Task):
            return taken
        seconds = 0.0 if params.configuration.return_immediately else LONGEST_WAIT
        return await self._tasks.perform(taken, seconds, StreamLine(_along(context)))

    @stream_faults
    async def on_message_send_stream(
        self, params: SendMessageRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event]:
        """Take a message and yield what becomes of it."""
        caller = _caller(context)
        taken = await self._taken(caller, params, context)
        line = StreamLine(_along(context))
        clock = self._platform.runtime.clock
        async with aclosing(events(self._tasks, caller.actor, taken, line, clock)) as stream:
            async for event in stream:
                yield event

    @stream_faults
    async def on_subscribe_to_task(
        self, params: SubscribeToTaskRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event]:
        """Yield a task as it stands, and what becomes of it from then on."""
        caller = _caller(context)
        task = await self._tasks.find(caller, params.id)
        if task.status.state in OVER:
            raise UnsupportedOperationError("the task is over: ask for it instead")
        line = StreamLine({})
        clock = self._platform.runtime.clock
        async with aclosing(events(self._tasks, caller.actor, task, line, clock, to_the_end=True)) as stream:
            async for event in stream:
                yield event

    @faults
    async def on_create_task_push_notification_config(
        self, params: TaskPushNotificationConfig, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        """Keep an address to tell about a task."""
        caller = _caller(context)
        await self._tasks.find(caller, params.task_id)
        return await self._push.add(caller.actor, params)

    @faults
    async def on_get_task_push_notification_config(
        self, params: GetTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        """Return one address."""
        for config in await self._configs(_caller(context), params.task_id):
            if config.id == params.id:
                return config
        raise TaskNotFoundError("the task has no such push notification settings")

    @faults
    async def on_list_task_push_notification_configs(
        self, params: ListTaskPushNotificationConfigsRequest, context: ServerCallContext
    ) -> ListTaskPushNotificationConfigsResponse:
        """Return all addresses of a task."""
        configs = await self._configs(_caller(context), params.task_id)
        return ListTaskPushNotificationConfigsResponse(configs=configs)

    @faults
    async def on_delete_task_push_notification_config(
        self, params: DeleteTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> None:
        """Forget an address."""
        caller = _caller(context)
        await self._tasks.find(caller, params.task_id)
        self._notes.remove(caller.actor, params.task_id, params.id)

    @faults
    async def on_get_extended_agent_card(
        self, params: GetExtendedAgentCardRequest, context: ServerCallContext
    ) -> AgentCard:
        """Return the card that names what is granted to the caller."""
        del params
        return await self._card(_caller(context))

    async def _taken(self, caller: Caller, params: SendMessageRequest, context: ServerCallContext) -> Asked | Task:
        """Take a message, with the address to tell that may come with it."""
        config = params.configuration.task_push_notification_config
        telling = params.configuration.HasField("task_push_notification_config")
        if telling:
            await self._push.check(config)
        taken = await self._tasks.take(caller, params, context.state["besides"])
        if telling:
            config.task_id = taken.task if isinstance(taken, Asked) else taken.id
            await self._push.add(caller.actor, config)
        return taken

    async def _configs(self, caller: Caller, task: str) -> list[TaskPushNotificationConfig]:
        await self._tasks.find(caller, task)
        return [_without_secrets(target.settings) for target in self._notes.targets(caller.actor, task)]


def _caller(context: ServerCallContext) -> Caller:
    caller = context.state.get("caller")
    if not isinstance(caller, Caller):
        raise InvalidParamsError("nobody is signed in")
    return caller


def _along(context: ServerCallContext) -> dict[str, Any]:
    """Return the trace context that came with a request."""
    headers: dict[str, str] = context.state.get("headers", {})
    return {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}


def _without_secrets(config: TaskPushNotificationConfig) -> TaskPushNotificationConfig:
    """What opens the address is not told again."""
    config.authentication.ClearField("credentials")
    return config
