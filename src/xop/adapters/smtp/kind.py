"""Checks what a workspace writes for mail and opens connections to mail servers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from xop.adapters.smtp.adapter import SmtpAdapter
from xop.adapters.smtp.address import mail_address
from xop.adapters.smtp.settings import Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.kernel.templates import literal_of
from xop.ports.adapter import Secrets
from xop.ports.secret import REFERENCE_REMEDY, without_secrets
from xop.ports.settings import read_written, settings_of

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,70}")
_OWN_HEADERS = re.compile(
    r"(from|to|cc|bcc|sender|subject|date|message-id|received|return-path|orig-date|mime-version|content-.*|list-unsubscribe.*"
    r"|resent-.*|dkim-.*|arc-.*)",
    re.IGNORECASE,
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SmtpKind:
    """The kind `smtp`."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        if isinstance(settings, list):
            return settings
        return [*_sender_mistakes(settings), *_account_mistakes(settings)]

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with a message template."""
        written = read_written(Request, request, "request")
        if isinstance(written, list):
            return written
        return [*_line_mistakes(written), *_header_mistakes(written.headers), *_url_mistakes(written.unsubscribe_url)]

    def open(self, connection: Connection, secrets: Secrets) -> SmtpAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        return SmtpAdapter(settings_of(Settings, connection), secrets)


def _sender_mistakes(settings: Settings) -> Iterator[Refusal]:
    if mail_address(settings.from_address) != settings.from_address:
        yield Refusal("settings", "`settings.from_address` is not one plain address", "write hello@example.com")
    if not settings.from_name.isprintable():
        yield Refusal("settings", "`settings.from_name` is not one printable line", "write the name in one line")


def _account_mistakes(settings: Settings) -> Iterator[Refusal]:
    if bool(settings.username) != bool(settings.password):
        yield Refusal("settings", "`settings` hold one of `username` and `password`", "write both or none of them")
    if "${" in without_secrets(settings.username):
        yield Refusal("secret", "`settings.username` holds a broken reference", REFERENCE_REMEDY)
    if settings.password and settings.tls == "none" and settings.host not in _LOOPBACK:
        yield Refusal("settings", "the password would cross the network readable", "set `tls` to starttls or tls")


def _line_mistakes(request: Request) -> Iterator[Refusal]:
    if not literal_of(request.subject).isprintable():
        yield Refusal("request", "`request.subject` is not one printable line", "write the subject in one line")
    if "{{" not in request.to and mail_address(request.to) is None:
        yield Refusal("request", "`request.to` is not one mail address", "write one address or leave it out")


def _header_mistakes(headers: Mapping[str, str]) -> Iterator[Refusal]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            yield Refusal("request", f"{name[:70]!r} is no header name", "use letters, digits and `-`")
        elif _OWN_HEADERS.fullmatch(name):
            yield Refusal("request", f"the header `{name}` is set by the adapter", "use the field made for it")
        elif not literal_of(value).isprintable():
            yield Refusal("request", f"`request.headers.{name}` is not one printable line", "write it in one line")


def _url_mistakes(url: str) -> Iterator[Refusal]:
    literal = literal_of(url)
    if url and not re.match(r"https://[A-Za-z0-9.-]+(:[0-9]+)?([/?]|$)", url):
        yield Refusal(
            "request",
            "`request.unsubscribe_url` does not begin with https:// and a host",
            "write the address and put placeholders into its path or query",
        )
    if re.search(r"[^\x21-\x7e]|[<>\"\\{}]", literal):
        yield Refusal(
            "request", "`request.unsubscribe_url` holds characters no address may hold", "percent-encode them"
        )
