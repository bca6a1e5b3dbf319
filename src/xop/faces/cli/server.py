"""The serving process: the platform and its HTTP API, begun together and ended in order."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from xop.assembly import Platform
from xop.faces.cli.failure import UNREACHABLE, CommandFailed

_GRACE = 10
"""Seconds that requests being answered and live streams may take when the server stops."""

_BACKLOG = 2048


class Server(uvicorn.Server):
    """A uvicorn server that ends by returning, so that the platform behind it can be stopped after it."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE,
                ws="none",
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen and say so."""
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let an interrupt or a request to terminate end the server; a second interrupt does not wait."""
        loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "stop what listens there, or choose another with --port (0 takes any free one) or --host"
        raise CommandFailed(f"cannot listen on {host} port {port}: {reason}", remedy, code=UNREACHABLE) from error


def address(listening: socket.socket) -> str:
    """Return the URL at which a listening socket is reached from this machine."""
    host, port = listening.getsockname()[:2]
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not listened on
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


async def serve_platform(
    platform: Platform, app: ASGIApp, listening: socket.socket, ready: Callable[[dict[str, Any]], None]
) -> None:
    """Serve until told to stop; `ready` is told where and what once requests are answered."""
    recovered = await platform.start()
    release = platform.engine.release
    about = {
        "url": address(listening),
        "pid": os.getpid(),
        "workspace": release.name,
        "release": release.digest,
        "recovered": recovered,
    }
    await Server(app, lambda: ready(about)).serve([listening])


def log_to_stderr() -> None:
    """Send what the platform logs to stderr, one line each."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
