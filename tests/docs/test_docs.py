"""Nothing in the docs is merely claimed: commands run, examples fit their schemas, links lead somewhere."""

import os
import re
import socket
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml

from tests.kit.serving import serving
from xop.kernel.policy.parse import parse
from xop.kernel.policy.source import PolicySource
from xop.workspace.schemas import schemas

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
TUTORIALS = sorted((ROOT / "docs" / "tutorial").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def run(script: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a reader would, stopping at the first command that fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", f"set -e\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n{script}"],
        cwd=folder,
        env={**os.environ, "PATH": path, **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=55,
    )


def wait_for(command: str) -> str:
    """Return a shell line that waits, within bounds, until a command works."""
    return f"for _ in $(seq 100); do if {command} > /dev/null 2>&1; then break; fi; sleep 0.1; done"


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_runs_as_it_stands(page, tmp_path, free_port):
    lines = "\n".join(blocks(page, "sh"))
    ready = wait_for("XOP_KEY=a-key-for-you xop releases")
    lines = lines.replace("--workspace shop &", f"--workspace shop --port {free_port} &\n{ready}")
    url = f"http://127.0.0.1:{free_port}"
    done = run(lines, tmp_path, XOP_URL=url, XOP_KEY="a-key-for-a-person")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "denied" in done.stdout
    assert "differences  0" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_the_commands_of_a_guide_run(page, tmp_path):
    with serving(tmp_path / "data") as server:
        for number, who in enumerate(["account:a", "account:b", "email:ana@shop.test"]):
            event: dict[str, Any] = {"specversion": "1.0", "id": str(number), "source": "docs", "type": "page.viewed"}
            event |= {"subject": who, "data": {"path": "/"}}
            headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/cloudevents+json"}
            httpx.post(f"{server.url}/v1/signals", json=event, headers=headers).raise_for_status()
        for block in blocks(page, "sh"):
            done = run(block, tmp_path, XOP_URL=server.url, XOP_KEY=server.key)
            assert done.returncode == 0, block + done.stdout + done.stderr


@pytest.mark.parametrize("page", [*GUIDES, *TUTORIALS], ids=lambda page: page.stem)
def test_the_examples_on_a_page_fit_their_schemas(page):
    known = schemas()
    for block in blocks(page, "yaml"):
        name = block.splitlines()[0].removeprefix("# ")
        kind = next(each for each in known if fnmatch(name, each))
        jsonschema_rs.validator_for(known[kind]).validate(yaml.safe_load(block))
    for block in blocks(page, "cedar"):
        assert parse([PolicySource("credits", "credits.cedar", block)]).problems == ()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_on_a_page_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{target} on {page.name}"


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
