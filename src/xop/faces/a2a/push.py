"""Push notifications: tells the addresses that agents gave what becomes of their tasks."""

import asyncio
import logging
from contextlib import aclosing
from types import MappingProxyType

import aiohttp
from a2a.types.a2a_pb2 import StreamResponse, Task, TaskPushNotificationConfig
from a2a.utils.errors import InvalidParamsError
from google.protobuf.json_format import MessageToJson

from xop.adapters.a2a.addresses import guarded_session, resolved
from xop.faces.a2a.notes import MOST_TARGETS, Notes, Target
from xop.faces.a2a.task import OVER, changed
from xop.faces.a2a.tasks import Tasks
from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import derive
from xop.ports.clock import Clock
from xop.ports.errors import StorageError

LOG = logging.getLogger("xop.a2a")

_WAITS = (1_000, 5_000, 30_000)
"""Milliseconds between attempts to reach an address."""

_OVER = frozenset(str(state) for state in OVER)
"""States after which nothing is to be told, as they are noted."""

_SECONDS = 10
_LONGEST = 2_000
_HEADERS = MappingProxyType({"content-type": "application/a2a+json"})


class Push:
    """Follows every task that is to be told somewhere."""

    def __init__(self, notes: Notes, tasks: Tasks, clock: Clock, *, loopback: bool) -> None:
        self._notes = notes
        self._tasks = tasks
        self._clock = clock
        self._loopback = loopback
        self._following: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    def resume(self) -> None:
        """Follow on what was followed when the process last ended; what was over by then is followed no more.

        Nor is what belongs to somebody who was dismissed: their addresses are forgotten.
        """
        for target in self._notes.targets():
            if target.told.partition("@")[0] in _OVER or not self._tasks.hears(target.actor):
                self._notes.remove(target.actor, target.task, target.settings.id)
            else:
                self.follow(target.actor, target.task)

    def follow(self, actor: Actor, task: str) -> None:
        """Tell the addresses of a task from now on; calling it again changes nothing."""
        place = (str(actor), task)
        if place not in self._following and self._notes.targets(actor, task):
            self._following[place] = asyncio.create_task(self._follow(actor, task), name="xop-a2a-push")

    async def add(self, actor: Actor, config: TaskPushNotificationConfig) -> TaskPushNotificationConfig:
        """Keep an address that a task is to be told to; raises InvalidParamsError for one that may not be called."""
        await self.check(config)
        kept = TaskPushNotificationConfig()
        kept.CopyFrom(config)
        kept.id = config.id or derive("push", config.task_id, config.url)
        if not self._notes.add(Target(actor, config.task_id, kept.SerializeToString())):
            raise InvalidParamsError(f"the task has {MOST_TARGETS} addresses already: delete one first")
        self.follow(actor, config.task_id)
        return kept

    async def check(self, config: TaskPushNotificationConfig) -> None:
        """Let an address pass that may be called; raises InvalidParamsError for any other."""
        values = (config.url, config.token, config.id, config.authentication.scheme, config.authentication.credentials)
        if any(len(value) > _LONGEST or not (value.isascii() and value.isprintable()) for value in values if value):
            raise InvalidParamsError(f"the settings hold more than {_LONGEST} printable ASCII characters")
        mistake = await resolved(config.url, loopback=self._loopback)
        if mistake:
            raise InvalidParamsError(f"push notifications cannot go there: {mistake}")

    async def _follow(self, actor: Actor, task: str) -> None:
        try:
            async with aclosing(self._tasks.follow(actor, task)) as states:
                async for known in states:
                    await self._tell(actor, known)
            if not self._tasks.hears(actor):
                self._dismiss(actor, task)
        except StorageError:
            LOG.exception("the ledger cannot be read; push notifications of a task rest until the next start")
        finally:
            await self._leave((str(actor), task))

    def _dismiss(self, actor: Actor, task: str) -> None:
        """Forget where somebody was told of a task: whoever takes their name later is not to be told there."""
        for target in self._notes.targets(actor, task):
            self._notes.remove(actor, task, target.settings.id)

    async def _leave(self, place: tuple[str, str]) -> None:
        """The last one closes the door: nothing is kept open while there is nothing to tell."""
        self._following.pop(place, None)
        session = self._session
        if not self._following and session is not None:
            self._session = None
            await session.close()

    async def _tell(self, actor: Actor, task: Task) -> None:
        """Tell a task's state to those who have not heard of it."""
        state = f"{task.status.state}@{task.status.timestamp.ToJsonString()}"
        for target in self._notes.targets(actor, task.id):
            if target.told != state:
                await self._deliver(target, task)
                await self._notes.note(target, state)

    async def _deliver(self, target: Target, task: Task) -> None:
        body = MessageToJson(StreamResponse(status_update=changed(task)), indent=None).encode()
        for wait in (*_WAITS, None):
            if not self._tasks.hears(target.actor):
                return
            if await self._post(target.settings, body):
                return
            if wait is not None:
                await self._clock.until(self._clock.now() + wait)
        LOG.warning("a push notification of %s could not be delivered and was given up", target.task)

    async def _post(self, config: TaskPushNotificationConfig, body: bytes) -> bool:
        headers = dict(_HEADERS)
        if config.token:
            headers["x-a2a-notification-token"] = config.token
        if config.authentication.credentials:
            headers["authorization"] = f"{config.authentication.scheme or 'Bearer'} {config.authentication.credentials}"
        if self._session is None:
            self._session = guarded_session(loopback=self._loopback)
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._session.post(config.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.ok
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return False
