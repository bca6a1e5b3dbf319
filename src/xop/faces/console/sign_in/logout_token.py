"""Checking a logout token: by this provider, for this client, now, and once (OpenID Connect Back-Channel Logout 1.0, 2.6)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from msgspec import Struct

from xop.faces.console.sign_in.identity_token import LEEWAY, signed_claims
from xop.faces.console.sign_in.refusal import ProviderRefused
from xop.faces.sign_in.keyring import Keyring

EVENT = "http://schemas.openid.net/event/backchannel-logout"

OLDEST = 300
"""Seconds after which a token is too old: for as long it is known that it was used."""

_MOST = 10_000
"""Tokens that are known at once."""

_LONGEST = 1_000

_TYPES = frozenset({"", "jwt", "logout+jwt"})


class Farewell(Struct, frozen=True):
    """What the provider says has ended; at least one of both names is given."""

    subject: str
    session: str
    at: int
    """When it said so, in milliseconds since the epoch."""
    token: str
    """The id of the token that says so."""


class LogoutTokens:
    """Checks the logout tokens of one provider for one client."""

    def __init__(self, issuer: str, client: str, algorithms: Collection[str], now: Callable[[], int]) -> None:
        self._issuer = issuer
        self._client = client
        self._algorithms = frozenset(algorithms)
        self._now = now
        self._used: dict[str, int] = {}
        """The ids of tokens that were taken, with the second up to which they would be young enough."""

    async def farewell(self, token: str, keyring: Keyring) -> Farewell:
        """Return what a token says once everything about it was checked; raises ProviderRefused, ProviderUnavailable."""
        claims = await signed_claims(token, self._algorithms, keyring, _TYPES)
        self._check(claims)
        subject, session = _name(claims, "sub"), _name(claims, "sid")
        if not subject and not session:
            raise ProviderRefused("The logout token names neither `sub` nor `sid`.")
        name = _name(claims, "jti")
        self._take(name)
        return Farewell(subject, session, int(claims["iat"]) * 1000, name)

    def release(self, farewell: Farewell) -> None:
        """Let a token count again with which nothing could be ended: the provider sends it once more."""
        self._used.pop(farewell.token, None)

    def _check(self, claims: Mapping[str, Any]) -> None:
        events = claims.get("events")
        if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
            raise ProviderRefused("The token is no logout token: `events` does not name the event.")
        if "nonce" in claims:
            raise ProviderRefused("A logout token has no `nonce`: this is an ID token.")
        told = claims.get("aud")
        if self._client not in ([told] if isinstance(told, str) else told if isinstance(told, list) else []):
            raise ProviderRefused("The logout token was issued for another client.")
        now = self._now() // 1000
        rules = jwt.JWTClaimsRegistry(
            now=lambda: now, leeway=LEEWAY, iss={"essential": True, "value": self._issuer}, iat={"essential": True}
        )
        try:
            rules.validate(dict(claims))
            young = now - int(claims["iat"]) <= OLDEST + LEEWAY
        except (JoseError, ValueError, TypeError, OverflowError) as error:
            raise ProviderRefused("The logout token is not valid now, or comes from another issuer.") from error
        if not young:
            raise ProviderRefused("The logout token is too old.")

    def _take(self, name: str) -> None:
        """Let a token count that was never seen; raises ProviderRefused for any other."""
        now = self._now() // 1000
        if not name:
            raise ProviderRefused("The logout token has no `jti`.")
        self._used = {known: until for known, until in self._used.items() if until >= now}
        if name in self._used or len(self._used) >= _MOST:
            raise ProviderRefused("The logout token was used before.")
        self._used[name] = now + OLDEST + 2 * LEEWAY


def _name(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim, "")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ProviderRefused(f"`{claim}` of the logout token is no text of at most {_LONGEST} characters.")
    return value
