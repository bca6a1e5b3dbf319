"""A customer whose every word is a canary, living through every part of a served platform."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx

from tests.erasure.canary_workspace import SECRET

XOP = Path(sys.executable).parent / "xop"

PHONE = "+447701481516"
MAIL = "quintessa.parker@harbour.example"
NAME = "Zoë Quintessa Parker-Okonkwo"
TEXT = 'my cat ate the orange invoice of 14 May & I\'m "cross"'
CASE = "case-of-the-orange-cat"
NOTE = "she sounded cross on the telephone"
PROOF = "recorded-call-quintessa-77"
DEVICE = "device-quintessa-9f"
ACCOUNT = "acct-quintessa-1"
OTHER_MAIL = "zoe.the.second@harbour.example"
CANARIES = (PHONE, MAIL, NAME, TEXT, CASE, NOTE, PROOF, DEVICE, ACCOUNT, OTHER_MAIL)

KEYS = {f"HARBOUR_{name.upper()}_KEY": f"{name}-key" for name in ("web", "bot", "olga", "dpo")}

_MCP = "2026-07-28"


class Served(NamedTuple):
    """A server under test, and where it may have left traces."""

    client: httpx.Client
    url: str
    data: Path
    log: Path
    temporary: Path


@contextmanager
def served(folder: Path, workspace: Path) -> Iterator[Served]:
    """Run `xop serve` with a log and a folder for temporary files of its own."""
    temporary, log = folder / "tmp", folder / "served.log"
    temporary.mkdir(exist_ok=True)
    env = {**os.environ, **KEYS, "CANARY_HOOK": SECRET, "TMPDIR": str(temporary)}
    data, before = folder / "data", log.stat().st_size if log.exists() else 0
    command = [str(XOP), "serve", "--data", str(data), "--workspace", str(workspace), "--port", "0"]
    with log.open("ab") as written, subprocess.Popen(command, env=env, stdout=written, stderr=written) as process:
        try:
            url = _address(process, log, before)
            with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
                yield Served(client, url, data, log, temporary)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _address(process: subprocess.Popen[bytes], log: Path, before: int) -> str:
    """Return where a server listens; its log begins after so many bytes."""
    while process.poll() is None:
        told = log.read_bytes()[before:].decode().rsplit("\n", 1)[0]
        _, found, rest = told.partition(" at http")
        if found:
            return f"http{rest.split()[0]}"
    raise AssertionError(f"the server did not start: {log.read_text(encoding='utf-8')}")


class Life:
    """Someone's life, as far as the platform hears of it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._sent = 0

    def ask(self, method: str, path: str, who: str = "olga", **more: Any) -> Any:
        """Ask the server something that it must not refuse."""
        headers = {"authorization": f"Bearer {who}-key", **more.pop("headers", {})}
        response = self.served.client.request(method, path, headers=headers, **more)
        assert response.status_code < 300, f"{method} {path}: {response.text}"
        return response.json()

    def post(self, path: str, body: Any, who: str = "olga", **more: Any) -> Any:
        """Make a wish."""
        return self.ask("POST", path, who, json=body, **more)

    def tell(self, kind: str, data: dict[str, Any], *identifiers: str) -> Any:
        """Send a signal."""
        self._sent += 1
        event = {
            "specversion": "1.0",
            "source": "/life",
            "id": f"{identifiers[0]} {self._sent}",
            "type": kind,
            "subject": identifiers[0],
            "xopidentifiers": ",".join(identifiers[1:]),
            "data": data,
        }
        headers = {"content-type": "application/cloudevents+json"}
        return self.ask("POST", "/v1/signals", "web", json={k: v for k, v in event.items() if v}, headers=headers)

    def propose(self, action: str, who: str = "olga", **more: Any) -> Any:
        """Propose an action that holds a text, and wait a while for the outcome."""
        body = {"action": action, "customer": f"phone:{PHONE}", "arguments": {"text": TEXT}, "wait": 3, **more}
        return self.post("/v1/proposals", body, who)

    def call(self, tool: str) -> Any:
        """Call a tool over MCP."""
        envelope = {"io.modelcontextprotocol/protocolVersion": _MCP, "io.modelcontextprotocol/clientCapabilities": {}}
        arguments = {"customer": f"phone:{PHONE}", "text": TEXT}
        params = {"name": tool, "arguments": arguments, "_meta": envelope}
        headers = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": _MCP,
            "mcp-method": "tools/call",
            "mcp-name": tool,
        }
        return self.post(
            "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, "bot", headers=headers
        )

    def facts(self) -> str:
        """Return everything the ledger tells of the customer, as text."""
        told, after = "", ""
        while True:
            page = self.ask("GET", "/v1/facts", params={"limit": 1000, **({"after": after} if after else {})})
            told += json.dumps(page["facts"], ensure_ascii=False)
            if not page["facts"]:
                return told
            after = page["next"]


