"""The server: the application on a socket, and an orderly end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread

import uvicorn

from xop.assembly import Platform
from xop.faces.http.app import build_app
from xop.faces.http.mount import Mount
from xop.faces.speeches import Speeches, english

_GRACE = 20
"""Seconds that requests under way may take when the server stops."""

_KEEP_ALIVE = 65
"""Seconds an idle connection is kept: longer than most proxies keep theirs."""

_BACKLOG = 2048
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a listening socket, port 0 for any free one; raises OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # Connections inherit it: asyncio sets it only for sockets that name their protocol, which these do not.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def serve(
    platform: Platform,
    listening: socket.socket,
    ready: Callable[[], None] | None = None,
    stop: asyncio.Event | None = None,
    mounts: Sequence[Mount] = (),
    speeches: Speeches = english,
) -> None:
    """Serve a platform that was started until SIGINT, SIGTERM or `stop`; requests under way are answered, streams end.

    `mounts` are other faces beside the HTTP API, and `speeches` the languages that it has. `ready` is called once requests
    are taken. Whoever started the platform stops it when this returns.
    """
    server = _Server(platform, ready or (lambda: None), mounts, speeches)
    watch = asyncio.create_task(server.stop_on(stop or asyncio.Event()))
    try:
        await server.serve([listening])
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


class _Server(uvicorn.Server):
    """Uvicorn's server, with streams that end before it does and signals that leave time for the platform to stop."""

    def __init__(
        self, platform: Platform, ready: Callable[[], None], mounts: Sequence[Mount], speeches: Speeches
    ) -> None:
        self._closing = asyncio.Event()
        self._ready = ready
        super().__init__(
            uvicorn.Config(
                build_app(platform, self._closing, mounts, speeches),
                http="httptools",
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_GRACE,
            )
        )

    async def stop_on(self, stop: asyncio.Event) -> None:
        """Stop once an event is set."""
        await stop.wait()
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)

    def _end(self, number: signal.Signals) -> None:
        """Stop, and at once when asked to again by hand.

        Uvicorn's own handler is not asked: the library of event streams wraps it to end every stream of the process for
        good, those of a server to come too.
        """
        self.force_exit = self.should_exit and number == signal.SIGINT
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own way raises the signal again at the end, which would cut the platform's stop short."""
        if current_thread() is not main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for each in _SIGNALS:
            loop.add_signal_handler(each, self._end, each)
        try:
            yield
        finally:
            for each in _SIGNALS:
                loop.remove_signal_handler(each)
