"""Checks what a workspace writes for shared signals and opens connections to receivers."""

from collections.abc import Mapping
from typing import Any

from xop.adapters.shared_signals.adapter import SharedSignalsAdapter
from xop.adapters.shared_signals.settings import Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written, settings_of
from xop.ports.web_address import url_mistakes

_CREDENTIALS = "leave them out, and give a bearer `token` instead"


class SharedSignalsKind:
    """The kind `shared_signals`."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        return settings if isinstance(settings, list) else list(url_mistakes(settings.url, _CREDENTIALS))

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with an event template."""
        written = read_written(Request, request, "request")
        return written if isinstance(written, list) else []

    def open(self, connection: Connection, secrets: Secrets) -> SharedSignalsAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        return SharedSignalsAdapter(settings_of(Settings, connection), secrets, connection.concurrency)
