"""The provider: where people of an organisation sign in, by OpenID Connect's code flow with PKCE."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from xop.faces.console.sign_in.attempt import Attempt
from xop.faces.console.sign_in.exchange import fetched, posted
from xop.faces.console.sign_in.identity_token import IdentityTokens
from xop.faces.console.sign_in.logout_token import Farewell, LogoutTokens
from xop.faces.console.sign_in.refusal import ProviderRefused, ProviderUnavailable
from xop.faces.console.sign_in.session import ProviderSession
from xop.faces.sign_in.keyring import Keyring
from xop.workspace.settings import ProviderSettings
from xop.workspace.sign_in import unsafe_address

LOG = logging.getLogger("xop.console")

RETURN = "/console/sign-in/oidc/return"
"""Where the provider sends people back to."""

LEFT = "/console/sign-in/oidc/left"
"""Where it sends people who signed out there."""

WELL_KNOWN = "/.well-known/openid-configuration"

FRESH = 3600.0
"""Seconds after which the provider's metadata is fetched anew."""

PAUSE = 2.0
"""Seconds for which a provider that could not be asked is left alone: anybody may have it asked."""

_LONGEST_HINT = 5_000
"""Characters of an ID token that still goes into an address; of a longer one the client's name tells enough."""

_OK = 200
_WRONG = range(400, 500)


class Metadata(Struct, frozen=True):
    """What the provider says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    """Where people sign out; empty where it offers no such place."""
    posts_secret: bool
    """Whether the client's secret belongs into the form, because the header is not understood."""


class Welcome(Struct, frozen=True):
    """Somebody whom the provider signed in."""

    operator: str
    there: ProviderSession


class Provider:
    """One provider, as one client of it."""

    def __init__(
        self,
        settings: ProviderSettings,
        issuer: str,
        client: str,
        secret: str,
        address: str,
        now: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._client = client
        self._secret = secret
        self._back = f"{address}{RETURN}"
        """Where it sends people back to."""
        self._left = f"{address}{LEFT}"
        """The same, once they have signed out there."""
        self._tokens = IdentityTokens(issuer, client, settings.algorithms, now)
        self._farewells = LogoutTokens(issuer, client, settings.algorithms, now)
        self._metadata: Metadata | None = None
        self._keyring: Keyring | None = None
        self._fetched_at = 0.0
        self._failed_at: float | None = None
        self._asking = asyncio.Lock()

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
        return _with(metadata.authorization_endpoint, asked)

    async def leaving(self, hint: str, state: str) -> str:
        """Return where a browser goes to sign out there too (RP-Initiated Logout 1.0); empty where that cannot be.

        `hint` is the ID token with which somebody came, `state` what comes back with them.
        """
        try:
            metadata = await self._known()
        except ProviderUnavailable as error:
            LOG.warning("somebody signs out here alone: %s", error)
            return ""
        if not metadata.end_session_endpoint or not self._settings.sign_out:
            return ""
        told = {"client_id": self._client, "post_logout_redirect_uri": self._left, "state": state}
        if 0 < len(hint) <= _LONGEST_HINT:
            told["id_token_hint"] = hint
        return _with(metadata.end_session_endpoint, told)

    async def farewell(self, token: str) -> Farewell:
        """Return what a logout token ends; raises ProviderRefused, ProviderUnavailable."""
        found = await self._farewells.farewell(token, await self._keys())
        return replace(found, subject=self._mark("sub", found.subject), session=self._mark("sid", found.session))

    def release(self, farewell: Farewell) -> None:
        """Let a logout token count again with which nothing could be ended."""
        self._farewells.release(farewell)

    async def welcome(self, code: str, issuer: str, attempt: Attempt) -> Welcome:
        """Return for whom a code was given; raises ProviderRefused, ProviderUnavailable.

        `issuer` is who says that it gave the code (RFC 9207); empty where nobody says.
        """
        if issuer and issuer != self._issuer:
            raise ProviderRefused("The answer comes from another provider than the one that was asked: sign in again.")
        metadata, keyring = await self._known(), await self._keys()
        token = await self._redeemed(metadata, code, attempt)
        claims = await self._tokens.claims(token, attempt.nonce, keyring)
        session = claims.get("sid")
        marks = self._mark("sub", str(claims["sub"])), self._mark("sid", session if isinstance(session, str) else "")
        return Welcome(_operator(self._settings, claims), ProviderSession(token, *marks))

    def _mark(self, claim: str, value: str) -> str:
        """Return what is kept of a name that the provider gave: nothing that leads back to it."""
        return sha256(f"{claim}\0{self._issuer}\0{value}".encode()).hexdigest() if value else ""

    async def _keys(self) -> Keyring:
        await self._known()
        if self._keyring is None:  # pragma: no cover - comes with the metadata
            raise ProviderUnavailable("the keys of the provider are not known")
        return self._keyring

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
        async with self._asking:
            if self._metadata is None or monotonic() - self._fetched_at >= FRESH:
                await self._renew()
        if self._metadata is None:
            raise ProviderUnavailable("the provider cannot be asked")
        return self._metadata

    async def _renew(self) -> None:
        """Take over what the provider says of itself now; what it said before counts while it cannot be asked."""
        if self._failed_at is not None and monotonic() - self._failed_at < PAUSE:
            return
        try:
            metadata = await self._asked()
        except ProviderUnavailable as error:
            self._failed_at = monotonic()
            LOG.warning("the provider cannot be asked: %s", error)
            return
        if self._keyring is None or self._metadata is None or self._metadata.jwks_uri != metadata.jwks_uri:
            self._keyring = Keyring(metadata.jwks_uri)
        self._metadata, self._fetched_at, self._failed_at = metadata, monotonic(), None

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
            _optional_endpoint(told, "end_session_endpoint"),
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


def _optional_endpoint(told: Mapping[str, Any], name: str) -> str:
    if told.get(name) is None:
        return ""
    try:
        return _endpoint(told, name)
    except ProviderUnavailable as error:
        LOG.warning("people sign out here alone: %s", error)
        return ""


def _with(address: str, told: Mapping[str, str]) -> str:
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode(told, quote_via=quote)}"


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
