"""Checks what a workspace writes for a Python module and opens it."""

from collections.abc import Mapping
from typing import Any

from xop.adapters.python.adapter import PythonAdapter
from xop.adapters.python.settings import INVOCATION, Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written, settings_of


class PythonKind:
    """The kind `python`; nothing is imported to check a workspace."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        return settings if isinstance(settings, list) else []

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with a call."""
        written = read_written(Request, request, "request")
        if isinstance(written, list):
            return written
        if INVOCATION in written.arguments:
            cause = f"`request.arguments.{INVOCATION}` is given by the platform"
            return [Refusal("request", cause, f"drop it: a function with a parameter `{INVOCATION}` gets it")]
        return []

    def open(self, connection: Connection, _secrets: Secrets) -> PythonAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        return PythonAdapter(settings_of(Settings, connection))
