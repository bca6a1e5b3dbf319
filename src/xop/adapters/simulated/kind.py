"""Checks what a workspace writes for a simulated system and opens it."""

from collections.abc import Mapping
from typing import Any

from xop.adapters.simulated.adapter import SimulatedAdapter
from xop.adapters.simulated.settings import Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written, settings_of


class SimulatedKind:
    """The kind `simulated`."""

    def __init__(self) -> None:
        self.opened: dict[str, SimulatedAdapter] = {}
        """The adapter last opened for each connection, by name, so that a test can look at what it was sent."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        return settings if isinstance(settings, list) else []

    def check_request(self, _request: Mapping[str, Any]) -> list[Refusal]:
        """Return nothing: every JSON object is a request, and its `output` is what comes back."""
        return []

    def open(self, connection: Connection, _secrets: Secrets) -> SimulatedAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        self.opened[connection.name] = SimulatedAdapter(settings_of(Settings, connection))
        return self.opened[connection.name]
