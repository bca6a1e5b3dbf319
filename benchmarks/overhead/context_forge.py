"""ContextForge as its documentation starts one worker: SQLite, memory for its cache, nothing switched on that costs time."""

import json
import os
import subprocess
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.overhead.process import Process, free_port

_ADMIN = "admin@example.com"
_SETTINGS: Mapping[str, str] = {
    "CACHE_TYPE": "memory",
    "PLUGINS_ENABLED": "false",
    "MCPGATEWAY_UI_ENABLED": "false",
    "MCPGATEWAY_ADMIN_API_ENABLED": "false",
    "AUTH_REQUIRED": "true",
    "JWT_SECRET_KEY": "a-made-up-secret-of-a-benchmark-with-enough-Characters-123",
    "AUTH_ENCRYPTION_SECRET": "another-made-up-secret-of-a-benchmark-Characters-456",
    "PLATFORM_ADMIN_EMAIL": _ADMIN,
    "PLATFORM_ADMIN_PASSWORD": "Made-up-Password-1!",
    "ENVIRONMENT": "development",
    "SSRF_ALLOW_LOCALHOST": "true",
    "RATE_LIMITING_ENABLED": "false",
    "LOG_LEVEL": "ERROR",
    "STRUCTURED_LOGGING_ENABLED": "false",
}

BEST: Mapping[str, str] = {"USE_STATEFUL_SESSIONS": "true"}
"""What makes it fastest: it keeps its sessions with the upstream."""


class ContextForge:
    """A gateway with the upstream registered."""

    def __init__(self, programs: Path, folder: Path, upstream: int, settings: Mapping[str, str]) -> None:
        folder.mkdir()
        self.port = free_port()
        self._programs = programs
        bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self._environment = {**bare, **_SETTINGS, "DATABASE_URL": f"sqlite:///{folder}/mcp.db", **settings}
        command = [str(programs / "mcpgateway"), "mcpgateway.main:app", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--log-level", "error"]
        self.process = Process("gateway", command, folder / "log", self._environment)
        self.process.await_port(self.port, "/health")
        self.token = self._token()
        server = {"name": "meters", "url": f"http://127.0.0.1:{upstream}/mcp", "transport": "STREAMABLEHTTP"}
        self._ask("POST", "/gateways", server)
        tools = self._ask("GET", "/tools")
        self.tool: str = tools[0]["name"]
        """The upstream's tool as it calls it."""

    def _token(self) -> str:
        command = [str(self._programs / "python"), "-m", "mcpgateway.utils.create_jwt_token", "--admin"]
        command += ["--username", _ADMIN, "--exp", "600"]
        done = subprocess.run(command, env=self._environment, capture_output=True, check=True, text=True)
        return done.stdout.split()[-1]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read().decode()
            if answer.status >= 300:
                raise RuntimeError(content)
            return json.loads(content)
        finally:
            connection.close()
