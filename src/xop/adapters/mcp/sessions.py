"""Servers that keep sessions, and programs: spoken to by the SDK's client, one call at a time in each session."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

import mcp_types as types
from mcp import MCPError
from mcp.client.client import Client
from pydantic import RootModel, ValidationError

from xop import __version__
from xop.adapters.mcp import line as lines
from xop.adapters.mcp.call import Call
from xop.adapters.mcp.failures import UncheckedError, UnsentError, UnsureError
from xop.adapters.mcp.message import Answer
from xop.adapters.mcp.trip import Trip
from xop.ports.line import Line

_IDLE = 5.0
"""Seconds after which a session is asked whether it still lives."""
_CLOSED = -32000
_GONE = -32600
"""What the SDK calls a session that the server has ended."""
_LOST = "sessions/lost"
"""In place of a notification's method."""
_OPENING = 30.0
"""Seconds for a session to open."""

_NOBODY = types.ErrorData(code=types.INVALID_REQUEST, message="nobody is there to answer")

Changed = Callable[[str], None]
"""Hears the method of a notification that something has changed."""

Way = Callable[["Session"], Any]
"""Opens the streams of one session."""


class Raw(RootModel[dict[str, Any]]):
    """A result as it came."""


class Session:
    """One session; whatever the server asks or tells meanwhile belongs to the one call it carries."""

    def __init__(self, mode: str, changed: Changed) -> None:
        self.failure: UnsentError | UnsureError | None = None
        """What broke on the way, as the transport has seen it."""
        self.used_at = time.monotonic()
        self._line: Line | None = None
        self._trip: Trip | None = None
        self._mode = mode
        self._changed = changed
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._client: Client | None = None

    async def open(self, way: Way) -> None:
        """Open the session; raises UnsentError."""
        ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        # The SDK's scopes must end in the task they began in, so the session has a task of its own.
        self._task = asyncio.create_task(self._live(way, ready), name="xop-mcp-session")
        try:
            async with asyncio.timeout(_OPENING):
                self._client = await asyncio.shield(ready)
        except BaseException as error:
            await self.close()
            if isinstance(error, Exception):
                raise self._unopened(error) from error
            raise

    async def call(self, call: Call) -> Answer:
        """Carry one call."""
        if self._client is None:
            raise UnsentError("the session is not open", again=True)
        self._line, self.failure = call.line, None
        params = {**call.params, **lines.answers(call.line)}
        meta = {**params.get("_meta", {}), **lines.trace(call.line)}
        request = types.Request[dict[str, Any], str](method=call.method, params={**params, "_meta": meta})
        progress = self._progress if lines.along(call.line).get(lines.PROGRESS) is not None else None
        call.trip.left, self._trip = True, call.trip
        try:
            result = await self._client.session.send_request(request, Raw, progress_callback=progress)
        except MCPError as error:
            return self._answer(error, call)
        except ValidationError as error:
            raise UnsureError("the answer is not what the protocol allows") from error
        finally:
            self._line = self._trip = None
            self.used_at = time.monotonic()
        return Answer(result=result.root)

    def trip(self) -> Trip:
        """Return the trip of the call that is to leave, once; whatever else leaves is on a trip of its own."""
        trip, self._trip = self._trip or Trip(), None
        return trip

    def capabilities(self) -> Collection[str]:
        """Return the names of what the server says it can do; nothing before the session is open."""
        return tuple(self._client.server_capabilities.model_dump(exclude_none=True)) if self._client else ()

    async def lives(self) -> bool:
        """Say whether the session can be used, asking the server when it was idle for long."""
        if self._client is None or self._task is None or self._task.done():
            return False
        if time.monotonic() - self.used_at < _IDLE or self._mode != "legacy":
            return True
        try:
            await self._client.session.send_request(types.PingRequest(), Raw, request_read_timeout_seconds=_IDLE)
        except (MCPError, ValidationError):
            return False
        return True

    async def close(self) -> None:
        """End the session; one that never opened has nothing to end well."""
        self._ending.set()
        if self._task is not None:
            if self._client is None:
                self._task.cancel()
            _, late = await asyncio.wait([self._task], timeout=_IDLE)
            for task in late:
                task.cancel()

    async def _live(self, way: Way, ready: "asyncio.Future[Client]") -> None:
        try:
            async with self._made(way) as client:
                if not ready.cancelled():
                    ready.set_result(client)
                await self._ending.wait()
        except Exception as error:  # noqa: BLE001 - whatever ends a session ends this one alone
            if not ready.done():
                ready.set_exception(error)

    def _made(self, way: Way) -> Client:
        return Client(
            way(self),
            sampling_callback=self._sample,
            elicitation_callback=self._elicit,
            list_roots_callback=self._roots,
            logging_callback=self._log,
            message_handler=self._hear,
            client_info=types.Implementation(name="xop", version=__version__),
            mode=self._mode,
            cache=None,
        )

    def _unopened(self, error: Exception) -> UnsentError:
        found = self.failure or _within(error)
        if isinstance(found, UnsentError):
            return found
        detail = found.detail if found is not None else type(error).__name__
        return UnsentError(f"the session cannot be opened: {detail}", again=True, unhealthy=True)

    def _answer(self, error: MCPError, call: Call) -> Answer:
        if self.failure is not None:
            raise self.failure from error
        if error.code == _GONE and "terminated" in error.message.lower():
            call.trip.left = False
            raise UnsentError("the server has ended the session", again=True, renew=True) from error
        if error.code == _CLOSED:
            raise UnsureError("the session broke off") from error
        data = {} if error.data is None else {"data": error.data}
        return Answer(error={"code": error.code, "message": error.message, **data})

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        told = {"progress": progress, "total": total, "message": message}
        lines.tell(self._line, "notifications/progress", {name: it for name, it in told.items() if it is not None})

    async def _log(self, params: types.LoggingMessageNotificationParams) -> None:
        lines.tell(
            self._line, "notifications/message", params.model_dump(mode="json", by_alias=True, exclude_none=True)
        )

    async def _hear(self, message: Any) -> None:
        method = getattr(message, "method", "")
        if isinstance(method, str) and method.endswith("/list_changed"):
            self._changed(method)

    async def _elicit(
        self,
        context: Any,  # noqa: ARG002 - as the SDK has it
        params: types.ElicitRequestParams,
    ) -> types.ElicitResult | types.ErrorData:
        answer = await self._ask("elicitation/create", params)
        return types.ElicitResult.model_validate(answer) if answer is not None else _NOBODY

    async def _sample(
        self,
        context: Any,  # noqa: ARG002 - as the SDK has it
        params: types.CreateMessageRequestParams,
    ) -> types.CreateMessageResult | types.ErrorData:
        answer = await self._ask("sampling/createMessage", params)
        return types.CreateMessageResult.model_validate(answer) if answer is not None else _NOBODY

    async def _roots(self, context: Any) -> types.ListRootsResult | types.ErrorData:  # noqa: ARG002 - as the SDK has it
        answer = await self._ask("roots/list", None)
        return types.ListRootsResult.model_validate(answer) if answer is not None else _NOBODY

    async def _ask(self, method: str, params: Any) -> Any:
        if self._line is None:
            return None
        asked = params.model_dump(mode="json", by_alias=True, exclude_none=True) if params is not None else {}
        return await self._line.ask(method, {name: value for name, value in asked.items() if name != "_meta"})


