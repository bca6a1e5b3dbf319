"""An event loop that can tell when every task on it waits."""

import asyncio
import selectors
from typing import Any


class _IdleSelector(selectors.DefaultSelector):
    """Asked to wait, it first tells those who wanted to know that there is nothing else to do."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[asyncio.Future[None]] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what can be read or written; at once while there is work, or somebody waits for there being none."""
        if timeout is not None and timeout <= 0:
            # Nothing outside is spoken to while tasks have work, so the system need not be asked.
            return []
        if self.waiting:
            for future in self.waiting:
                if not future.done():
                    future.set_result(None)
            self.waiting.clear()
            return []
        found: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        return found


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop for virtual time: whoever moves the clock learns when all has been done that was to do at a moment."""

    def __init__(self) -> None:
        self._idle_selector = _IdleSelector()
        super().__init__(self._idle_selector)

    async def idle(self) -> None:
        """Return when every other task waits for the clock or for another task."""
        future: asyncio.Future[None] = self.create_future()
        self._idle_selector.waiting.append(future)
        await future

    async def sock_connect(self, _sock: Any, _address: Any) -> None:
        """Refuse: nothing leaves a simulation."""
        raise PermissionError("a simulation connects to nothing")
