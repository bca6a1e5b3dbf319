"""Checking an ID token: by this provider, for this client, about this attempt to sign in, now (OpenID Connect Core 3.1.3.7)."""

import hmac
from collections.abc import Callable, Collection, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jws import JWSRegistry, extract_compact

from xop.faces.console.sign_in.refusal import ProviderRefused, ProviderUnavailable
from xop.faces.sign_in.keyring import Keyring
from xop.faces.sign_in.refusal import KeysUnavailable, TokenRefused

LONGEST = 32_768
"""Characters of an ID token: some carry the groups of their owner."""

LEEWAY = 30
"""Seconds by which the clocks may differ."""

_TYPES = frozenset({"", "jwt"})


class IdentityTokens:
    """Checks the ID tokens of one provider for one client."""

    def __init__(self, issuer: str, client: str, algorithms: Collection[str], now: Callable[[], int]) -> None:
        self._issuer = issuer
        self._client = client
        self._algorithms = frozenset(algorithms)
        self._now = now

    async def claims(self, token: str, nonce: str, keyring: Keyring) -> Mapping[str, Any]:
        """Return what a token says once everything about it was checked; raises ProviderRefused, ProviderUnavailable."""
        claims = await signed_claims(token, self._algorithms, keyring, _TYPES)
        self._check(claims, nonce)
        return claims

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        told = claims.get("aud")
        audience = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        party = claims.get("azp")
        foreign = party != self._client if party is not None else len(audience) > 1
        if self._client not in audience or foreign:
            raise ProviderRefused("The ID token was issued for another client: see `client` in `[console.oidc]`.")
        given = claims.get("nonce")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
            raise ProviderRefused("The ID token belongs to another attempt to sign in: sign in again.")
        rules = jwt.JWTClaimsRegistry(
            now=lambda: self._now() // 1000,
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            rules.validate(dict(claims))
        except ExpiredTokenError as error:
            raise ProviderRefused("The ID token has expired: sign in again, and see that the clocks agree.") from error
        except (JoseError, ValueError, TypeError, OverflowError) as error:
            raise ProviderRefused("The ID token is not valid now: see that `issuer` and the clocks agree.") from error


async def signed_claims(
    token: str, algorithms: Collection[str], keyring: Keyring, types: Collection[str]
) -> Mapping[str, Any]:
    """Return what a token says that the provider signed; raises ProviderRefused, ProviderUnavailable.

    `types` are what its header may call itself, in lower case; empty for nothing.
    """
    if not token or len(token) > LONGEST or not token.isascii():
        raise ProviderRefused("The provider sent no ID token: ask for the scope `openid` there.")
    registry = JWSRegistry(algorithms=sorted(algorithms), strict_check_header=False)
    header = _header(token, registry, types)
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise ProviderRefused("The ID token is not signed as it must be: see `algorithms` in `[console.oidc]`.")
    try:
        key = await keyring.find(kid if isinstance(kid, str) else None, algorithm)
        return jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
    except KeysUnavailable as error:
        raise ProviderUnavailable("the keys of the provider cannot be had") from error
    except (TokenRefused, JoseError, ValueError) as error:
        raise ProviderRefused("The signature of the ID token is not right: sign in again.") from error


def _header(token: str, registry: JWSRegistry, types: Collection[str]) -> Mapping[str, Any]:
    try:
        header = extract_compact(token.encode(), registry=registry).headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ProviderRefused("The ID token cannot be read: sign in again.") from error
    kind = header.get("typ", "")
    if not isinstance(kind, str) or kind.lower() not in types or "crit" in header:
        raise ProviderRefused("The provider sent a token of another kind than an ID token.")
    return header
