"""The events of a stream: a task as it stands, what is heard meanwhile, and what becomes of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from a2a.server.events.event_queue import Event
from a2a.types.a2a_pb2 import Task, TaskState

from xop.faces.a2a.line import StreamLine
from xop.faces.a2a.task import OVER, changed, produced, progressed
from xop.faces.a2a.tasks import Asked, Tasks
from xop.kernel.base.actor import Actor
from xop.ports.clock import Clock

_SOON = 0.1
"""Seconds after which a stream tells that an action is under way."""

_WAITS = 20.0
"""Seconds a stream waits for an outcome before it follows the ledger instead."""


async def events(
    tasks: Tasks, actor: Actor, taken: Asked | Task, line: StreamLine, clock: Clock, *, to_the_end: bool = False
) -> AsyncGenerator[Event]:
    """Yield the events of a task until it is over, its owner is dismissed or, unless `to_the_end`, it waits for them."""
    shown: Task | None = None
    if isinstance(taken, Task):
        shown = taken
        yield taken
    else:
        async with aclosing(_performing(tasks, actor, taken, line, clock)) as performing:
            async for event in performing:
                if not tasks.hears(actor):
                    return
                shown = _applied(shown, event)
                yield event
    if shown is None or _rests(shown, to_the_end=to_the_end):
        return
    async with aclosing(tasks.follow(actor, shown.id)) as states:
        async for known in states:
            if known.status == shown.status:
                continue
            shown = known
            for event in _told(known):
                yield event
            if _rests(known, to_the_end=to_the_end):
                return


async def _performing(
    tasks: Tasks, actor: Actor, asked: Asked, line: StreamLine, clock: Clock
) -> AsyncGenerator[Event]:
    """Yield a task once it is durable, its progress, and how it stands when the wait is over."""
    work = asyncio.create_task(tasks.perform(asked, _WAITS, line))
    shown: Task | None = None
    try:
        while not work.done():
            hearing = asyncio.create_task(line.heard.get())
            await asyncio.wait({work, hearing}, timeout=_SOON, return_when=asyncio.FIRST_COMPLETED)
            heard = hearing.result() if hearing.done() else None
            hearing.cancel()
            if shown is None and not work.done():
                story = await tasks.story(actor, asked.task)
                if story is not None:
                    shown = await tasks.told(story)
                    yield shown
            if shown is not None and heard is not None:
                yield progressed(shown, heard, clock.now())
        known = work.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    if shown is None:
        yield _opening(known)
    for event in _told(known):
        yield event


def _told(task: Task) -> list[Event]:
    return [*produced(task), changed(task)]


def _opening(task: Task) -> Task:
    """Return a task as it was before its outcome: a stream begins with one."""
    opening = Task()
    opening.CopyFrom(task)
    del opening.artifacts[:]
    opening.status.Clear()
    opening.status.state = TaskState.TASK_STATE_SUBMITTED
    opening.status.timestamp.CopyFrom(task.status.timestamp)
    return opening


def _applied(shown: Task | None, event: Event) -> Task | None:
    """Return a task with its state as an event tells it."""
    if isinstance(event, Task):
        return event
    status = getattr(event, "status", None)
    if shown is None or status is None:
        return shown
    after = Task()
    after.CopyFrom(shown)
    after.status.CopyFrom(status)
    return after


def _rests(task: Task, *, to_the_end: bool) -> bool:
    state = task.status.state
    return state in OVER or (state == TaskState.TASK_STATE_INPUT_REQUIRED and not to_the_end)
