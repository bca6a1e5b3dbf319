"""The card of an agent: fetched, verified, and held against the one that a person accepted."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from a2a.types.a2a_pb2 import AgentCard
from a2a.utils.signing import SignatureVerificationError, create_signature_verifier
from google.protobuf.json_format import ParseDict, ParseError
from jwt import PyJWK
from jwt.exceptions import InvalidKeyError, PyJWTError
from msgspec import Struct

from xop.adapters.a2a.addresses import url_mistake
from xop.adapters.a2a.exchange import Exchange, ExchangeError
from xop.adapters.a2a.settings import Settings
from xop.kernel.actions.operations import Operations, fingerprint
from xop.kernel.base.spans import milliseconds
from xop.ports.catalogue import Seen

WELL_KNOWN = "/.well-known/agent-card.json"

BINDINGS = ("JSONRPC", "HTTP+JSON")

_ALGORITHMS = ["EdDSA", "ES256"]


class CardRefused(Exception):  # noqa: N818 - names what happened
    """A card that nothing may be sent by; the message is fit for an operator."""


class Interface(Struct, frozen=True):
    """Where and how an agent is spoken to."""

    url: str
    binding: str


def card_url(settings: Settings) -> str:
    """Return where an agent's card is."""
    path = urlsplit(settings.card).path
    return settings.card if path not in {"", "/"} else settings.card.rstrip("/") + WELL_KNOWN


class Cards:
    """Knows by which card an agent may be spoken to."""

    def __init__(self, settings: Settings, exchange: Exchange, operations: Operations | None) -> None:
        self._settings = settings
        self._exchange = exchange
        self._accepted = operations.resources.get(card_url(settings)) if operations is not None else None
        self._lock = asyncio.Lock()
        self._known: Interface | None = None
        self._seen: dict[str, Any] | None = None
        """The card that was read last."""
        self._seen_at = 0.0
        self._until = 0.0

    async def interface(self) -> Interface:
        """Return how to speak to the agent; raises CardRefused while its card is not the accepted one, or ExchangeError."""
        if self._accepted is None:
            raise CardRefused("the agent's card was not accepted: `xop operations accept` does it")
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._known is None or now >= self._until:
                self._known = None
                definition = await read_card(self._settings, self._exchange)
                self._seen, self._seen_at = definition, now
                if fingerprint(definition) != self._accepted.sha256:
                    raise CardRefused(
                        "the agent is in quarantine: its card has changed since it was accepted; "
                        "`xop operations diff` shows how"
                    )
                self._known = chosen(definition, internal=self._settings.internal)
                self._until = now + milliseconds(self._settings.recheck) / 1000
            return self._known

    def seen(self) -> Seen | None:
        """Return the card that was read last; None before there was one."""
        if self._seen is None:
            return None
        age = asyncio.get_running_loop().time() - self._seen_at
        return Seen(age, {"resources": {card_url(self._settings): self._seen}})


async def read_card(settings: Settings, exchange: Exchange) -> dict[str, Any]:
    """Return an agent's card without its signatures; raises CardRefused for one that is not signed as it must be."""
    got = await exchange.fetch(card_url(settings))
    if got.status != 200 or not isinstance(got.value, dict):  # noqa: PLR2004 - the status of success
        raise ExchangeError(f"the agent's card cannot be had: it answered {got.status}", left=False)
    if settings.keys:
        _verify(got.value, settings)
    return {name: value for name, value in got.value.items() if name != "signatures"}


def chosen(definition: Mapping[str, Any], *, internal: bool) -> Interface:
    """Return the first way of speaking that a card names and this side knows; raises CardRefused."""
    listed = definition.get("supportedInterfaces")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        url, binding, version = (str(each.get(name, "")) for name in ("url", "protocolBinding", "protocolVersion"))
        if binding in BINDINGS and version.partition(".")[0] == "1":
            mistake = url_mistake(url, loopback=internal)
            if mistake:
                raise CardRefused(f"the agent's card leads nowhere: {mistake}")
            return Interface(url, binding)
    raise CardRefused(f"the agent's card names no interface of version 1 by {' or '.join(BINDINGS)}")


def _verify(card: dict[str, Any], settings: Settings) -> None:
    keys = {str(key["kid"]): key for key in settings.keys}

    def key(name: str | None, _url: str | None) -> PyJWK:
        # Only configured keys count; where the card says its key can be had is of no interest.
        if name not in keys:
            raise InvalidKeyError("the key is not one of those configured")
        return PyJWK(keys[name])

    try:
        parsed = ParseDict(card, AgentCard(), ignore_unknown_fields=True)
        create_signature_verifier(key, _ALGORITHMS)(parsed)
    except (SignatureVerificationError, ParseError, PyJWTError, ValueError) as error:
        raise CardRefused("the agent's card is not signed with a key of `settings.keys`") from error
