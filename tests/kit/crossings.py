"""The harbour with a journey that customers are in, in two versions, and with the people who design journeys and rules."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.kit.console import Console, consoling
from tests.kit.harbour import FOLDER
from tests.kit.rulings import SCRIPT, told
from xop.assembly import workspace_files

KEYS = {"HARBOUR_PETE_KEY": "pete-key", "HARBOUR_DORA_KEY": "dora-key"}

_PEOPLE = """
  dora: {key: "${env:HARBOUR_DORA_KEY}", scopes: [customers:read, decisions:read, metrics:read]}
  pete: {key: "${env:HARBOUR_PETE_KEY}", scopes: [releases:write]}
  rita: {scopes: [metrics:read]}
"""

_JOURNEY = f"""
name: crossing
description: {json.dumps(f"Brings somebody across. {SCRIPT}")}
entries:
  - {{signal: page.viewed, when: signal.data.path == "/ferry", key: {json.dumps(SCRIPT)}}}
goal: {{signal: promise.kept, description: They are over.}}
exits:
  turned_back: {{signal: sim.swapped}}
steps:
  landing:
    description: {json.dumps(f"They stand and look. {SCRIPT}")}
    wait_for:
      signals:
        - {{signal: call.started, go: aboard}}
      within: 2d
      late: missed
  aboard:
    wait: {{for: 1d}}
    next: end
  missed:
    end: {{outcome: missed}}
"""

_ASHORE = "    next: ashore\n  ashore:\n    wait: {for: 1h}\n    next: end\n"

_LATER = _JOURNEY.replace("within: 2d", "within: 3d").replace("    next: end\n", _ASHORE)

_SCENARIOS = """
scenarios:
  - name: Whoever calls comes aboard
    given:
      - customer: ana
        identifiers: {email: ana@harbour.test}
    when:
      - {signal: page.viewed, data: {path: /ferry}}
      - {signal: call.started, data: {call: c1}}
    then:
      - journey: {name: crossing, at: aboard}
  - name: Whoever waits is over already
    given:
      - customer: ben
        identifiers: {email: ben@harbour.test}
    when:
      - {signal: page.viewed, data: {path: /ferry}}
    then:
      - journey: {name: crossing, at: aboard}
  - name: A stolen card resets nothing
    given:
      - customer: cid
        identifiers: {email: cid@harbour.test}
      - {signal: sim.swapped}
    when:
      - propose: {action: reset_pin, actor: "operator:olga"}
    then:
      - verdict: deny
        rule: harbour.sim_swap
"""

_INVARIANTS = """
invariants:
  swapped_cards_reset_nothing:
    message: Nobody resets a PIN after a SIM swap.
    over: {actions: [reset_pin]}
    when: context.facts.sim_swapped_recently
    always: deny
  nobody_gets_credit:
    message: Nobody gets any credit at once.
    over: {actions: [issue_credit]}
    never: permit
"""

_RUDE = f"""
@id("harbour.rude")
@message({json.dumps("A notice must not shout. " + SCRIPT.replace('"', "'"))})
@basis("House rule 7")
forbid (principal, action == Action::"send_notice", resource)
when {{ context.arguments has reason && context.arguments.reason like "*!*" }};
"""


class Crossings(NamedTuple):
    """A server on which customers came to the journey."""

    console: Console
    customers: dict[str, str]
    """Ids by name."""
    releases: tuple[str, str]
    """The release they came under, and the one that rules since."""

    def tell(self, path: str, who: str = "dora", method: str = "GET", **more: Any) -> Any:
        """Return what the HTTP API answers somebody."""
        return told(self.console.url, f"{who}-key", method, path, **more)

    def examined(self, subject: str, **query: str) -> Any:
        """Have the release that rules examined, and return what was found."""
        path = f"/v1/examinations/{subject}"
        self.tell(path, method="POST", params=query)
        for _ in range(600):
            told = self.tell(path, params=query)
            if told["state"] in {"done", "failed"}:
                return told
            # Each question waits on the server as long as a person would: there is nothing to be told by.
            threading.Event().wait(0.1)
        raise AssertionError(f"{subject} came to no end")

    def former(self) -> str:
        """Return the version under which all of them came."""
        versions = self.tell("/v1/journeys/crossing")["versions"]
        return next(each["version"] for each in versions if not each["entered"])


def texts(journey: str = _JOURNEY, large: str = "5000") -> dict[str, str]:
    """Return the workspace's files."""
    found = {path: content.decode() for path, content in workspace_files(FOLDER).items()}
    found["agents.yaml"] = found["agents.yaml"].rstrip("\n") + _PEOPLE
    found["journeys/crossing.yaml"] = journey
    found["scenarios/crossing.yaml"] = _SCENARIOS
    found["invariants.yaml"] = _INVARIANTS
    rules = found["policies/harbour.cedar"].replace("cents > 5000 }", f"cents > {large} }}")
    found["policies/harbour.cedar"] = rules + _RUDE
    return found


@contextmanager
def crossing(folder: Path) -> Iterator[Crossings]:
    """Run a server on which five came: two turned back, one is aboard, one is over, and one stands and looks."""
    workspace = folder / "workspace"
    for path, text in texts().items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_text(text, encoding="utf-8")
    with consoling(folder, workspace, **KEYS) as console:
        customers = {
            name: _seen(console.url, name, "page.viewed", path="/ferry") for name in ("ana", "ben", "cid", "dan", "eva")
        }
        _seen(console.url, "ben", "sim.swapped")
        _seen(console.url, "cid", "sim.swapped")
        _seen(console.url, "dan", "call.started", call="c1")
        _seen(console.url, "eva", "promise.made", id="p1")
        _seen(console.url, "eva", "promise.kept", id="p1")
        told(console.url, "bot-key", "POST", "/v1/proposals", json=_shouted())
        before = told(console.url, "pete-key", "GET", "/v1/releases/active")["digest"]
        later = {"files": texts(_LATER, "9000")}
        after = told(console.url, "pete-key", "POST", "/v1/releases", json=later)["digest"]
        yield Crossings(console, customers, (before, after))


def _shouted() -> dict[str, Any]:
    return {"action": "send_notice", "customer": "email:ana@harbour.test", "arguments": {"reason": "now!"}}


def _seen(url: str, who: str, kind: str, **data: Any) -> str:
    """Tell a signal about a customer; return their id."""
    event = {"specversion": "1.0", "source": "/quay", "id": f"{who}-{kind}", "type": kind, "data": data}
    event["subject"] = f"email:{who}@harbour.test"
    headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
    answer = httpx.post(f"{url}/v1/signals", headers=headers, content=json.dumps(event), timeout=30)
    assert answer.status_code == 200, answer.text
    customer: str = answer.json()["customer"]
    return customer
