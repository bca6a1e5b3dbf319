"""The harbour with journeys: its workspace, and segments and journeys given as JSON-like values."""

import json
from collections.abc import Mapping
from typing import Any

from tests.kit.harbour import FOLDER
from xop.assembly import compiled, workspace_files
from xop.kernel.release import Release

Journeys = Mapping[str, Mapping[str, Any]]

JOINING: list[dict[str, Any]] = [{"signal": "page.viewed", "when": "signal.data.path == '/join'"}]
"""The entry of whoever looks at the page `/join`."""


def files_with(
    journeys: Journeys, segments: Mapping[str, Any] | None = None, *, limit: int = 0, pace: float | None = None
) -> dict[str, bytes]:
    """Return the harbour's files with journeys by name and segments by name."""
    files = dict(workspace_files(FOLDER))
    for name, journey in journeys.items():
        whole = {"name": name, "description": "A journey.", **journey}
        files[f"journeys/{name}.yaml"] = json.dumps(whole).encode()
    if segments:
        files["segments.yaml"] = json.dumps({"segments": segments}).encode()
    agents = files["agents.yaml"].decode().replace("roles: [supervisor]", 'roles: [supervisor], journeys: ["*"]')
    files["agents.yaml"] = agents.encode()
    settings = "\n[journeys]\n" + f"concurrent = {limit}\n" + (f"wakeups_per_second = {pace}\n" if pace else "")
    files["workspace.toml"] += settings.encode()
    return files


def release_with(journeys: Journeys, segments: Mapping[str, Any] | None = None, **settings: Any) -> Release:
    """Return the harbour's release with journeys and segments."""
    return compiled(files_with(journeys, segments, **settings))


def notice(reason: str = "welcome", **changes: Any) -> dict[str, Any]:
    """Return a step that proposes a service message by e-mail."""
    return {
        "propose": {
            "action": "send_notice",
            "arguments": {"reason": reason},
            "denied": "skip",
            "held": "wait",
            **changes,
        }
    }
