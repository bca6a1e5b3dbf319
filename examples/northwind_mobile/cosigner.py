"""Runs `xop witness`, as an auditor outside the company would, and has it cosign the log of the demonstration."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ORIGIN = "northwind.example/decisions"
"""What the log of the demonstration is called."""

NAME = "auditor.example/witness"

_XOP = str(Path(sys.executable).with_name("xop"))


class Cosigner:
    """A running witness of one log, with a key of its own in a folder of its own."""

    def __init__(self, folder: Path, store: Path) -> None:
        """Begin to serve on loopback: `folder` is the witness's, `store` the data folder whose log it cosigns."""
        self.key = str(_told("witness", "init", "--name", NAME, "--data", str(folder))["key"])
        log = _told("log", "init", "--origin", ORIGIN, "--data", str(store))["key"]
        _told("witness", "add", str(log), "--data", str(folder))
        self._command = [_XOP, "witness", "serve", "--data", str(folder), "--port", "0", "--json"]
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for the demonstration, which then stops the witness in order
        )
        self.url = str(self._began()["url"])

    @property
    def section(self) -> str:
        """The part of workspace.toml that names this witness."""
        return f'\n[log]\nquorum = 1\n\n[log.witnesses.auditor]\nkey = "{self.key}"\nurl = "{self.url}"\n'

    def stop(self) -> None:
        """Let it finish what it has taken, and end it."""
        self._process.terminate()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _began(self) -> dict[str, Any]:
        """Return what it says once it serves: the first document that it prints; raises RuntimeError for none."""
        text = ""
        for line in self._process.stdout or ():
            text += line
            if line.rstrip() == "}":
                told: dict[str, Any] = json.loads(text)
                return told
        raise RuntimeError(f"the witness did not start; see why: {' '.join(self._command)}")


def _told(*command: str) -> dict[str, Any]:
    answer = subprocess.run([_XOP, *command, "--json"], capture_output=True, check=True, text=True)
    told: dict[str, Any] = json.loads(answer.stdout)
    return told
