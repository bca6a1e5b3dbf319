"""Checks what a workspace writes for the console and opens it."""

import sys
from collections.abc import Mapping
from typing import Any, TextIO

from xop.adapters.console.adapter import ConsoleAdapter
from xop.adapters.console.settings import Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written, settings_of


class ConsoleKind:
    """The kind `console`; every connection prints to `stream` if one is given."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        return settings if isinstance(settings, list) else []

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with a line template."""
        written = read_written(Request, request, "request")
        return written if isinstance(written, list) else []

    def open(self, connection: Connection, _secrets: Secrets) -> ConsoleAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        settings = settings_of(Settings, connection)
        return ConsoleAdapter(self._stream or (sys.stdout if settings.stream == "stdout" else sys.stderr))
