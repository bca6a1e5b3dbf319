"""A real server on loopback, run as a user would."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.kit.harbour import FOLDER

BEGUN = 1
"""The entries of a ledger to which nothing was told yet: which release rules."""


class Server(NamedTuple):
    """Where a server listens and a key of an operator who may do everything."""

    url: str
    key: str
    process: subprocess.Popen[str]


@contextmanager
def serving(
    data: Path, workspace: Path = FOLDER, env: Mapping[str, str] | None = None, port: int = 0
) -> Iterator[Server]:
    """Run `xop serve` with more environment variables, on a port (0 for any free one), until the block ends."""
    keys = {"HARBOUR_WEB_KEY": "web-key", "HARBOUR_BOT_KEY": "bot-key", "HARBOUR_OLGA_KEY": "olga-key"}
    keys["HARBOUR_DPO_KEY"] = "dpo-key"
    xop = Path(sys.executable).parent / "xop"
    command = [str(xop), "serve", "--data", str(data), "--workspace", str(workspace), "--port", str(port)]
    with subprocess.Popen(
        command,
        env={**os.environ, **keys, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        try:
            yield Server(_address(process), "olga-key", process)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        _, found, address = line.partition(" at http")
        if found:
            return f"http{address.strip()}"
    raise AssertionError(f"the server did not start: {told}")
