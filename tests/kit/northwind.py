"""The example operator after its day, with a console in front of it and somebody who may see everything."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from examples.northwind_mobile.cosigner import Cosigner
from examples.northwind_mobile.outside import Outside
from examples.northwind_mobile.play import in_background
from examples.northwind_mobile.server import WORKSPACE, Secrets, fresh_secrets, workspace_at
from tests.kit.console import Console
from tests.kit.serving import serving
from xop.kernel.base.principal import Scope

DEMO = WORKSPACE.parent / "demo.py"

EVERYBODY = "mira"
"""An operator who may do whatever anybody may."""


@contextmanager
def northwind(
    folder: Path, customers: int = 60, seconds: float = 3, secrets: Secrets | None = None
) -> Iterator[Console]:
    """Play the day on a new data folder, then serve what it left, with the systems outside, until the block ends."""
    play = [sys.executable, str(DEMO), "--exit", "--data", str(folder / "day"), "--port", "0"]
    play += ["--customers", str(customers), "--seconds", str(seconds)]
    played = subprocess.run(play, capture_output=True, check=False, text=True)
    assert played.returncode == 0, played.stdout + played.stderr
    secrets = secrets or fresh_secrets()
    port = in_background(Outside(secrets.back_office, secrets.case_desk))
    data = folder / "day" / "store"
    cosigner = Cosigner(folder / "day" / "witness", data)
    workspace = _with_everybody(workspace_at(port, folder / "outside", cosigner.section), folder / "workspace")
    try:
        with serving(data, workspace, secrets.environment) as server:
            yield Console(server, data)
    finally:
        cosigner.stop()


def _with_everybody(workspace: Path, folder: Path) -> Path:
    """Return a workspace with somebody who may see everything besides."""
    shutil.copytree(workspace, folder)
    agents = folder / "agents.yaml"
    scopes = ", ".join(get_args(Scope))
    agents.write_text(
        f"{agents.read_text(encoding='utf-8').rstrip()}\n"
        f'  {EVERYBODY}: {{actions: ["*"], journeys: ["*"], decisions: ["*"], '
        f"roles: [care, retention, supervisor, privacy, engineering], scopes: [{scopes}]}}\n",
        encoding="utf-8",
    )
    return folder
