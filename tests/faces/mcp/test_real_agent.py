"""An agent built with a common framework, its model scripted: it meets a hold, a person approves, it is done once."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from tests.faces.mcp.exchange import ANN, FOLDER, KEYS
from tests.kit.receiver import Receiver
from tests.kit.scripted_model import ScriptedModel, calls, says

XOP = str(Path(sys.executable).parent / "xop")
ENVIRONMENT = {**os.environ, **{f"{name.upper()}_KEY": key for name, key in KEYS.items()}}

pytestmark = pytest.mark.slow


def script(messages):
    """Ask for a credit; while it waits say so; told to look again, ask what became of it."""
    turn = messages[max(number for number, each in enumerate(messages) if each["role"] == "user") :]
    tools = [str(each["content"]) for each in messages if each["role"] == "tool"]
    if turn[-1]["role"] == "tool":
        return says(f"The tool says: {tools[-1]}")
    if not tools:
        return calls("grant_credit", 1, cents=7000)
    request = re.search(r"request (dec_[0-9a-f]+)", tools[0])
    assert request
    return calls("get_request_status", len(tools) + 1, request=request[1])


@pytest.fixture
def port() -> int:
    """A free port, kept through a restart."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
        return number


@pytest.fixture
def receiver():
    """The system behind the tool."""
    with Receiver() as receiving:
        yield receiving


@pytest.fixture
def workspace(tmp_path, receiver):
    """The exchange, with credits carried out over HTTP."""
    folder = tmp_path / "workspace"
    shutil.copytree(FOLDER, folder)
    connections = (folder / "connections.yaml").read_text()
    bank = f"  bank: {{adapter: http, settings: {{base_url: '{receiver.url}', idempotent: true}}}}\n"
    (folder / "connections.yaml").write_text(connections + bank)
    action = folder / "actions" / "grant_credit.yaml"
    head = action.read_text().partition("binding:")[0]
    request = "{method: POST, path: /credits, body: {cents: '{{arguments.cents}}'}}"
    action.write_text(f"{head}binding: {{connection: bank, request: {request}}}\n")
    return folder


@contextmanager
def serving(tmp_path, workspace, port):
    """Run the server until the block ends."""
    command = [XOP, "serve", "--data", str(tmp_path / "data"), "--workspace", str(workspace), "--port", str(port)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            assert any("http://" in line for line in process.stdout)
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)


def meet_ann(port):
    """Tell who Ann is."""
    event = {"specversion": "1.0", "id": "1", "source": "/web", "type": "person.seen", "subject": ANN, "data": {}}
    headers = {"authorization": f"Bearer {KEYS['web']}", "content-type": "application/cloudevents+json"}
    httpx.post(f"http://127.0.0.1:{port}/v1/signals", json=event, headers=headers).raise_for_status()


def xop(port, *arguments):
    """Run a command as the supervisor and return what it printed."""
    reach = ["--url", f"http://127.0.0.1:{port}", "--key", KEYS["sue"]]
    ran = subprocess.run([XOP, *arguments, *reach], env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def approve_what_waits(port):
    """Approve the only open request."""
    (invocation,) = set(re.findall(r"inv_[0-9a-f]+", xop(port, "approvals", "--json")))
    xop(port, "approve", invocation, "--note", "they are loyal")


async def ask(model, port, prompt, history=None):
    """Let a fresh agent process take one turn of the conversation."""
    headers = {"Authorization": f"Bearer {KEYS['guide']}", "Xop-Customer": ANN}
    tools = MCPToolset(f"http://127.0.0.1:{port}/mcp", headers=headers)
    chat = OpenAIChatModel("scripted", provider=OpenAIProvider(base_url=model.url, api_key="none"))
    async with Agent(chat, toolsets=[tools]) as agent:
        return await agent.run(prompt, message_history=history)


@pytest.mark.parametrize("killed", [False, True])
async def test_a_held_call_is_approved_on_the_command_line_and_done_once(tmp_path, workspace, port, receiver, killed):
    with ScriptedModel(script) as model:
        with serving(tmp_path, workspace, port) as server:
            meet_ann(port)
            first = await ask(model, port, "Credit me 70.")
            assert "A person must approve it first" in first.output
            assert receiver.requests.total() == 0
            if killed:
                server.send_signal(signal.SIGKILL)
                server.wait()
            else:
                approve_what_waits(port)
                await settled(receiver)
                second = await ask(model, port, "And now?", first.all_messages())
                assert "not done" not in second.output.lower()
        if killed:
            with serving(tmp_path, workspace, port) as server:
                approve_what_waits(port)
                await settled(receiver)
                server.send_signal(signal.SIGKILL)
                server.wait()
            with serving(tmp_path, workspace, port):
                second = await ask(model, port, "And now?", first.all_messages())
                assert "not done" not in second.output.lower()
    assert list(receiver.requests.values()) in ([1], [2])
    assert len(receiver.requests) == 1


async def settled(receiver):
    """Wait until the credit has arrived."""
    assert await asyncio.to_thread(receiver.arrival.wait, 20)
