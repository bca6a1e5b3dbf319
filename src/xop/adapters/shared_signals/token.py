"""Security event tokens (RFC 8417): what is signed, and the key it is signed with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from xop.adapters.shared_signals.settings import Rendered, Settings
from xop.adapters.shared_signals.subject import SHORTEST, pairwise_id
from xop.kernel.base.json import canonical
from xop.ports.adapter import Secrets, Sending
from xop.ports.jws import sign_bytes
from xop.ports.secret import MissingSecretError, resolve


class EventKey:
    """Signs events by the private Ed25519 key of a JSON Web Key; raises MissingSecretError for anything else."""

    def __init__(self, text: str, reference: str) -> None:
        try:
            key = OKPKey.import_key(msgspec.json.decode(text, type=dict[str, Any])).private_key
        except (JoseError, msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
            raise MissingSecretError(f"{reference} is no JSON Web Key: write a private Ed25519 key as JSON") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise MissingSecretError(f"{reference} is no private Ed25519 key: write one as a JSON Web Key")
        self.name = reference
        self.public = key.public_key().public_bytes_raw()
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._key.sign(message)


def event_token(settings: Settings, secrets: Secrets, event: Rendered, sending: Sending) -> str:
    """Return the signed token of an event; its `jti` is the same for every attempt. Raises MissingSecretError."""
    key = EventKey(resolve(settings.key, secrets), settings.key)
    secret = resolve(settings.pairwise, secrets)
    if len(secret) < SHORTEST:
        raise MissingSecretError(f"{settings.pairwise} is too short: give it at least {SHORTEST} characters of chance")
    claims = {
        "iss": settings.issuer,
        "jti": sending.invocation,
        "iat": sending.at // 1_000,
        "aud": settings.audience,
        "sub_id": {"format": "opaque", "id": pairwise_id(secret, settings.audience, event.subject)},
        "events": {_uri(settings, event.event): _told(event)},
    }
    return sign_bytes(key, canonical(claims), {"typ": "secevent+jwt"})


def _uri(settings: Settings, event: str) -> str:
    return event if event.startswith("https://") else f"{settings.issuer.rstrip('/')}/events/{event}"


def _told(event: Rendered) -> Mapping[str, Any]:
    if not event.timestamp:
        return event.data
    return {**event.data, "event_timestamp": int(datetime.fromisoformat(event.timestamp).timestamp())}
