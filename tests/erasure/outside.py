"""The outside: an HTTP server that repeats what it was told, and a mail server that says who it refused."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.adapters.mail_server import mail_server

_STATUS = {"/echo": 200, "/hook": 200, "/bad": 422, "/gone": 410, "/busy": 503}


class Outside(NamedTuple):
    """Where the servers listen, and what the first of them was asked."""

    web: str
    mail: int
    asked: list[str]


class _Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append(f"{self.path} {told}")
        answer = json.dumps({"said": told}).encode()
        self.send_response(_STATUS[self.path])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def outside(refusal: str) -> Iterator[Outside]:
    """Run both servers until the block ends; the mail server refuses every recipient with some words."""
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as web, _mails(refusal) as port:
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield Outside(f"http://127.0.0.1:{web.server_address[1]}", port, asked)
        web.shutdown()
        thread.join()


@contextmanager
def _mails(refusal: str) -> Iterator[int]:
    loop, ready, port = asyncio.new_event_loop(), threading.Event(), [0]
    over = asyncio.Event()

    async def run() -> None:
        async with mail_server() as server:
            server.answers["RCPT"] = f"451 {refusal}"
            port[0] = server.port
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    yield port[0]
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()
