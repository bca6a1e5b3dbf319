"""The harbour under governance: AI systems with duties, retention, a journey with people in it, and those who answer for it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from tests.kit.console import Console, consoling
from tests.kit.harbour import FOLDER
from xop.assembly import workspace_files

SCRIPT = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
"""What somebody may try to have run in somebody else's browser."""

GOVERNANCE = (
    "compliance",
    "systems",
    "systems/helper",
    "incidents",
    "oversight",
    "log",
    "erasures",
    "legal-holds",
    "retention",
)
"""The pages of governance, below the console's own address."""

KEYS = {"HARBOUR_DORA_KEY": "dora-key", "HARBOUR_PETRA_KEY": "petra-key"}

_PEOPLE = """
  dora:
    key: "${env:HARBOUR_DORA_KEY}"
    roles: [privacy]
    scopes: [customers:read, decisions:read, halts:write, privacy:write, exports:read]
    training: {record: T-2026-1, valid_until: "2020-03-01", systems: [lender]}
  petra: {key: "${env:HARBOUR_PETRA_KEY}", scopes: [releases:write, decisions:read]}
"""

_SYSTEMS: dict[str, Any] = {
    "deployer": {"name": "Harbour Bank", "contact": "ai@harbour.test"},
    "systems": {
        "helper": {
            "covers": ["agent:helper_bot", "agent:shy_bot"],
            "provider": f"A maker of models {SCRIPT}",
            "purpose": f"Answers customers in chat. {SCRIPT}",
            "risk_class": "art50",
            "rationale": f"It talks to people. {SCRIPT}",
            "oversight": [f"Anybody halts it. {SCRIPT}"],
            "disclosure": "ai_in_chat",
        },
        "lender": {
            "covers": ["action:raise_limit"],
            "provider": "A maker of scores",
            "purpose": "Says whether a limit is raised.",
            "risk_class": "annex_iii:5b",
            "rationale": "It evaluates creditworthiness.",
            "instructions": {"id": "lender-guide", "version": "3"},
        },
    },
    "texts": {
        "ai_in_chat": {"kind": "disclosure", "version": 1, "languages": {"en": f"You are talking to an AI. {SCRIPT}"}},
    },
    "probes": {
        "gift": {"agent": "helper_bot", "action": "issue_credit", "arguments": {"cents": 40000}, "wrong": "No."}
    },
    "effective_from": {"assessment": "2026-01-01"},
}

GREETING = """
name: greeting
description: Says hello, and waits.
entries: [{api: true}]
steps:
  rest: {wait: {for: 3d}}
  again: {wait: {for: 2d}}
"""


def steward_files() -> dict[str, bytes]:
    """Return the harbour's files with a register, retention, a journey and the people who answer for them."""
    files = workspace_files(FOLDER)
    raised = files["actions/raise_limit.yaml"].rstrip() + b"\nrisk_class: annex_iii:5b\n"
    agents = files["agents.yaml"].decode().replace("olga: {", 'olga: {journeys: ["*"], ')
    return {
        **files,
        "agents.yaml": (agents.rstrip("\n") + _PEOPLE).encode(),
        "actions/raise_limit.yaml": raised,
        "systems.yaml": json.dumps(_SYSTEMS).encode(),
        "retention.yaml": b"evidence: 90d\n",
        "journeys/greeting.yaml": GREETING.encode(),
    }


def changed_files() -> dict[str, bytes]:
    """Return them with a rule that is stricter, a journey whose steps are others, and a comment that is a script."""
    files = steward_files()
    rules = files["policies/harbour.cedar"].decode().replace("cents > 5000 }", "cents > 4000 }", 1)
    greeting = GREETING.replace("rest: {wait: {for: 3d}}", "pause: {wait: {for: 4d}}")
    return {
        **files,
        "policies/harbour.cedar": f"// {SCRIPT}\n{rules}".encode(),
        "journeys/greeting.yaml": greeting.encode(),
    }


def zipped(files: Mapping[str, bytes], folder: str = "harbour/") -> bytes:
    """Return files as a ZIP file of a folder."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for path, content in files.items():
            archive.writestr(f"{folder}{path}", content)
    return packed.getvalue()


@contextmanager
def stewarding(folder: Path) -> Iterator[Console]:
    """Run a server with its console on the workspace under governance."""
    workspace = folder / "workspace"
    for path, content in steward_files().items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_bytes(content)
    with consoling(folder, workspace, **KEYS) as console:
        yield console
