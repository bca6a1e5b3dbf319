"""Checks what a workspace writes for shared signals and opens connections to receivers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from xop.adapters.shared_signals.adapter import SharedSignalsAdapter
from xop.adapters.shared_signals.settings import Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written


class SharedSignalsKind:
    """The kind `shared_signals`."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        return settings if isinstance(settings, list) else list(_url_mistakes(settings.url))

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with an event template."""
        written = read_written(Request, request, "request")
        return written if isinstance(written, list) else []

    def open(self, connection: Connection, secrets: Secrets) -> SharedSignalsAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        settings = read_written(Settings, connection.settings, "settings")
        if isinstance(settings, list):
            raise ValueError(settings[0].cause)  # noqa: TRY004 - the settings are wrong, not their type
        return SharedSignalsAdapter(settings, secrets, connection.concurrency)


def _url_mistakes(url: str) -> Iterator[Refusal]:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, usable = None, False
    if not usable or parts is None or re.search(r"[^\x21-\x7e]|[\\{}#]", url):
        yield Refusal(
            "settings", "`settings.url` is not an http or https address", "write https://, the host and the path"
        )
    elif parts.username is not None or parts.password is not None:
        yield Refusal("secret", "`settings.url` holds credentials", "leave them out, and give a bearer `token` instead")
