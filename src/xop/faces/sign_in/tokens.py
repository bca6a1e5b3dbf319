"""Checking an access token: a JWT (RFC 9068) by a known issuer, for this resource, now."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jws import JWSRegistry, extract_compact
from msgspec import MsgspecError, Struct, json

from xop.faces.sign_in.keyring import Keyring
from xop.faces.sign_in.refusal import TokenRefused
from xop.faces.sign_in.scopes import scopes_of

LONGEST = 16_384
"""Characters of a token."""

_TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
"""What may stand in `typ`; other kinds of JWT are no access tokens."""

_PARTS = 3


class Trusted(Struct, frozen=True):
    """An authorization server whose tokens are accepted."""

    name: str
    issuer: str
    keyring: Any
    """Its `Keyring`."""


class Access(Struct, frozen=True):
    """What a token says once everything about it has been checked."""

    client: str
    """The OAuth client it was given to."""
    issuer: str
    """The name that the workspace gives its issuer."""
    scopes: frozenset[str]
    """The platform's scopes that it gives."""
    ends: int
    """Milliseconds since the epoch, leeway included."""


def is_token(credentials: bytes) -> bool:
    """Say whether credentials have the form of a signed JWT, as opposed to an API key."""
    return credentials.count(b".") == _PARTS - 1 and credentials.startswith(b"ey")


class Tokens:
    """Checks tokens by some issuers."""

    def __init__(
        self,
        trusted: Collection[Trusted],
        algorithms: Collection[str],
        leeway: int,
        now: Callable[[], int],
    ) -> None:
        self._trusted = {each.issuer: each for each in trusted}
        self._algorithms = frozenset(algorithms)
        self._leeway = leeway
        self._now = now
        """Milliseconds since the epoch."""

    @property
    def version(self) -> int:
        """Goes up whenever any issuer's keys change."""
        return sum(each.keyring.version for each in self._trusted.values())

    async def access(self, token: bytes, audiences: Collection[str]) -> Access:
        """Return what a token gives for a resource known by some names; raises TokenRefused, KeysUnavailable."""
        if len(token) > LONGEST:
            raise TokenRefused("the token is longer than any that is accepted")
        registry = JWSRegistry(algorithms=sorted(self._algorithms), strict_check_header=False)
        header, claimed = _unchecked(token, registry)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise TokenRefused("the token is not signed as it must be")
        trusted = self._trusted.get(claimed) if isinstance(claimed, str) else None
        if trusted is None:
            raise TokenRefused("the token is not of an issuer that is accepted")
        kid = header.get("kid")
        keyring: Keyring = trusted.keyring
        key = await keyring.find(kid if isinstance(kid, str) else None, algorithm)
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
        except (JoseError, ValueError) as error:
            raise TokenRefused("the signature of the token is not right") from error
        self._check(claims, trusted.issuer, audiences)
        ends = int((claims["exp"] + self._leeway) * 1000)
        return Access(_client(claims), trusted.name, scopes_of(claims), ends)

    def _check(self, claims: Mapping[str, Any], issuer: str, audiences: Collection[str]) -> None:
        told = claims.get("aud")
        named = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        if not {each.rstrip("/") for each in named if isinstance(each, str)} & set(audiences):
            raise TokenRefused("the token was issued for another resource")
        if "cnf" in claims:
            raise TokenRefused("the token is bound to a key, and proofs of possession are not understood here")
        rules = jwt.JWTClaimsRegistry(
            now=lambda: self._now() // 1000,
            leeway=self._leeway,
            iss={"essential": True, "value": issuer},
            exp={"essential": True},
        )
        try:
            rules.validate(dict(claims))
        except ExpiredTokenError as error:
            raise TokenRefused("the token has expired") from error
        except (JoseError, ValueError, OverflowError) as error:
            raise TokenRefused("the token is not valid now, or a claim of it has no right form") from error


def _unchecked(token: bytes, registry: JWSRegistry) -> tuple[Mapping[str, Any], Any]:
    """Return a token's header and the issuer it claims, before anything is known about either."""
    try:
        parts = extract_compact(token, registry=registry)
        header = parts.headers()
        claims = json.decode(parts.payload, type=dict[str, Any])
    except (JoseError, MsgspecError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise TokenRefused("the token cannot be read") from error
    kind = header.get("typ", "")
    if not isinstance(kind, str) or kind.lower() not in _TYPES or "crit" in header:
        raise TokenRefused("it is no access token of a kind that is understood")
    return header, claims.get("iss")


def _client(claims: Mapping[str, Any]) -> str:
    """Return the client that a token was given to: `client_id`, where it has none `azp`, where it has neither `sub`."""
    for name in ("client_id", "azp", "sub"):
        if name in claims:
            value = claims[name]
            if isinstance(value, str) and value:
                return value
            break
    raise TokenRefused("the token names no client")
