"""The public keys of one issuer: given, or fetched, bounded in time and size, and kept until they change."""

import asyncio
import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from xop.faces.sign_in.refusal import KeysUnavailable, TokenRefused

LOG = logging.getLogger("xop.http")

DEADLINE = 5.0
"""Seconds that fetching the keys may take."""

LARGEST = 262_144
"""Bytes of a JWK Set."""

MOST_KEYS = 100

FRESH = 600.0
"""Seconds after which keys are fetched anew."""

STALE = 86_400.0
"""Seconds for which known keys count while they cannot be fetched anew."""

PAUSE = 10.0
"""Seconds between two fetches because of a key that is not known, and after one that failed."""

_RSA_BITS = range(2048, 8193)
"""Fewer are weak; more take long to check."""

_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_IMPORTS: Mapping[str, Callable[[dict[str, Any]], Key]] = {
    "RSA": RSAKey.import_key,
    "EC": ECKey.import_key,
    "OKP": OKPKey.import_key,
}


class Keyring:
    """Finds the key that a token names; one fetch at a time, and no more of them than there is reason for."""

    def __init__(
        self, uri: str, given: Mapping[str, Any] | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self.version = 0
        """Goes up whenever the keys change."""
        self._uri = uri
        self._clock = clock
        self._keys: list[_Usable] = _usable(given) if given else []
        self._fetched_at: float | None = None
        self._failed_at: float | None = None
        self._missed_at: float | None = None
        self._fetching = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> Key:
        """Return the key for an algorithm with an id, or the only one; raises TokenRefused, KeysUnavailable."""
        known = self._known(kid, algorithm) is not None and self._is_usable()
        if self._is_fetch_due(kid, algorithm) and not (known and self._fetching.locked()):
            async with self._fetching:
                if self._is_fetch_due(kid, algorithm):
                    await self._renew(missed=self._known(kid, algorithm) is None)
        if not self._is_usable():
            raise KeysUnavailable
        found = self._known(kid, algorithm)
        if found is None:
            raise TokenRefused("the key that the token is signed with is not known")
        return found

    def _known(self, kid: str | None, algorithm: str) -> Key | None:
        fitting = [each for each in self._keys if algorithm in each.algorithms and kid in (None, each.kid)]
        return fitting[0].key if len(fitting) == 1 else None

    def _is_usable(self) -> bool:
        """Whether what is known still counts."""
        if not self._uri:
            return True
        return self._fetched_at is not None and self._clock() - self._fetched_at < STALE

    def _is_fetch_due(self, kid: str | None, algorithm: str) -> bool:
        """Whether there is reason to fetch the keys, and none to leave the issuer alone."""
        now = self._clock()
        if not self._uri or (self._failed_at is not None and now - self._failed_at < PAUSE):
            return False
        if self._fetched_at is None or now - self._fetched_at >= FRESH:
            return True
        paused = self._missed_at is not None and now - self._missed_at < PAUSE
        return not paused and self._known(kid, algorithm) is None

    async def _renew(self, *, missed: bool) -> None:
        if missed and self._fetched_at is not None:
            self._missed_at = self._clock()
        import aiohttp  # noqa: PLC0415 - a tenth of a second that only who signs in needs

        try:
            async with asyncio.timeout(DEADLINE):
                document = await _fetched(self._uri)
            keys = _usable(msgspec.json.decode(document))
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, _UnfitError) as error:
            self._failed_at = self._clock()
            LOG.warning("the keys at %s cannot be had: %s", self._uri, _reason(error))
            return
        self._failed_at = None
        self._fetched_at = self._clock()
        if [each.mark for each in keys] != [each.mark for each in self._keys]:
            self._keys = keys
            self.version += 1


class _UnfitError(Exception):
    """What was fetched is no JWK Set that can be used."""


class _Usable(msgspec.Struct, frozen=True):
    """A public key with the algorithms it may check."""

    key: Any
    kid: str | None
    algorithms: frozenset[str]
    mark: bytes
    """Its public parts in bytes, to tell whether it changed."""


def _usable(document: Any) -> list[_Usable]:
    """Return the keys of a JWK Set that may check signatures, private parts left out; raises _UnfitError."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise _UnfitError("it is no JWK Set, or one beyond measure")
    return [each for key in keys if isinstance(key, dict) for each in _one(key)]


def _one(raw: Mapping[str, Any]) -> list[_Usable]:
    names = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x")}.get(
        raw.get("kty", "")
    )
    if names is None or raw.get("use", "sig") != "sig" or "verify" not in raw.get("key_ops", ["verify"]):
        return []
    try:
        public = {name: raw[name] for name in names}
        if raw["kty"] == "RSA" and _bits(public["n"]) not in _RSA_BITS:
            return []
        key = _IMPORTS[raw["kty"]](public)
        algorithms = _algorithms(key, public)
    except (JoseError, ValueError, TypeError, KeyError):
        return []
    named = raw.get("alg")
    kid = raw.get("kid")
    fitting = algorithms if named is None else algorithms & {named}
    mark = msgspec.json.encode([public, named, kid], order="sorted")
    return [_Usable(key, kid if isinstance(kid, str) else None, fitting, mark)] if fitting else []


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(f"{number}==")).bit_length()


def _algorithms(key: Key, public: Mapping[str, Any]) -> frozenset[str]:
    if isinstance(key, RSAKey):
        return frozenset(f"{kind}{bits}" for kind in ("RS", "PS") for bits in (256, 384, 512))
    if isinstance(key, ECKey):
        return frozenset({_CURVES[public["crv"]]})
    return frozenset({"Ed25519"}) if public["crv"] == "Ed25519" else frozenset()


async def _fetched(uri: str) -> bytes:
    """Return what is at an address; redirects are not followed, and proxies of the host are not used."""
    import aiohttp  # noqa: PLC0415 - as above

    headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "xop"}
    async with (
        aiohttp.ClientSession(headers=headers, auto_decompress=False) as session,
        session.get(uri, allow_redirects=False) as answer,
    ):
        if answer.status != 200:  # noqa: PLR2004 - the only status that brings keys
            raise _UnfitError(f"the answer has the status {answer.status}")
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > LARGEST:
                raise _UnfitError(f"the answer has more than {LARGEST} bytes")
        return bytes(content)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, _UnfitError) else type(error).__name__
