"""The provider: where people of an organisation sign in, by OpenID Connect's code flow with PKCE."""

import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from xop.faces.console.sign_in.attempt import Attempt
from xop.faces.console.sign_in.exchange import fetched, posted
from xop.faces.console.sign_in.identity_token import IdentityTokens
from xop.faces.console.sign_in.refusal import ProviderRefused, ProviderUnavailable
from xop.faces.sign_in.keyring import Keyring
from xop.workspace.settings import ProviderSettings
from xop.workspace.sign_in import unsafe_address

LOG = logging.getLogger("xop.console")

WELL_KNOWN = "/.well-known/openid-configuration"

FRESH = 3600.0
"""Seconds after which the provider's metadata is fetched anew."""

_OK = 200
_WRONG = range(400, 500)


class Metadata(Struct, frozen=True):
    """What the provider says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    posts_secret: bool
    """Whether the client's secret belongs into the form, because the header is not understood."""


class Provider:
    """One provider, as one client of it."""

    def __init__(
        self,
        settings: ProviderSettings,
        issuer: str,
        client: str,
        secret: str,
        back: str,
        now: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._client = client
        self._secret = secret
        self._back = back
        """Where it sends people back to."""
        self._tokens = IdentityTokens(issuer, client, settings.algorithms, now)
        self._metadata: Metadata | None = None
        self._keyring: Keyring | None = None
        self._fetched_at = 0.0

    async def address(self, attempt: Attempt) -> str:
        """Return where a browser goes to sign in; raises ProviderUnavailable."""
        metadata = await self._known()
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._back,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{urlencode(asked, quote_via=quote)}"

    async def operator(self, code: str, issuer: str, attempt: Attempt) -> str:
        """Return the name of the operator for whom a code was given; raises ProviderRefused, ProviderUnavailable.

        `issuer` is who says that it gave the code (RFC 9207); empty where nobody says.
        """
        if issuer and issuer != self._issuer:
            raise ProviderRefused("The answer comes from another provider than the one that was asked: sign in again.")
        metadata = await self._known()
        keyring = self._keyring
        if keyring is None:  # pragma: no cover - comes with the metadata
            raise ProviderUnavailable("the keys of the provider are not known")
        token = await self._redeemed(metadata, code, attempt)
        return _operator(self._settings, await self._tokens.claims(token, attempt.nonce, keyring))

    async def _redeemed(self, metadata: Metadata, code: str, attempt: Attempt) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back}
        form["code_verifier"] = attempt.verifier
        headers: dict[str, str] = {}
        if self._secret and not metadata.posts_secret:
            pair = f"{quote(self._client, safe='')}:{quote(self._secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self._client
            if self._secret:
                form["client_secret"] = self._secret
        status, told = await posted(metadata.token_endpoint, form, headers)
        if status in _WRONG:
            # Only the code: the description may repeat what was sent.
            LOG.warning("the provider does not redeem a code: %s %.40r", status, told.get("error"))
            if told.get("error") in {"invalid_client", "unauthorized_client"}:
                raise ProviderRefused("The provider does not know this console: see `client` and `secret`.")
            raise ProviderRefused("The provider takes the code for too old, or for used: sign in again.")
        if status != _OK:
            raise ProviderUnavailable(f"{metadata.token_endpoint} answers with the status {status}")
        token = told.get("id_token")
        return token if isinstance(token, str) else ""

    async def _known(self) -> Metadata:
        if self._metadata is not None and monotonic() - self._fetched_at < FRESH:
            return self._metadata
        try:
            metadata = await self._asked()
        except ProviderUnavailable:
            if self._metadata is None:
                raise
            LOG.warning("the provider cannot be asked anew; what it said before counts")
            return self._metadata
        if self._keyring is None or self._metadata is None or self._metadata.jwks_uri != metadata.jwks_uri:
            self._keyring = Keyring(metadata.jwks_uri)
        self._metadata, self._fetched_at = metadata, monotonic()
        return metadata

    async def _asked(self) -> Metadata:
        address = self._issuer.rstrip("/") + WELL_KNOWN
        status, told = await fetched(address)
        if status != _OK:
            raise ProviderUnavailable(f"{address} answers with the status {status}")
        if told.get("issuer") != self._issuer:
            raise ProviderUnavailable(f"{address} is of another issuer than the workspace names")
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Metadata(
            _endpoint(told, "authorization_endpoint"),
            _endpoint(told, "token_endpoint"),
            _endpoint(told, "jwks_uri"),
            posts_secret=isinstance(methods, list)
            and "client_secret_basic" not in methods
            and "client_secret_post" in methods,
        )


def _endpoint(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    plain = isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value
    if not isinstance(value, str) or not plain or unsafe_address(value) is not None:
        raise ProviderUnavailable(f"the provider's {name} is no address that begins with https://")
    return value


def _operator(settings: ProviderSettings, claims: Mapping[str, Any]) -> str:
    """Return the operator that claims name, if they have what is required; raises ProviderRefused."""
    for name, allowed in settings.required.items():
        told = claims.get(name)
        values = told if isinstance(told, list) else [told]
        if not any(isinstance(each, str) and each in allowed for each in values):
            raise ProviderRefused(f"Your account lacks what is asked for in {name!r}: ask whoever runs the provider.")
    value = claims.get(settings.claim)
    if not isinstance(value, str) or not value:
        raise ProviderRefused(f"The ID token has no {settings.claim!r}: see `claim` and `scopes` in `[console.oidc]`.")
    if settings.claim == "email" and claims.get("email_verified") is not True:
        raise ProviderRefused("The provider has not verified your address: have it verified, and sign in again.")
    if not settings.operators:
        return value
    if value not in settings.operators:
        raise ProviderRefused("No operator belongs to your account: ask whoever publishes the workspace.")
    return settings.operators[value]