class Sessions:
    """A few sessions with one server, each lent to one call at a time."""

    def __init__(self, way: Way, mode: str, most: int, changed: Changed) -> None:
        self._way = way
        self._mode = mode
        self._changed = changed
        self._places = asyncio.Semaphore(most)
        self._free: deque[Session] = deque()
        self._lent: set[Session] = set()
        self._leaving: set[asyncio.Task[None]] = set()

    async def call(self, call: Call) -> Answer:
        """Carry a call by a session of its own; one that was lost is replaced once, unless the call must be checked first."""
        async with self._places:
            try:
                return await self._carry(call)
            except UnsentError as error:
                if not error.renew:
                    raise
                self._lose()
                if call.checked:
                    raise
            return await self._carry(call)

    async def capabilities(self) -> Collection[str]:
        """Return the names of what the server says it can do."""
        async with self._places:
            session = await self._session()
            self._free.append(session)
            return session.capabilities()

    async def close(self) -> None:
        """End every session."""
        for session in (*self._free, *self._lent):
            await session.close()
        self._free.clear()
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def _carry(self, call: Call) -> Answer:
        session = await self._session(checked=call.checked)
        try:
            call.trip.require_check()
        except UncheckedError:
            self._free.append(session)
            raise
        self._lent.add(session)
        whole = False
        try:
            answer = await session.call(call)
            whole = True
            return answer
        finally:
            self._lent.discard(session)
            if whole:
                self._free.append(session)
            else:
                # What the server still says there would be taken for the next caller's.
                self._let_go(session)

    async def _session(self, *, checked: bool = False) -> Session:
        """Return a free session or a new one; raises UnsentError, for a call that is checked, where one was lost."""
        while self._free:
            session = self._free.pop()
            if await session.lives():
                return session
            self._let_go(session)
            self._lose()
            if checked:
                raise UnsentError("the session was lost", again=True, renew=True)
        session = Session(self._mode, self._changed)
        await session.open(self._way)
        return session

    def _lose(self) -> None:
        """Trust no session that is left: whatever ended one may be another server by now, or say other things."""
        while self._free:
            self._let_go(self._free.pop())
        self._changed(_LOST)

    def _let_go(self, session: Session) -> None:
        task = asyncio.create_task(session.close(), name="xop-mcp-session-end")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def _within(error: BaseException) -> UnsentError | UnsureError | None:
    """Return our own failure among the causes of the SDK's."""
    if isinstance(error, UnsentError | UnsureError):
        return error
    for inner in (*getattr(error, "exceptions", ()), error.__cause__):
        found = _within(inner) if inner is not None else None
        if found is not None:
            return found
    return None
