"""Nothing in the docs is merely claimed: commands run, examples fit their schemas, links lead somewhere."""

import os
import re
import socket
import subprocess
import sys
from fnmatch import fnmatch
from itertools import accumulate
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
TOLD = {"first-decision": ("denied", "differences  0")}
MARK = "----"
STARTER_KEYS = {f"XOP_{who.upper()}_KEY": f"{who}-key" for who in ("web", "concierge", "engineer", "supervisor", "dpo")}
"""Keys for the workspace that `xop init` makes, which is what a reader has."""
READY = {
    "xop serve": "XOP_KEY=a-key-for-you xop releases",
    "xop publish .*migrate:message": "XOP_KEY=a-key-for-a-person xop runs count after_delivery | grep -E 'listen .* 2 +0$'",
}
"""Commands of a tutorial that lead to something a while after them, each with one that works when it is there."""


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
        timeout=230,
    )


def wait_for(command: str) -> str:
    """Return a shell line that waits, within bounds, until a command works."""
    return f"for _ in $(seq 100); do if {command} > /dev/null 2>&1; then break; fi; sleep 0.1; done"


def paced(block: str, port: int) -> str:
    """Return a tutorial's block on a free port, waiting where a reader is slower than a script."""
    for after, command in READY.items():
        ready = wait_for(command).replace("\\", r"\\")
        block = re.sub(rf"^({after}.*\n)", rf"\g<1>{ready}\n", block, flags=re.MULTILINE)
    return block.replace("--workspace shop &", f"--workspace shop --port {port} &")


def shown(page: Path) -> list[tuple[int, str]]:
    """Return the outputs a page shows, each with the number of the script block that prints it."""
    fences = re.findall(r"^```(sh|text)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    numbers = accumulate(language == "sh" for language, _ in fences)
    return [
        (number - 1, block) for number, (language, block) in zip(numbers, fences, strict=True) if language == "text"
    ]


def missing(block: str, printed: str) -> list[str]:
    """Return the lines of a shown output from the first one that was not printed on; `…` stands for anything."""
    wanted = block.splitlines()
    for line in printed.splitlines():
        if wanted and re.fullmatch(pattern(wanted[0]), " ".join(line.split())):
            wanted = wanted[1:]
    return wanted


def pattern(line: str) -> str:
    """Return what a shown line has to look like when it is printed, whatever spaces are between its words."""
    return ".*".join(re.escape(part) for part in " ".join(line.split()).split("…"))


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_runs_as_it_stands(page, tmp_path, free_port):
    url = f"http://127.0.0.1:{free_port}"
    script = "".join(f"{paced(block, free_port)}echo '{MARK}'\n" for block in blocks(page, "sh"))
    done = run(script, tmp_path, XOP_URL=url, XOP_KEY="a-key-for-a-person")
    assert done.returncode == 0, done.stdout + done.stderr
    for told in TOLD.get(page.stem, ()):
        assert told in done.stdout
    printed = done.stdout.split(f"{MARK}\n")
    for number, block in shown(page):
        assert missing(block, printed[number]) == [], printed[number]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in GUIDES if blocks(page, "sh")], ids=lambda page: page.stem)
def test_the_commands_of_a_guide_run(page, tmp_path):
    assert run("xop init served", tmp_path).returncode == 0
    with serving(tmp_path / "data", tmp_path / "served", STARTER_KEYS) as server:
        for number, name in enumerate(["ana", "ben", "eve"]):
            event: dict[str, Any] = {
                "specversion": "1.0",
                "id": str(number),
                "source": "docs",
                "type": "cart.abandoned",
            }
            event |= {"subject": f"email:{name}@shop.test", "data": {"total": 1500}}
            headers = {"Authorization": "Bearer supervisor-key", "Content-Type": "application/cloudevents+json"}
            httpx.post(f"{server.url}/v1/signals", json=event, headers=headers).raise_for_status()
        for block in blocks(page, "sh"):
            done = run(block, tmp_path, XOP_URL=server.url, XOP_KEY="supervisor-key")
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
