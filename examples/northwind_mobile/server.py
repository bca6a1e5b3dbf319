"""Starts the platform as anybody would: `xop serve`, on an empty data folder, with keys in the environment."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from examples.northwind_mobile.outside import PORT

WORKSPACE = Path(__file__).resolve().parent / "workspace"

PRINCIPALS = (
    *("web_shop", "app", "contact_centre", "network", "billing", "campaigns", "bluebird"),
    *("care_bot", "robin", "sam", "dana", "lena", "jo", "kai"),
)
"""Everybody with a key of their own in agents.yaml."""

_URL = re.compile(r"https?://[^\s\"]+")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made-up keys that live as long as the demonstration."""

    keys: dict[str, str]
    """API keys by principal."""
    back_office: str
    case_desk: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the workspace names."""
        return {
            **{f"NORTHWIND_KEY_{name.upper()}": key for name, key in self.keys.items()},
            "NORTHWIND_BACK_OFFICE_TOKEN": self.back_office,
            "NORTHWIND_CASE_DESK_SECRET": self.case_desk,
        }


def fresh_secrets() -> Secrets:
    """Return new random keys for every principal and both outside systems."""
    keys = {name: f"nw_{secrets.token_urlsafe(18)}" for name in PRINCIPALS}
    return Secrets(keys, secrets.token_urlsafe(18), f"whsec_{b64encode(secrets.token_bytes(24)).decode()}")


def workspace_at(port: int, folder: Path, witnesses: str = "") -> Path:
    """Return the workspace, copied to `folder` with the port of the outside systems and with who witnesses the log.

    `witnesses` is the part of workspace.toml that names them. Without it, and where the outside systems have their own
    port, nothing is copied.
    """
    if port == PORT and not witnesses:
        return WORKSPACE
    shutil.copytree(WORKSPACE, folder)
    connections, settings = folder / "connections.yaml", folder / "workspace.toml"
    connections.write_text(connections.read_text(encoding="utf-8").replace(f":{PORT}/", f":{port}/"), encoding="utf-8")
    settings.write_text(settings.read_text(encoding="utf-8") + witnesses, encoding="utf-8")
    return folder


def free_port(wanted: int) -> int:
    """Return a port on loopback: the one wanted, or 0 for any when it is taken."""
    with socket.socket() as probe:
        return wanted if probe.connect_ex(("127.0.0.1", wanted)) else 0


class Server:
    """A running `xop serve`."""

    def __init__(self, workspace: Path, data: Path, environment: dict[str, str], port: int) -> None:
        xop = str(Path(sys.executable).with_name("xop"))
        command = [xop, "serve", "--workspace", str(workspace), "--data", str(data), "--port", str(free_port(port))]
        self.printed: Callable[[str], None] = lambda _line: None
        """Is told every line the server prints after it began."""
        self.url = ""
        self._began = threading.Event()
        self._said: list[str] = []
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the demonstration, which then stops the server in order
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def await_url(self, seconds: float) -> str:
        """Return the server's URL once it answers; raises RuntimeError with what it said when it does not."""
        if not self._began.wait(seconds) or not self.url:
            self.stop()
            raise RuntimeError("the server did not start:\n" + "\n".join(self._said))
        return self.url

    def stop(self) -> None:
        """Let the server finish what it has taken, and end it."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            text = line.rstrip()
            if self._began.is_set():
                self.printed(text)
                continue
            self._said.append(text)
            if found := _URL.search(text):
                self.url = found[0]
                self._began.set()
        self._began.set()
