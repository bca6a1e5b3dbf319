"""Checks what a workspace writes for an MCP server and opens connections to it."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from xop.adapters.mcp.settings import ClientCredentials, Key, Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.catalogue import CatalogueError, Offered
from xop.ports.hosts import is_public
from xop.ports.secret import REFERENCE_REMEDY, names_secret, without_secrets
from xop.ports.settings import read_written, settings_of

if TYPE_CHECKING:
    from xop.adapters.mcp.adapter import McpAdapter

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OWN = re.compile(
    r"(accept|accept-encoding|connection|content-.*|host|mcp-.*|"
    r"te|trailer|transfer-encoding|upgrade)"  # codespell:ignore te
)
_CREDENTIAL = re.compile(r"(^authorization$|cookie|api-?key|token|secret|password|credential)", re.IGNORECASE)
_KINDS = ("tool", "resource", "prompt", "complete")


class McpKind:
    """The kind `mcp`."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        if isinstance(settings, list):
            return settings
        return [*_way_mistakes(settings), *_header_mistakes(settings), *_auth_mistakes(settings)]

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with a request template."""
        written = read_written(Request, request, "request")
        if isinstance(written, list):
            return written
        named = [name for name in _KINDS if request.get(name)]
        if len(named) != 1:
            cause = f"the request has {' and '.join(named) or 'none of tool, resource, prompt and complete'}"
            return [Refusal("request", cause, "write one of `tool`, `resource`, `prompt` and `complete`")]
        return list(_request_mistakes(written, request, named[0]))

    def open(self, connection: Connection, secrets: Secrets) -> "McpAdapter":
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        from xop.adapters.mcp.adapter import McpAdapter  # noqa: PLC0415 - half a second that only a server needs

        return McpAdapter(settings_of(Settings, connection), secrets, connection)

    async def offered(self, connection: Connection, secrets: Secrets) -> Offered:
        """Return every definition that the server lists; raises CatalogueError."""
        from xop.adapters.mcp.offer import offered  # noqa: PLC0415 - as above

        settings = read_written(Settings, connection.settings, "settings")
        if isinstance(settings, list):
            raise CatalogueError(settings[0].cause)
        return await offered(settings, secrets)

    def unusable(self, kind: str, definition: Mapping[str, Any]) -> str | None:
        """Return why a definition must not be accepted: a tool's schema that asks for impossible headers."""
        from xop.adapters.mcp.definitions import unusable  # noqa: PLC0415 - as above

        return unusable(definition) if kind == "tools" else None


def _way_mistakes(settings: Settings) -> Iterator[Refusal]:
    if bool(settings.url) == bool(settings.command):
        yield Refusal(
            "settings", "the settings need one of `url` and `command`", "write the one that reaches the server"
        )
        return
    if settings.url:
        yield from _address_mistakes(settings.url, "settings.url")
        if not settings.internal and _is_internal(settings.url):
            cause = "`settings.url` is an address of an internal network"
            yield Refusal("settings", cause, "where that is meant, write `internal: true`")
        if settings.env:
            yield Refusal("settings", "`settings.env` goes with `command`", "leave it out")
        return
    given = [name for name, value in (("auth", settings.auth), ("headers", settings.headers)) if value]
    for name in given:
        yield Refusal("settings", f"`settings.{name}` goes with `url`", "give a program its secrets by `env`")
    if settings.idempotency_header:
        yield Refusal("settings", "`settings.idempotency_header` goes with `url`", "use `idempotency_meta`")
    if not settings.command[0].strip():
        yield Refusal(
            "settings", "`settings.command` names no program", "write the program and its arguments as a list"
        )


def _is_internal(url: str) -> bool:
    """Say whether an address is written in figures that lead to neither the public internet nor this machine."""
    try:
        host = urlsplit(url).hostname or ""
        ip_address(host)
    except ValueError:
        return False
    return not is_public(host, loopback=True)


def _address_mistakes(url: str, name: str) -> Iterator[Refusal]:
    remedy = "write https:// or http://, the host and the path, such as `https://mcp.example.com/mcp`"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, usable = None, False
    if not usable or parts is None or re.search(r"[^\x21-\x7e]|[\\{}]", url):
        yield Refusal("settings", f"`{name}` is not an http or https address", remedy)
    elif parts.username is not None or parts.password is not None:
        yield Refusal("secret", f"`{name}` holds credentials", "write them as `auth`, with `${env:NAME}`")
    elif parts.fragment:
        yield Refusal("settings", f"`{name}` holds a fragment", "leave it out")


def _header_mistakes(settings: Settings) -> Iterator[Refusal]:
    names = [*settings.headers, *([settings.auth.name] if isinstance(settings.auth, Key) else [])]
    for name in [*names, *filter(None, [settings.idempotency_header])]:
        if not _HEADER_NAME.fullmatch(name):
            yield Refusal("settings", f"{name[:100]!r} is no header name", "use letters, digits and `-`")
        elif _OWN.fullmatch(name.lower()):
            yield Refusal("settings", f"the header `{name}` belongs to the protocol", "leave it out")
    for name, value in settings.headers.items():
        literal = without_secrets(value)
        if _CREDENTIAL.search(name) and not names_secret(value):
            yield Refusal("secret", f"`settings.headers.{name}` holds a secret itself", REFERENCE_REMEDY)
        elif "${" in literal or not (literal.isascii() and literal.isprintable()):
            yield Refusal("settings", f"`settings.headers.{name}` is not one printable ASCII line", REFERENCE_REMEDY)


def _auth_mistakes(settings: Settings) -> Iterator[Refusal]:
    if isinstance(settings.auth, ClientCredentials):
        yield from _address_mistakes(settings.auth.issuer, "settings.auth.issuer")
        if not settings.auth.client_id:
            yield Refusal("settings", "`settings.auth.client_id` is empty", "write the client's id at the issuer")


def _request_mistakes(written: Request, request: Mapping[str, Any], kind: str) -> Iterator[Refusal]:
    if "{{" in written.tool + written.prompt:
        cause = f"`request.{kind}` holds a placeholder"
        yield Refusal("request", cause, f"name one {kind}: each has a contract of its own")
    if kind in ("resource", "complete") and "arguments" in request:
        yield Refusal("request", f"a {kind} takes no `arguments`", "leave them out")
    if isinstance(written.arguments, str) and not re.fullmatch(r"\{\{[^{}]+\}\}", written.arguments):
        yield Refusal("request", "`request.arguments` is no map", "write `name: …` below it, or `{{arguments}}`")
    if kind == "complete" and not {"ref", "argument"} <= written.complete.keys() <= {"ref", "argument", "context"}:
        yield Refusal("request", "`request.complete` needs `ref` and `argument`", "write both, and perhaps `context`")
