"""The server of a witness: its application on a socket until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Uvicorn's server, which says when it is ready and ends by a signal without failing."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        self._ready = ready
        super().__init__(
            uvicorn.Config(app, ws="none", lifespan="off", access_log=False, log_config=None, server_header=False)
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own way raises the signal again at the end."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


async def serve_witness(app: ASGIApp, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve a witness until SIGINT or SIGTERM; `ready` is called once requests are taken."""
    await _Server(app, ready).serve([listening])
