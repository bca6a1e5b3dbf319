"""The desk: a server in a process of its own, and agents that speak to it with the SDK's own client."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml
from a2a.client import Client, ClientConfig, ClientFactory
from a2a.client.card_resolver import A2ACardResolver
from a2a.types import AgentCard, Message, Part, Role, SendMessageRequest, StreamResponse, Task, TaskState
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct, Value

from xop.assembly import KINDS, Platform, open_with, workspace_files
from xop.faces.a2a import a2a_mount
from xop.faces.a2a.wish import plain
from xop.faces.http import listen, serve
from xop.ports.adapter import AdapterKind

ROOT = Path(__file__).parents[3]

WORKSPACE = Path(__file__).parent / "workspace"

KEYS = {"clerk": "key-clerk", "shy": "key-shy", "watcher": "key-watcher", "olga": "key-olga", "web": "key-web"}

SECRETS = {f"{name.upper()}_KEY": key for name, key in KEYS.items()}

BINDINGS = ("JSONRPC", "HTTP+JSON")

ANNA = "email:anna@harbour.test"

S = TaskState


class Desk:
    """One server, and how to speak to it."""

    def __init__(
        self, url: str, process: subprocess.Popen[str] | None = None, platform: Platform | None = None
    ) -> None:
        self.url = url
        self._process = process
        self._platform = platform

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def decisions(self) -> list[Any]:
        """Return the latest decisions of a server in this process, with their entries."""
        assert self._platform is not None
        return list(await self._platform.runtime.ledger.decisions(None, 100, None))

    def stop(self) -> None:
        """Tell the server to stop."""
        assert self._process is not None
        self._process.terminate()

    @asynccontextmanager
    async def agent(self, who: str = "clerk", binding: str = "JSONRPC") -> AsyncIterator["Agent"]:
        """Return a client for a principal."""
        headers = {"authorization": f"Bearer {KEYS[who]}"}
        async with httpx.AsyncClient(headers=headers, timeout=60) as http:
            card = await A2ACardResolver(http, self.url).get_agent_card()
            config = ClientConfig(httpx_client=http, supported_protocol_bindings=[binding])
            sending = ClientConfig(httpx_client=http, supported_protocol_bindings=[binding], streaming=False)
            yield Agent(ClientFactory(config).create(card), ClientFactory(sending).create(card), http, card)

    async def signal(self, kind: str, subject: str = ANNA, **data: Any) -> None:
        """Let something happen to a customer."""
        event = {
            "specversion": "1.0",
            "source": "/web",
            "id": uuid4().hex,
            "type": kind,
            "subject": subject,
            "data": data,
        }
        await self._post("/v1/signals", event, "web", "application/cloudevents+json")

    async def approve(self, invocation: str, *, approved: bool = True, **more: Any) -> None:
        """Answer an invocation that waits for approval, perhaps with other arguments."""
        body = {"approved": approved, **more}
        await self._post(f"/v1/invocations/{invocation}/approval", body, "olga", "application/json")

    async def inform(self, who: str, told: Mapping[str, Any], by: str = "clerk") -> None:
        """Record that a customer was given a text about AI."""
        await self._post(f"/v1/customers/{who}/notices", told, by, "application/json")

    async def dismiss(self, who: str) -> None:
        """Publish the workspace without an agent."""
        assert self._platform is not None
        await self._platform.publish(without(who), "olga")

    async def _post(self, path: str, body: Any, who: str, kind: str) -> None:
        headers = {"authorization": f"Bearer {KEYS[who]}", "content-type": kind}
        async with httpx.AsyncClient() as http:
            answer = await http.post(self.url + path, json=body, headers=headers)
        assert answer.is_success, answer.text


class Agent:
    """An agent's client, streaming and not."""

    def __init__(self, client: Client, sender: Client, http: httpx.AsyncClient, card: AgentCard) -> None:
        self.client = client
        self.sender = sender
        self.http = http
        self.card = card

    async def ask(self, *parts: Part, **more: Any) -> Task:
        """Send a message and return its task."""
        events = [event async for event in self.sender.send_message(request(*parts, **more))]
        assert len(events) == 1
        return events[0].task

    async def stream(self, *parts: Part, **more: Any) -> list[StreamResponse]:
        """Send a message and return all its events."""
        return [event async for event in self.client.send_message(request(*parts, **more))]


def request(*parts: Part, name: str = "", task: str = "", context: str = "", **metadata: Any) -> SendMessageRequest:
    """Return the request that sends a message."""
    message = Message(
        message_id=name or uuid4().hex, role=Role.ROLE_USER, parts=parts, task_id=task, context_id=context
    )
    message.metadata.CopyFrom(ParseDict({f"io.xop/{key}": value for key, value in metadata.items()}, Struct()))
    return SendMessageRequest(message=message)


def wish(action: str, customer: str | None = ANNA, **more: Any) -> Part:
    """Return the part that asks for an action."""
    who = {} if customer is None else {"customer": customer}
    return data(action=action, **who, **more)


def data(**values: Any) -> Part:
    """Return a data part."""
    return Part(data=ParseDict(values, Value()))


def about(task: Task) -> dict[str, Any]:
    """Return what a task's metadata say of ours."""
    return {name.removeprefix("io.xop/"): value for name, value in plain(MessageToDict(task.metadata)).items()}


def output(task: Task) -> Any:
    """Return what a task's only artifact holds."""
    [artifact] = task.artifacts
    [part] = artifact.parts
    return plain(MessageToDict(part.data))


def without(who: str) -> dict[str, bytes]:
    """Return the workspace's files without an agent."""
    files = workspace_files(WORKSPACE)
    principals = yaml.safe_load(files["agents.yaml"])
    del principals["agents"][who]
    return {**files, "agents.yaml": yaml.safe_dump(principals).encode()}


@contextmanager
def serving(data: Path, port: int = 0) -> Iterator[Desk]:
    """Run a server until the block ends."""
    env = {**os.environ, **SECRETS}
    command = [sys.executable, "-m", "tests.faces.a2a.desk_server", str(data), str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url, "the server did not start"
            yield Desk(url, process)
        finally:
            process.terminate()
            process.communicate(timeout=30)


@asynccontextmanager
async def desk_here(
    data: Path,
    files: Mapping[str, bytes],
    kinds: Mapping[str, AdapterKind] = KINDS,
    secrets: Mapping[str, str] = SECRETS,
    *,
    loopback: bool = False,
) -> AsyncIterator[Desk]:
    """Run a server in this process, with files and kinds of its own."""
    platform = await open_with(data, files, kinds=kinds, secrets=secrets.get)
    listening, ready, stop = listen(), asyncio.Event(), asyncio.Event()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    await platform.start()
    mounts = [a2a_mount(data, url, loopback=loopback)]
    serving_it = asyncio.create_task(serve(platform, listening, ready.set, stop, mounts))
    try:
        await ready.wait()
        yield Desk(url, platform=platform)
    finally:
        stop.set()
        await serving_it
        await platform.stop()
        listening.close()