def lived(life: Life) -> dict[str, Any]:
    """Let the customer live through everything; return what a stranger keeps of it: proofs, and the checkpoint."""
    mine = f"phone:{PHONE}"
    life.tell("page.viewed", {"path": f"/{TEXT}"}, mine, f"email:{MAIL}", f"account:{ACCOUNT}", f"device:{DEVICE}")
    life.tell("profile.changed", {"name": NAME}, mine)
    life.tell("page.viewed", {"path": "/"}, f"email:{OTHER_MAIL}")
    life.post("/v1/identity/merge", {"keep": mine, "other": f"email:{OTHER_MAIL}", "reason": NOTE})
    consent = {"change": "grant", "purpose": "marketing", "channel": "email", "proof": PROOF}
    life.post(place(mine, "consents"), consent)
    life.post(place(mine, "consents"), {**consent, "channel": "sms", "change": "object", "proof": TEXT})
    life.tell("said", {"text": TEXT, "case": CASE}, mine)
    _worked(life)
    _answered(life, mine)
    _handed_over(life, mine)
    _chosen(life, mine)
    told = life.ask("GET", "/v1/decisions", params={"limit": 50})["decisions"]
    decisions = [each["decision"] for each in told]
    assert decisions
    proven = {
        each: life.ask("GET", f"/v1/decisions/{each}/proof", params={"wait": 20, "evidence": True})
        for each in decisions
    }
    return {"proven": proven, "log": life.ask("GET", "/v1/log")}


def place(who: str, *rest: str) -> str:
    """Return a path about a customer."""
    return "/v1/customers/" + "/".join(quote(each, safe="") for each in (who, *rest))


def _worked(life: Life) -> None:
    """Everything that leaves for the outside, with every kind of answer, and what is refused."""
    assert life.propose("note")["outcome"]["status"] == "done"
    assert life.propose("note_badly")["outcome"]["status"] == "failed"
    assert life.propose("note_later")["verdict"] == "permit"
    assert life.propose("hook")["outcome"]["status"] == "done"
    assert life.propose("mail")["verdict"] == "permit"
    assert life.propose("never")["verdict"] == "deny"
    for tool in ("note", "never"):
        life.call(tool)
    held = life.propose("grant", "bot")
    assert held["until"] == "approval", held
    life.post(f"/v1/invocations/{held['invocation']}/approval", {"approved": True, "note": NOTE})
    held = life.propose("grant", "bot", conversation=CASE)
    life.post(f"/v1/invocations/{held['invocation']}/approval", {"approved": False, "note": NOTE})
    life.propose("grant", "bot")


def _answered(life: Life, mine: str) -> None:
    """A run that asks a person and then waits, by a key of the customer's own."""
    (question,) = life.ask("GET", "/v1/questions")["questions"]
    body = {"choice": "go_on", "note": NOTE, "token": question["token"]}
    life.post(place(mine, "runs", question["run"], "answers"), body)
    assert life.ask("GET", place(mine, "runs"))["runs"]


def _handed_over(life: Life, mine: str) -> None:
    body = {
        "customer": mine,
        "conversation": CASE,
        "queue": "people",
        "intent": TEXT,
        "summary": f"{NAME} says: {TEXT}",
        "transcript": [{"uri": f"https://calls.example/{CASE}?of={PHONE}", "title": TEXT}],
        "tried": [{"what": TEXT, "outcome": "failed", "detail": NOTE}],
        "suggested": [{"title": TEXT, "reason": NOTE}],
        "anyway": True,
    }
    name = life.post("/v1/handovers", body, "bot")["handover"]
    life.post(f"/v1/handovers/{name}/acceptance", {})
    life.ask("GET", f"/v1/handovers/{name}")
    body = {"outcome": "resolved", "continues": "agent", "notes": NOTE, "facts": {"cat": TEXT}}
    life.post(f"/v1/handovers/{name}/return", body)
    life.post(
        "/v1/handovers", {"customer": mine, "conversation": CASE, "queue": "people", "summary": TEXT, "anyway": True}
    )


def _chosen(life: Life, mine: str) -> None:
    """Choices by a model that sees words of the customer, and learns from what comes of them."""
    for _ in range(4):
        asked = {"decision_set": "next", "customer": mine, "propose": False, "request": {"text": TEXT}}
        chosen = life.post("/v1/choices", asked)
        life.tell("offer.bought", {"candidate": chosen["candidate"]}, mine)
    life.ask("GET", place(mine))
    life.ask("GET", place(mine, "choices"))
