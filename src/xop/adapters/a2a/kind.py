"""Checks what a workspace writes for an A2A agent and opens connections to it."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from xop.adapters.a2a.settings import Key, Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Secrets
from xop.ports.catalogue import CatalogueError, Offered
from xop.ports.settings import read_written, settings_of

if TYPE_CHECKING:
    from xop.adapters.a2a.adapter import A2aAdapter

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OWN = re.compile(r"(a2a-.*|accept|accept-encoding|connection|content-.*|host|trailer|transfer-encoding|upgrade)")
_CURVES = {("OKP", "Ed25519"), ("EC", "P-256")}


class A2aKind:
    """The kind `a2a`."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        if isinstance(settings, list):
            return settings
        return [*_card_mistakes(settings), *_auth_mistakes(settings), *_key_mistakes(settings)]

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with a task template."""
        written = read_written(Request, request, "request")
        if isinstance(written, list):
            return written
        if not written.text and not written.packet:
            return [Refusal("request", "the request has neither `text` nor `packet`", "write what the agent is to do")]
        return []

    def open(self, connection: Connection, secrets: Secrets) -> "A2aAdapter":
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        from xop.adapters.a2a.adapter import A2aAdapter  # noqa: PLC0415 - half a second that only a server needs

        return A2aAdapter(settings_of(Settings, connection), secrets, connection)

    async def offered(self, connection: Connection, secrets: Secrets) -> Offered:
        """Return the agent's card; raises CatalogueError."""
        from xop.adapters.a2a.offer import offered  # noqa: PLC0415 - as above

        settings = read_written(Settings, connection.settings, "settings")
        if isinstance(settings, list):
            raise CatalogueError(settings[0].cause)
        return await offered(settings, secrets)

    def unusable(self, kind: str, definition: Mapping[str, Any]) -> str | None:
        """Return why a card must not be accepted: it names no interface that this side speaks."""
        from xop.adapters.a2a.offer import unusable  # noqa: PLC0415 - as above

        return unusable(definition) if kind == "resources" else None


def _card_mistakes(settings: Settings) -> Iterator[Refusal]:
    url = settings.card
    allowed = ("http", "https") if settings.internal else ("https",)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in allowed and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, usable = None, False
    if not usable or parts is None or re.search(r"[^\x21-\x7e]|[\\{}#]", url):
        remedy = "write https:// and the host, or `internal: true` for an agent in your own network"
        yield Refusal("settings", "`settings.card` is not an https address", remedy)
    elif parts.username is not None or parts.password is not None:
        yield Refusal("secret", "`settings.card` holds credentials", "write them as `auth`, with `${env:NAME}`")


def _auth_mistakes(settings: Settings) -> Iterator[Refusal]:
    if not isinstance(settings.auth, Key):
        return
    name = settings.auth.name
    if not _HEADER_NAME.fullmatch(name):
        yield Refusal("settings", f"{name[:100]!r} is no header name", "use letters, digits and `-`")
    elif _OWN.fullmatch(name.lower()):
        yield Refusal("settings", f"the header `{name}` belongs to the protocol", "leave it out")


def _key_mistakes(settings: Settings) -> Iterator[Refusal]:
    for key in settings.keys:
        if "d" in key:
            yield Refusal(
                "secret", "`settings.keys` holds a private key", "leave `d` out, and make the agent a new key"
            )
        elif (key.get("kty"), key.get("crv")) not in _CURVES or not isinstance(key.get("kid"), str):
            remedy = "write `kty`, `crv`, `x` (and `y`) and `kid`"
            yield Refusal("settings", "`settings.keys` holds no Ed25519 or P-256 key with a `kid`", remedy)
