"""Serving agents by `xop serve`: for development without keys, and with a seal that a restart keeps."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

from tests.faces.mcp.exchange import FOLDER, KEYS, VERSION

_XOP = Path(sys.executable).parent / "xop"
_ENV = {f"{name.upper()}_KEY": key for name, key in KEYS.items()}


def _command(data: Path, *options: str) -> list[str]:
    return [str(_XOP), "serve", "--data", str(data), "--workspace", str(FOLDER), "--port", "0", *options]


@contextmanager
def served(data: Path, *options: str) -> Iterator[str]:
    """Run the command until the block ends; gives the address of its MCP endpoint."""
    with subprocess.Popen(
        _command(data, *options),
        env={**os.environ, **_ENV},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield _address(process.stdout)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _address(lines: IO[str]) -> str:
    told = ""
    for line in lines:
        told += line
        if "over MCP" in line:
            return line.split()[-1]
    raise AssertionError(f"the server did not start: {told}")


def _listed(url: str) -> httpx.Response:
    meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    headers = {"mcp-protocol-version": VERSION, "mcp-method": "tools/list"}
    return httpx.post(url, json=body, headers=headers, trust_env=False, timeout=20)


def test_an_agent_can_be_tried_without_a_key(tmp_path):
    with served(tmp_path, "--agent", "rival") as url:
        names = [tool["name"] for tool in _listed(url).json()["result"]["tools"]]
    assert names == ["get_request_status", "hand_over", "grant_credit", "look_up_plan"]


def test_without_being_told_so_nobody_is_let_in_without_a_key(tmp_path):
    with served(tmp_path) as url:
        assert _listed(url).status_code == 401


def test_the_key_of_the_seal_is_kept_for_the_next_start(tmp_path):
    kept = []
    for _ in range(2):
        with served(tmp_path):
            kept.append((tmp_path / "mcp.key").read_bytes())
    assert kept[0] == kept[1]
    assert len(kept[0]) == 32
    assert stat.S_IMODE((tmp_path / "mcp.key").stat().st_mode) == 0o600


def test_nobody_is_an_agent_without_a_key_where_others_reach_the_server(tmp_path):
    command = _command(tmp_path, "--agent", "rival", "--host", "0.0.0.0")  # noqa: S104 - it refuses to listen there
    ended = subprocess.run(command, env={**os.environ, **_ENV}, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "can be reached by others" in ended.stderr + ended.stdout


def test_an_agent_that_is_not_there_is_refused(tmp_path):
    command = _command(tmp_path, "--agent", "nobody")
    ended = subprocess.run(command, env={**os.environ, **_ENV}, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "name one of: ghost, guide, rival, seller, tied" in " ".join((ended.stderr + ended.stdout).split())
