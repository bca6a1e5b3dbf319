"""API keys: who a request comes from."""

import binascii
import logging
from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256

from msgspec import Struct
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from xop.faces.http.problems import ProblemError
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Principal
from xop.kernel.release import Release
from xop.ports.adapter import Secrets
from xop.ports.secret import MissingSecretError, resolve

LOG = logging.getLogger("xop.http")


class Caller(Struct, frozen=True):
    """The principal behind a request, and what it may ask."""

    principal: Principal
    actor: Actor
    scopes: frozenset[str]
    signatures: Webhook | None = None
    """Checks the signature of what it sends, for a principal that signs."""

    def require_signature(self, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        """Let a body pass that is signed as it must be, not long ago; raises ProblemError (401) for any other."""
        if self.signatures is None:
            return
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        try:
            self.signatures.verify(body, told)
        except (WebhookVerificationError, ValueError) as error:
            raise ProblemError(
                "signature-invalid", f"{self.actor} signs what it sends, and this is not: {error}"
            ) from error


class Keys:
    """Finds the caller by an API key; only digests are kept, so that looking one up tells nothing about its bytes."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._release: Release | None = None
        self._callers: Mapping[bytes, Caller] = {}

    def caller(self, release: Release, authorization: bytes | None) -> Caller:
        """Return who sends an `Authorization` header under a release; raises ProblemError (401)."""
        self.learn(release)
        key = _key(authorization)
        caller = self._callers.get(sha256(key).digest())
        if caller is None:
            raise ProblemError("key-unknown", "the API key belongs to nobody")
        return caller

    def learn(self, release: Release) -> None:
        """Take over the keys of a release, telling at once which principals cannot sign in, and why."""
        if release is self._release:
            return
        self._callers = self._indexed(release)
        self._release = release
        if not self._callers:
            LOG.error(
                "nobody can sign in: set the environment variables that agents.yaml names as keys, and start again"
            )

    def _indexed(self, release: Release) -> dict[bytes, Caller]:
        callers: dict[bytes, Caller] = {}
        twice: set[bytes] = set()
        for actor, principal in release.principals.items():
            if not principal.key:
                continue
            try:
                key = resolve(principal.key, self._secrets)
            except MissingSecretError as error:
                LOG.warning("%s cannot sign in: %s", actor, error)
                continue
            digest = sha256(key.encode()).digest()
            if digest in callers:
                twice.add(digest)
                LOG.error("%s and %s have the same key, so neither may use it", actor, callers[digest].actor)
            try:
                signatures = _signatures(principal, self._secrets)
            except (MissingSecretError, ValueError) as error:
                LOG.warning("%s cannot sign in: its signing secret is of no use: %s", actor, error)
                continue
            callers[digest] = Caller(principal, principal.actor, frozenset(principal.granted_scopes), signatures)
        return {digest: caller for digest, caller in callers.items() if digest not in twice}


def _signatures(principal: Principal, secrets: Secrets) -> Webhook | None:
    return Webhook(resolve(principal.signing_secret, secrets)) if principal.signing_secret else None


def _key(authorization: bytes | None) -> bytes:
    """Return the key of a Bearer header, or the user name of a Basic one, where Segment clients put their write key."""
    if not authorization:
        raise ProblemError("key-missing", "the request has no Authorization header")
    scheme, _, credentials = authorization.strip().partition(b" ")
    credentials = credentials.strip()
    if scheme.lower() == b"bearer" and credentials:
        return credentials
    if scheme.lower() == b"basic":
        try:
            key = b64decode(credentials, validate=True).partition(b":")[0]
        except binascii.Error:
            key = b""
        if key:
            return key
    raise ProblemError("key-missing", "the Authorization header is neither `Bearer <key>` nor `Basic` with the key")
