"""Signing in: who a request comes from, by API key or access token."""

import binascii
import logging
from base64 import b64decode
from collections.abc import Iterable, Mapping
from hashlib import sha256

from msgspec import Struct
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from xop.faces.http.problems import ProblemError
from xop.faces.sign_in.metadata import BASIC_SCOPES, ProtectedResource, challenge, protected_resource
from xop.faces.sign_in.refusal import KeysUnavailable, TokenRefused
from xop.faces.sign_in.scopes import names_of
from xop.faces.sign_in.server import ResourceServer
from xop.faces.sign_in.tokens import Access, is_token
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Principal
from xop.kernel.release import Release
from xop.ports.adapter import Secrets
from xop.ports.runtime import Runtime
from xop.ports.secret import MissingSecretError, resolve

LOG = logging.getLogger("xop.http")


class Caller(Struct, frozen=True):
    """The principal behind a request, and what it may ask."""

    principal: Principal
    actor: Actor
    scopes: frozenset[str]
    signatures: Webhook | None = None
    """Checks the signature of what it sends, for a principal that signs."""
    step_up: tuple[str, str] | None = None
    """Of an access token: the address and the resource for which one that gives more may be had."""

    def require(self, *scopes: str) -> None:
        """Let a request pass that these scopes are enough for; raises ProblemError (403) for any other."""
        missing = [scope for scope in scopes if scope not in self.scopes]
        if not missing:
            return
        never = [scope for scope in missing if scope not in self.principal.granted_scopes]
        if never or self.step_up is None:
            scope = (never or missing)[0]
            raise ProblemError(
                "scope-missing",
                f"{self.actor} does not have the scope {scope!r}",
                f"add {scope!r} to the scopes of {self.actor.id!r} in agents.yaml",
            )
        names = " ".join(names_of(scopes))
        remedy = f"ask the authorization server for a token with the scope {names} too"
        more = challenge(*self.step_up, scopes, "insufficient_scope", remedy)
        raise SignInError("scope-missing", f"the access token does not have the scope {names}", remedy, more)

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


class SignInError(ProblemError):
    """A request that is refused because of who sends it, with what its client may do to be let in."""

    def __init__(self, code: str, detail: str, remedy: str, more: bytes) -> None:
        super().__init__(code, detail, remedy)
        self.challenge = more

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the answer's headers say besides."""
        return [(b"www-authenticate", self.challenge)]


class SignIn:
    """Finds the caller by an API key or an access token, for every face."""

    def __init__(self, secrets: Secrets, runtime: Runtime) -> None:
        self.keys = Keys(secrets)
        self._server = ResourceServer(secrets, runtime)

    async def caller(
        self, release: Release, authorization: bytes | None, resource: str = "", scopes: Iterable[str] = ()
    ) -> Caller:
        """Return who sends an `Authorization` header to a resource under a release, once `scopes` are enough for them.

        `resource` is the path that tokens are issued for: "" for the API, "/mcp", "/a2a". Raises ProblemError: 401 and
        403 with the header that tells a client how to go on, 503 while tokens cannot be checked.
        """
        needed = tuple(scopes)
        await self._server.learn(release)
        try:
            caller = self.keys.caller(release, authorization)
        except ProblemError as problem:
            if self._server.tokens is None:
                raise
            credentials = _bearer(authorization)
            if not is_token(credentials):
                error = "invalid_token" if problem.code == "key-unknown" else ""
                raise self._refused(problem, resource, needed, error) from problem
            caller = await self._by_token(release, credentials, resource, needed)
        caller.require(*needed)
        return caller

    async def metadata(self, release: Release, resource: str = "") -> ProtectedResource | None:
        """Return what clients are told about a resource (RFC 9728); None where no token is accepted."""
        await self._server.learn(release)
        if self._server.tokens is None:
            return None
        return protected_resource(self._server.address, resource, self._server.issuers, release.name)

    async def address(self, release: Release) -> str:
        """Return the address at which others reach the server; empty where the workspace names none."""
        await self._server.learn(release)
        return self._server.address

    def learn(self, release: Release) -> None:
        """Take over the keys of a release, telling at once which principals cannot sign in, and why."""
        self.keys.learn(release)

    async def _by_token(self, release: Release, token: bytes, resource: str, scopes: tuple[str, ...]) -> Caller:
        try:
            access = await self._server.access(token, resource)
        except KeysUnavailable as error:
            raise ProblemError("token-unchecked", "the keys that tokens are checked with cannot be had now") from error
        except TokenRefused as refused:
            problem = ProblemError("token-invalid", str(refused))
            raise self._refused(problem, resource, scopes, "invalid_token") from refused
        principal = self._server.principal(release, access)
        if principal is None:
            problem = ProblemError("token-invalid", "the token was given to a client that is no principal here")
            raise self._refused(problem, resource, scopes, "invalid_token")
        return self._admitted(principal, access, resource)

    def _admitted(self, principal: Principal, access: Access, resource: str) -> Caller:
        scopes = access.scopes & frozenset(principal.granted_scopes)
        signatures = self.keys.signatures(principal)
        return Caller(principal, principal.actor, scopes, signatures, (self._server.address, resource))

    def _refused(self, problem: ProblemError, resource: str, scopes: tuple[str, ...], error: str) -> SignInError:
        told = problem.detail if error else ""
        more = challenge(self._server.address, resource, scopes or BASIC_SCOPES, error, told)
        remedy = "get a token as the `WWW-Authenticate` header says, or send `Authorization: Bearer <key>`"
        return SignInError(problem.code, problem.detail, remedy, more)


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

    def signatures(self, principal: Principal) -> Webhook | None:
        """Return what checks the signatures of a principal, if it signs; raises ProblemError (401) when it cannot be had."""
        try:
            return _signatures(principal, self._secrets)
        except (MissingSecretError, ValueError) as error:
            LOG.warning("%s cannot sign in: its signing secret is of no use: %s", principal.actor, error)
            raise ProblemError("key-unknown", f"{principal.actor} cannot sign in now", "look at the log") from error

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


def _bearer(authorization: bytes | None) -> bytes:
    scheme, _, credentials = (authorization or b"").strip().partition(b" ")
    return credentials.strip() if scheme.lower() == b"bearer" else b""


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
