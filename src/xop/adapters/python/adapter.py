"""Calls the functions of one module: plain ones in worker threads, `async` ones on the loop."""

import asyncio
import inspect
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import msgspec

from xop.adapters.python.answer import answered, raised
from xop.adapters.python.module import UncallableError, function, load, misfit, takes
from xop.adapters.python.render import render_call
from xop.adapters.python.settings import INVOCATION, Request, Settings
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Sending, Sent
from xop.ports.rendering import UnrenderableError

_CLOSED = Sent("retry", "the connection is closed", unhealthy=True)


class PythonAdapter:
    """One module; it is imported at the first call."""

    def __init__(self, settings: Settings) -> None:
        self.idempotent = settings.idempotent
        self._settings = settings
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix=f"xop-{settings.module}")
        self._importing = threading.Lock()
        self._module: ModuleType | None = None
        self._closed = False

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the call as JSON, or why a value has no place in it."""
        try:
            return render_call(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Call the function; one that exceeds the timeout may have been carried out."""
        ready = await self._prepared(sending.request, sending.invocation)
        if isinstance(ready, Sent):
            return ready
        called, arguments = ready
        if inspect.iscoroutinefunction(called):
            return await _awaited(called, arguments, sending.timeout)
        return await self._in_thread(called, arguments, sending.timeout)

    async def rehearse(self, request: bytes) -> str:
        """Return why a call would not be taken: the module or function is not there, or takes other arguments."""
        ready = await self._prepared(request, "")
        return ready.detail if isinstance(ready, Sent) else ""

    async def close(self) -> None:
        """Take no more calls; a function that runs is left to end by itself."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _prepared(self, stored: bytes, invocation: str) -> tuple[Callable[..., Any], dict[str, Any]] | Sent:
        """Return a function with the arguments to call it with, or why it cannot be called."""
        if self._closed:
            return _CLOSED
        try:
            request = msgspec.json.decode(stored, type=Request)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Sent("failed", "the stored request cannot be read")
        module = await self._ready()
        if isinstance(module, Sent):
            return module
        try:
            called = function(module, request.call)
        except UncallableError as error:
            return Sent("failed", str(error))
        named = {INVOCATION: invocation} if takes(called, INVOCATION) else {}
        unfit = misfit(called, request.arguments | named)
        if unfit:
            return Sent("failed", f"{request.call} cannot be called so: {unfit}")
        return called, request.arguments | named

    async def _ready(self) -> ModuleType | Sent:
        if self._module is None:
            try:
                self._module = await asyncio.to_thread(self._load)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may raise anything while it is imported
                cause = f"the module {self._settings.module!r} cannot be imported: {type(error).__name__}"
                return Sent("retry", cause, unhealthy=True)
        return self._module

    def _load(self) -> ModuleType:
        with self._importing:
            return load(self._settings.module)

    async def _in_thread(self, called: Callable[..., Any], arguments: dict[str, Any], seconds: float) -> Sent:
        try:
            running = self._pool.submit(_called, called, arguments)
        except RuntimeError:
            return _CLOSED
        waiting = asyncio.wrap_future(running)
        done, _ = await asyncio.wait({waiting}, timeout=seconds)
        if done:
            return _CLOSED if waiting.cancelled() else waiting.result()
        if running.cancel():
            return Sent("retry", "no thread was free in time", unhealthy=True)
        return Sent("uncertain", "no answer in time", unhealthy=True)


def _called(called: Callable[..., Any], arguments: dict[str, Any]) -> Sent:
    try:
        return answered(called(**arguments))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a function raises is an answer
        return raised(error)


async def _awaited(called: Callable[..., Any], arguments: dict[str, Any], seconds: float) -> Sent:
    try:
        async with asyncio.timeout(seconds) as limit:
            return answered(await called(**arguments))
    except TimeoutError as error:
        return Sent("uncertain", "no answer in time", unhealthy=True) if limit.expired() else raised(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a function raises is an answer
        return raised(error)
