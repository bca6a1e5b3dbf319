"""A model behind the OpenAI chat API on loopback that says what a script tells it to say."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Script = Callable[[list[dict[str, Any]]], dict[str, Any]]
"""Returns the assistant's next message from all messages so far."""


def calls(name: str, number: int, **arguments: Any) -> dict[str, Any]:
    """Return a message that calls one tool."""
    call = {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def says(text: str) -> dict[str, Any]:
    """Return a message that says something."""
    return {"role": "assistant", "content": text}


class ScriptedModel:
    """Serves `POST /v1/chat/completions`; `seen` holds the messages of every request."""

    def __init__(self, script: Script) -> None:
        self.seen: list[list[dict[str, Any]]] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                model.seen.append(asked["messages"])
                message = script(asked["messages"])
                ending = "tool_calls" if message.get("tool_calls") else "stop"
                choice = {"index": 0, "message": message, "finish_reason": ending}
                usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
                about = {"id": "c", "object": "chat.completion", "created": 0, "model": "scripted"}
                body = json.dumps({**about, "choices": [choice], "usage": usage}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The base of its API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"
