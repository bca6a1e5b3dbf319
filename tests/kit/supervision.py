"""The harbour with work for people: requests that wait, tasks, questions, queues, and the people who do it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.kit.console import Console, Visitor
from tests.kit.counter import QUEUES, queue_files
from tests.kit.serving import serving

ANA = "email:ana@harbour.test"
BEN = "email:ben@harbour.test"

SCRIPT = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
"""What an outsider may try to have run in somebody's browser."""

_CREDIT: dict[str, Any] = {
    "name": "issue_credit",
    "version": 2,
    "description": "Credit an amount to the customer's account.",
    "kind": "write",
    "purpose": "service",
    "risk": "medium",
    "spends": {"argument": "cents", "currency": "EUR"},
    "reversible_by": "take_back_credit",
    "reversal": {"cents": "{{arguments.cents}}"},
    "input": {
        "type": "object",
        "required": ["cents"],
        "additionalProperties": False,
        "properties": {
            "cents": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "kind": {"type": "string", "enum": ["goodwill", "refund"]},
            "reason": {"type": "string"},
            "tell": {"type": "boolean"},
            "lines": {"type": "array", "items": {"type": "string"}},
        },
    },
    "binding": {"connection": "desk", "request": {"cents": "{{arguments.cents}}", "customer": "{{customer.id}}"}},
}

_TAKE_BACK: dict[str, Any] = {
    "name": "take_back_credit",
    "version": 1,
    "description": "Take a credit back.",
    "kind": "write",
    "purpose": "service",
    "input": {
        "type": "object",
        "required": ["cents"],
        "additionalProperties": False,
        "properties": {"cents": {"type": "integer"}},
    },
    "binding": {"connection": "desk", "request": {"cents": "{{arguments.cents}}"}},
}

_GIFT: dict[str, Any] = {
    "name": "send_gift",
    "version": 1,
    "description": "Send the customer a gift.",
    "kind": "write",
    "purpose": "service",
    "delay": "1h",
    "input": {
        "type": "object",
        "required": ["what"],
        "additionalProperties": False,
        "properties": {"what": {"type": "string"}},
    },
    "binding": {"connection": "desk", "request": {"what": "{{arguments.what}}"}},
}

_METER: dict[str, Any] = {
    "name": "read_meter",
    "version": 1,
    "description": "Have somebody read the meter.",
    "kind": "write",
    "purpose": "service",
    "input": {
        "type": "object",
        "required": ["berth"],
        "additionalProperties": False,
        "properties": {"berth": {"type": "string"}},
    },
    "output": {
        "type": "object",
        "required": ["litres"],
        "additionalProperties": False,
        "properties": {"litres": {"type": "integer"}, "leaking": {"type": "boolean"}},
    },
    "binding": {"task": {"role": "care", "question": "Read the meter at {{arguments.berth}}.", "within": "2h"}},
}

_POLICIES = b"""
@id("gifts.wait")
@message("Gifts wait for a supervisor.")
@outcome("hold")
@until("approval")
@approver("supervisor")
@deadline("40m")
forbid (principal is Agent, action == Action::"send_gift", resource)
unless { context.approved };
"""

_COMPLAINT: dict[str, Any] = {
    "entries": [{"signal": "page.viewed", "when": "signal.data.path == '/complain'"}],
    "steps": {
        "ask": {
            "ask": {
                "role": "supervisor",
                "question": "May we call {{customer.identifiers.email[0]}} about it?",
                "options": {"yes_call": "end", "no_write": "end"},
                "within": "3h",
                "late": "end",
            }
        }
    },
}

_HELP: dict[str, Any] = {
    "name": "help",
    "description": "What helps somebody who is on the phone.",
    "candidates": [
        {
            "name": "statement",
            "issue": "care",
            "group": "papers",
            "value": 2,
            "treatments": [{"name": "mail", "action": "mail_statement", "arguments": {}}],
        }
    ],
    "model": {"kind": "table", "table": {"statement": 0.5}},
    "results": [],
    "window": "30d",
}

_WRITTEN: dict[str, Any] = {
    "description": "Somebody wrote.",
    "schema": {"type": "object", "properties": {each: {"type": "string"} for each in ("call", "text", "from")}},
    "conversation": "{{signal.data.call}}",
    "changes": [{"conversation": {"change": "continue", "id": "{{signal.data.call}}", "channel": "voice"}}],
}

_SYSTEMS: dict[str, Any] = {
    "deployer": {"name": "Harbour", "contact": "ai@harbour.test"},
    "systems": {
        "helper": {
            "covers": ["agent:helper_bot", "agent:shy_bot", "decision_set:help"],
            "provider": "Harbour",
            "role": "provider",
            "purpose": "Helps people at the counter.",
            "risk_class": "none",
            "rationale": "It decides nothing on its own.",
            "oversight": ["Credits above 50 wait for a supervisor."],
        }
    },
    "probes": {
        "too_much": {
            "agent": "helper_bot",
            "action": "issue_credit",
            "arguments": {"cents": 9999},
            "wrong": "Nobody is owed this.",
        }
    },
}


