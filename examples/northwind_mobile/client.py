"""A client of the platform's HTTP API, made of the standard library alone."""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

from examples.northwind_mobile.customers import Customer, Event

MCP = "2026-07-28"
"""The revision of the Model Context Protocol that the AI agent speaks."""


class Refused(Exception):  # noqa: N818 - names what happened
    """The platform refused a request; the message says which, and `detail` why."""

    def __init__(self, request: str, status: int, content: bytes) -> None:
        try:
            self.detail = str(json.loads(content)["detail"])
        except (ValueError, KeyError, TypeError):
            self.detail = content.decode(errors="replace")
        super().__init__(f"{request}: {status} {self.detail}")


@dataclass(slots=True)
class Client:
    """Speaks to the platform as any of its principals, over one connection."""

    url: str
    keys: Mapping[str, str]
    """API keys by principal."""
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"signals": [], "proposals": []})
    """How long the platform took to answer, by what was sent."""
    sent: int = 0
    """Signals sent so far."""
    _connection: HTTPConnection | None = None

    def get(self, path: str, who: str = "sam") -> Any:
        """Return the answer to a question."""
        return self._ask("GET", path, who, None, "")

    def post(self, path: str, who: str, body: Any, media_type: str = "application/json") -> Any:
        """Return the answer to a wish."""
        return self._ask("POST", path, who, body, media_type)

    def send(self, *events: Event) -> None:
        """Send events in the way of their sources: as Segment messages, or as CloudEvents, many of one source at once."""
        for source in dict.fromkeys(event.source for event in events):
            group = [event for event in events if event.source == source]
            segment = [event for event in group if event.type.startswith("segment.")]
            plain = [event for event in group if not event.type.startswith("segment.")]
            if plain:
                self._send_cloudevents(source, plain)
            if segment:
                self._send_segment(source, segment)

    def propose(self, who: str, customer: Customer, action: str, **details: Any) -> dict[str, Any]:
        """Propose an action for a customer and return the verdict."""
        began = time.perf_counter()
        body = {"customer": f"account:{customer.account}", "action": action, **details}
        answer: dict[str, Any] = self.post("/v1/proposals", who, body)
        self.seconds["proposals"].append(time.perf_counter() - began)
        return answer

    def call_tool(
        self, who: str, customer: Customer, tool: str, arguments: dict[str, Any], conversation: str
    ) -> dict[str, Any]:
        """Call a tool over MCP as an AI agent, in a conversation with a customer, and return the result."""
        self.sent += 1
        envelope = {
            "io.modelcontextprotocol/protocolVersion": MCP,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.xop/customer": f"account:{customer.account}",
            "io.xop/conversation": conversation,
        }
        params = {"name": tool, "arguments": arguments, "_meta": envelope}
        body = {"jsonrpc": "2.0", "id": self.sent, "method": "tools/call", "params": params}
        headers = {"mcp-protocol-version": MCP, "mcp-method": "tools/call", "mcp-name": tool}
        headers["accept"] = "application/json, text/event-stream"
        answer = self._ask("POST", "/mcp", who, body, "application/json", headers)
        if "error" in answer:
            raise Refused(f"the tool {tool} as {who}", 200, json.dumps({"detail": answer["error"]["message"]}).encode())
        result: dict[str, Any] = answer["result"]
        return result

    def customer(self, customer: Customer) -> dict[str, Any]:
        """Return what the platform knows about a customer."""
        found: dict[str, Any] = self.get(f"/v1/customers/{quote(f'account:{customer.account}', safe='')}")
        return found

    def close(self) -> None:
        """Hang up; asking again connects anew."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def follow(self, heard: Callable[[dict[str, Any]], None]) -> None:
        """Hand everything that becomes true to `heard`, from now on, in a thread of its own."""
        connection = HTTPConnection(urlsplit(self.url).netloc)
        connection.request("GET", "/v1/facts/stream", headers=self._headers("sam"))
        response = connection.getresponse()
        if response.status != 200:
            raise Refused("GET /v1/facts/stream", response.status, response.read())

        def listen() -> None:
            try:
                for line in response:
                    if line.startswith(b"data:"):
                        heard(json.loads(line[5:]))
            except (OSError, ValueError):
                return

        threading.Thread(target=listen, daemon=True).start()

    def _send_cloudevents(self, source: str, events: list[Event]) -> None:
        batch = [self._cloudevent(event) for event in events]
        began = time.perf_counter()
        if len(batch) == 1:
            self.post("/v1/signals", source, batch[0], "application/cloudevents+json")
            self.seconds["signals"].append(time.perf_counter() - began)
            return
        answer = self.post("/v1/signals", source, batch, "application/cloudevents-batch+json")
        for result in answer["results"]:
            if result["status"] != 200:
                raise Refused("an event of a batch", result["status"], json.dumps(result["problem"]).encode())

    def _cloudevent(self, event: Event) -> dict[str, Any]:
        self.sent += 1
        return {
            "specversion": "1.0",
            "id": f"{event.type}-{self.sent}",
            "source": f"/northwind/{event.source}",
            "type": event.type,
            "subject": f"account:{event.customer.account}",
            "time": datetime.now(UTC).isoformat(),
            "data": event.data,
        }

    def _send_segment(self, source: str, events: list[Event]) -> None:
        batch = [self._segment_message(event) for event in events]
        began = time.perf_counter()
        self.post("/v1/batch", source, {"batch": batch})
        self.seconds["signals"].append(time.perf_counter() - began)

    def _segment_message(self, event: Event) -> dict[str, Any]:
        self.sent += 1
        return {
            "type": event.type.removeprefix("segment."),
            "messageId": f"message-{self.sent}",
            "userId": event.customer.account,
            "timestamp": datetime.now(UTC).isoformat(),
            **event.data,
        }

    def _headers(self, who: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[who]}"}

    def _ask(
        self, method: str, path: str, who: str, body: Any, media_type: str, more: Mapping[str, str] | None = None
    ) -> Any:
        headers = self._headers(who) | dict(more or {})
        if path == "/v1/batch":  # Segment clients send their write key as a user name
            headers = {"authorization": f"Basic {base64.b64encode(f'{self.keys[who]}:'.encode()).decode()}"}
        if body is not None:
            headers["content-type"] = media_type
        if self._connection is None:
            self._connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 400:
            raise Refused(f"{method} {path} as {who}", response.status, content)
        return json.loads(content) if content else None
