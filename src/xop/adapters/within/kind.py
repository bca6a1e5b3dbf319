"""Opens the platform's own connections; a workspace declares none of them."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from xop.adapters.within.adapter import WithinAdapter
from xop.kernel.actions.model import Connection, Errand, TaskTerms
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written


class JourneyKind:
    """The kind `journey`."""

    written: type[Struct] = Errand
    remedy = "drop the connection, and write `binding: {journey: NAME}` in the action"

    def check_connection(self, _connection: Connection) -> list[Refusal]:
        """Return that nobody declares one."""
        return [Refusal("settings", "this connection is the platform's own", self.remedy)]

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with what is asked."""
        written = read_written(self.written, request, "request")
        return written if isinstance(written, list) else []

    def open(self, _connection: Connection, _secrets: Secrets) -> WithinAdapter:
        """Return the adapter."""
        return WithinAdapter()


class TaskKind(JourneyKind):
    """The kind `task`."""

    written = TaskTerms
    remedy = "drop the connection, and write `binding: {task: {role: ROLE, question: …}}` in the action"
