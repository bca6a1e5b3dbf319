"""The harbour with decisions of every sort to be looked into, and with the people who look."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.kit.choosing import decision_set, files_with
from tests.kit.console import Console, consoling

ANA = "email:ana@harbour.test"

SCRIPT = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
"""What an outsider may try to have run in somebody's browser."""

KEYS = {"HARBOUR_CORA_KEY": "cora-key", "HARBOUR_PETE_KEY": "pete-key"}

_LARGE = "context.arguments.cents > 5000 }"

_ALL = 'actions: ["*"], roles: [supervisor]'

_PEOPLE = """
  cora: {key: "${env:HARBOUR_CORA_KEY}", roles: [compliance], scopes: [decisions:read, facts:read, customers:read]}
  pete: {key: "${env:HARBOUR_PETE_KEY}", scopes: [releases:write]}
"""

_RUDE = """
@id("harbour.rude")
@message("A notice must not shout.")
@basis("House rule 7")
forbid (principal, action == Action::"send_notice", resource)
when { context.arguments has reason && context.arguments.reason like "*!*" };
"""


class Rulings(NamedTuple):
    """A server with its console, and decisions by what is particular about them."""

    console: Console
    decisions: dict[str, str]
    releases: tuple[str, str]
    """The release that ruled, and the one that rules since."""
    files: dict[str, str]

    def tell(self, who: str, method: str, path: str, **more: Any) -> Any:
        """Ask the HTTP API as somebody."""
        return told(self.console.url, f"{who}-key", method, path, **more)


def told(url: str, key: str, method: str, path: str, **more: Any) -> Any:
    """Return what the HTTP API answers."""
    answer = httpx.request(method, f"{url}{path}", headers={"authorization": f"Bearer {key}"}, timeout=30, **more)
    assert answer.status_code < 300, answer.text
    return answer.json()


def workspace_texts(large: str = _LARGE) -> dict[str, str]:
    """Return the workspace's files; `large` says which credits wait for a supervisor."""
    texts = {path: content.decode() for path, content in files_with(decision_set()).items()}
    granted = texts["agents.yaml"].replace(_ALL, f'{_ALL}, decisions: ["*"]')
    texts["agents.yaml"] = granted.rstrip("\n") + _PEOPLE
    texts["policies/harbour.cedar"] = texts["policies/harbour.cedar"].replace(_LARGE, large) + _RUDE
    return texts


@contextmanager
def ruling(folder: Path) -> Iterator[Rulings]:
    """Run a server on which decisions were made, first under one release and since under another."""
    texts, workspace = workspace_texts(), folder / "workspace"
    for path, text in texts.items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_text(text, encoding="utf-8")
    with consoling(folder, workspace, **KEYS) as console:
        decisions = _made(console.url)
        before = told(console.url, "pete-key", "GET", "/v1/releases/active")["digest"]
        later = workspace_texts("context.arguments.cents > 20000 }")
        published = told(console.url, "pete-key", "POST", "/v1/releases", json={"files": later})
        yield Rulings(console, decisions, (before, published["digest"]), later)


def _made(url: str) -> dict[str, str]:
    """Have decisions of every sort made; return their ids."""

    def ask(who: str, path: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = told(url, f"{who}-key", "POST", path, json=body)
        return answer

    event = {"specversion": "1.0", "source": f"/{SCRIPT}", "id": SCRIPT, "type": "page.viewed", "subject": ANA}
    headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
    content = json.dumps({**event, "data": {"path": SCRIPT}})
    seen = httpx.post(f"{url}/v1/signals", headers=headers, content=content, timeout=30)
    assert seen.status_code == 200, seen.text
    proposal = {"action": "issue_credit", "customer": ANA}
    held = ask("bot", "/v1/proposals", **proposal, arguments={"cents": 9_000})
    approved = ask("bot", "/v1/proposals", **proposal, arguments={"cents": 8_000})
    ask("olga", f"/v1/invocations/{approved['invocation']}/approval", approved=True, note=SCRIPT)
    denied = ask("bot", "/v1/proposals", action="send_notice", customer=ANA, arguments={"reason": f"!{SCRIPT}"})
    permitted = ask("bot", "/v1/proposals", **proposal, arguments={"cents": 700})
    chosen = ask("olga", "/v1/choices", decision_set="next", customer=ANA, propose=False)
    evaluated = ask("bot", "/v1/evaluations", **proposal, arguments={"cents": 60_000})
    ask("olga", "/v1/halts", scope="agent:helper_bot", reason=SCRIPT)
    halted = ask("bot", "/v1/proposals", **proposal, arguments={"cents": 100})
    made = {
        "held": held,
        "approved": approved,
        "denied": denied,
        "permitted": permitted,
        "chosen": chosen,
        "evaluated": evaluated,
        "halted": halted,
    }
    return {name: each["decision"] for name, each in made.items()}