_AGENT = b"""actions: [issue_credit, send_gift, read_meter]
    owner: The head of the counter
    model: chat-1
    description: The agent in chat
"""


def files() -> dict[str, bytes]:
    """Return the workspace's files."""
    queues = {**QUEUES, "care": {**QUEUES["care"], "suggests": "help", "roles": ["care"]}}
    found = queue_files(queues, {"complaint": _COMPLAINT}, {"chat.written": _WRITTEN}, decisions=[_HELP])
    for action in (_CREDIT, _TAKE_BACK, _GIFT, _METER):
        found[f"actions/{action['name']}.yaml"] = json.dumps(action).encode()
    found["policies/gifts.cedar"] = _POLICIES
    found["systems.yaml"] = json.dumps(_SYSTEMS).encode()
    agents = found["agents.yaml"].replace(b"roles: [care]", b'roles: [care, supervisor], decisions: ["*"]')
    agents = agents.replace(b"roles: [supervisor]", b'roles: [supervisor, care], decisions: ["*"]')
    granted = b"actions: [issue_credit, send_notice, read_bill]\n"
    found["agents.yaml"] = agents.replace(granted, _AGENT, 1)
    return found


def written(folder: Path) -> Path:
    """Write the workspace into a folder and return it."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return folder


_KEYS = {"HARBOUR_OTTO_KEY": "otto-key", "HARBOUR_FAY_KEY": "fay-key"}


class Counter:
    """Whoever speaks to the platform from outside: the web, and the agent."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=30)
        self._number = 0

    def signal(self, kind: str, who: str = ANA, **data: Any) -> None:
        """Have the web tell something."""
        self._number += 1
        event = {"specversion": "1.0", "source": "/web", "type": kind, "id": f"{kind}-{self._number}", "subject": who}
        headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
        answer = self.client.post("/v1/signals", content=json.dumps({**event, "data": data}), headers=headers)
        assert answer.status_code == 200, answer.text

    def post(self, path: str, body: Any, key: str = "bot-key") -> Any:
        """Ask the API for something; it must agree."""
        answer = self.client.post(path, json=body, headers={"authorization": f"Bearer {key}"})
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str, key: str = "olga-key") -> Any:
        """Look at something."""
        answer = self.client.get(path, headers={"authorization": f"Bearer {key}"})
        assert answer.is_success, answer.text
        return answer.json()

    def known(self, who: str = ANA) -> None:
        """Have somebody be known."""
        self.signal("page.viewed", who, path="/berths")

    def held(self, who: str = ANA, action: str = "issue_credit", **arguments: Any) -> str:
        """Have the agent ask for what waits; return the invocation."""
        given = arguments or ({"cents": 7000} if action == "issue_credit" else {"what": "a cake"})
        answer = self.post("/v1/proposals", {"action": action, "customer": who, "arguments": given})
        assert answer["verdict"] == "hold", answer
        name: str = answer["invocation"]
        return name

    def call(self, who: str = ANA, name: str = "c1") -> None:
        """Have somebody call."""
        self.signal("call.started", who, call=name)

    def handed_over(self, who: str = ANA, name: str = "c1", **changes: Any) -> str:
        """Have somebody call and the agent hand the call over; return the handover."""
        self.call(who, name)
        body = {
            "customer": who,
            "conversation": name,
            "queue": "care",
            "intent": "refund",
            "summary": "Charged twice in May; wants the second charge back.",
            "transcript": [{"uri": "https://calls.harbour.test/c1", "title": "the call so far"}],
            "tried": [{"what": "asked for the invoice number", "outcome": "done"}],
            "suggested": [
                {
                    "title": "pay it back",
                    "action": "issue_credit",
                    "arguments": {"cents": 4200},
                    "reason": "charged twice",
                }
            ],
        }
        handover: str = self.post("/v1/handovers", {**body, **changes})["handover"]
        return handover


class Place(NamedTuple):
    """A server with people in front of it, each with a browser without scripts."""

    console: Console
    counter: Counter
    olga: Visitor
    otto: Visitor
    fay: Visitor
    dpo: Visitor


@contextmanager
def staffed(folder: Path) -> Iterator[Place]:
    """Run a server with two supervisors, somebody of the finance department and a data protection officer signed in."""
    with supervised(folder) as console:
        counter = Counter(console.url)
        people = [console.visitor(name) for name in ("olga", "otto", "fay", "dpo")]
        try:
            yield Place(console, counter, *people)
        finally:
            for client in (counter.client, *(each.client for each in people)):
                client.close()


@contextmanager
def supervised(folder: Path, port: int = 0) -> Iterator[Console]:
    """Run a server over the workspace on a port until the block ends; in the same folder it goes on where it ended."""
    workspace = written(folder / "workspace")
    with serving(folder / "data", workspace, _KEYS, port) as server:
        yield Console(server, folder / "data")
