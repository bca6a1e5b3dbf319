"""Checks what a workspace writes for webhooks and opens connections to receivers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from xop.adapters.webhook.adapter import WebhookAdapter
from xop.adapters.webhook.settings import Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written, settings_of


class WebhookKind:
    """The kind `webhook`."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        return settings if isinstance(settings, list) else list(_url_mistakes(settings.url))

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with an event template."""
        written = read_written(Request, request, "request")
        return written if isinstance(written, list) else []

    def open(self, connection: Connection, secrets: Secrets) -> WebhookAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        return WebhookAdapter(settings_of(Settings, connection), secrets, connection.concurrency)


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
        yield Refusal("secret", "`settings.url` holds credentials", "leave them out: the signature says who sends")
