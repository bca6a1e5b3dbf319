"""Listening: a stream that tells an agent when its lists change and how its tasks go."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from mcp_types.jsonrpc import INVALID_PARAMS

from xop.faces.mcp.call import Call
from xop.faces.mcp.requests import Request, find
from xop.faces.mcp.tasks import detailed
from xop.faces.mcp.wire import RpcError, event
from xop.kernel.halts.model import PLATFORM

_ID = "io.modelcontextprotocol/subscriptionId"
_LISTS = {
    "toolsListChanged": "notifications/tools/list_changed",
    "promptsListChanged": "notifications/prompts/list_changed",
    "resourcesListChanged": "notifications/resources/list_changed",
}
_EVERY = 0.5
"""Seconds after which it is looked whether anything changed, at the latest."""

_PACE = 0.1
"""Seconds between two looks at least, however fast the ledger grows."""

_ALIVE = 30
"""Looks without news after which the stream shows that it is alive."""

_MOST_TASKS = 100


class Listening:
    """One subscription: what was asked for, and what was told last."""

    def __init__(self, call: Call, identity: int | str, lists: list[str], tasks: dict[str, Request]) -> None:
        self._call = call
        self._identity = identity
        self._lists = lists
        self._tasks = tasks
        self._told: dict[str, str] = {}

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield the acknowledgement, then news as there is any, until the server stops or the agent is dismissed."""
        asked: dict[str, Any] = dict.fromkeys(self._lists, True)
        if self._tasks:
            asked["taskIds"] = list(self._tasks)
        yield self._frame("notifications/subscriptions/acknowledged", {"notifications": asked})
        closing, quiet = self._call.desk.ground.closing, 0
        seen = await self._state()
        while not closing.is_set():
            news: list[bytes] = []
            state = await self._state()
            if state != seen:
                seen = state
                news += [self._frame(_LISTS[name], {}) for name in self._lists]
            news += [self._frame("notifications/tasks", task) for task in await self._changed_tasks()]
            if self._call.actor not in self._call.release.principals:
                break
            for frame in news:
                yield frame
            quiet = 0 if news else quiet + 1
            if quiet >= _ALIVE:
                quiet = 0
                yield b": alive\r\n\r\n"
            await self._wait()
        result = {"resultType": "complete", "_meta": {_ID: self._identity}}
        yield event({"jsonrpc": "2.0", "id": self._identity, "result": result})

    async def _wait(self) -> None:
        closed = asyncio.ensure_future(self._call.desk.ground.closing.wait())
        grown = asyncio.ensure_future(self._call.desk.engine.grown())
        try:
            await asyncio.wait({closed}, timeout=_PACE)
            await asyncio.wait({grown, closed}, timeout=_EVERY, return_when=asyncio.FIRST_COMPLETED)
        finally:
            grown.cancel()
            closed.cancel()

    async def _state(self) -> tuple[str, tuple[str, ...]]:
        """Return what lists depend on: the release and what is halted."""
        platform = await self._call.desk.engine.customer(PLATFORM)
        halts = tuple(sorted(platform.view.halts)) if platform is not None else ()
        return self._call.release.digest, halts

    async def _changed_tasks(self) -> list[dict[str, Any]]:
        changed = []
        for name, request in self._tasks.items():
            task = await detailed(self._call, request)
            if self._told.get(name) != task["status"]:
                self._told[name] = task["status"]
                changed.append(task)
        return changed

    def _frame(self, method: str, params: Mapping[str, Any]) -> bytes:
        meta = {"_meta": {_ID: self._identity}}
        return event({"jsonrpc": "2.0", "method": method, "params": {**params, **meta}})


async def listen(call: Call, identity: int | str) -> Listening:
    """Return the subscription that `subscriptions/listen` asks for; raises RpcError."""
    asked = call.params.get("notifications")
    if not isinstance(asked, Mapping):
        raise RpcError(INVALID_PARAMS, "`notifications` is missing or is no object")
    names = asked.get("taskIds")
    tasks: dict[str, Request] = {}
    if names is not None:
        call.require_tasks()
        for name in names[:_MOST_TASKS] if isinstance(names, list) else ():
            request = await find(call.desk, call.actor, name) if isinstance(name, str) else None
            if request is not None:
                tasks[request.decision.id] = request
    return Listening(call, identity, [name for name in _LISTS if asked.get(name) is True], tasks)
