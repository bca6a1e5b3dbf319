"""The resource server: whose tokens a release accepts, for what, and which principal each client is."""

import logging
import tomllib
from collections.abc import Mapping
from hashlib import sha256

import msgspec

from xop.faces.sign_in.keyring import Keyring
from xop.faces.sign_in.tokens import Access, Tokens, Trusted
from xop.kernel.base.principal import Principal
from xop.kernel.release import Release
from xop.ports.adapter import Secrets
from xop.ports.runtime import Runtime
from xop.ports.secret import MissingSecretError, resolve
from xop.workspace.settings import Issuer, OAuthSettings, Settings
from xop.workspace.sign_in import unfit_origin, unsafe_address

LOG = logging.getLogger("xop.http")

_REMEMBERED = 1024
"""Tokens that need not be checked again for a while."""

_WHILE = 300_000
"""Milliseconds for which a token is remembered, so that a key that was withdrawn is noticed."""


class ResourceServer:
    """Checks access tokens as the release that rules says; its settings are read from the files kept of the release."""

    def __init__(self, secrets: Secrets, runtime: Runtime) -> None:
        self.address = ""
        self.issuers: tuple[str, ...] = ()
        self.tokens: Tokens | None = None
        """None where no token is accepted."""
        self._secrets = secrets
        self._runtime = runtime
        self._release: Release | None = None
        self._settings: Settings | None = None
        self._audience = ""
        self._clients: Mapping[str, Principal] = {}
        self._seen: dict[tuple[bytes, str], tuple[Access, int]] = {}
        self._seen_version = 0

    async def learn(self, release: Release) -> None:
        """Take over what a release says about tokens."""
        if release is self._release:
            return
        files = await self._runtime.releases.files(release.digest) or {}
        settings = msgspec.convert(
            tomllib.loads(files.get("workspace.toml", b'name = "none"').decode("utf-8-sig")), Settings
        )
        if settings != self._settings:
            self._take(settings)
        self._clients = _clients(release)
        self._release = release

    async def access(self, token: bytes, resource: str) -> Access:
        """Return what a token gives for a resource; raises TokenRefused, KeysUnavailable."""
        tokens = self.tokens
        if tokens is None:  # pragma: no cover - callers ask only where tokens are accepted
            raise RuntimeError("no token is accepted here")
        if self._seen_version != tokens.version:
            self._seen.clear()
            self._seen_version = tokens.version
        mark = (sha256(token).digest(), resource)
        now = self._runtime.clock.now()
        known, until = self._seen.get(mark, (None, 0))
        if known is not None and now < until:
            return known
        names = {self._audience} if self._audience else {self.address, self.address + resource}
        access = await tokens.access(token, names)
        while len(self._seen) >= _REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        self._seen[mark] = (access, min(access.ends, now + _WHILE))
        return access

    def principal(self, release: Release, access: Access) -> Principal | None:
        """Return the principal that a token's client is."""
        del release
        name = access.client if len(self.issuers) == 1 else f"{access.issuer}/{access.client}"
        return self._clients.get(name)

    def _take(self, settings: Settings) -> None:
        self.tokens, self.issuers, self.address, self._audience = None, (), "", ""
        self._seen.clear()
        try:
            self.address = _origin(resolve(settings.address, self._secrets)) if settings.address else ""
            if settings.oauth is not None and self.address:
                self._accept(settings.oauth)
        except (MissingSecretError, _UnfitError) as error:
            LOG.error("no access token is accepted: %s", error)  # noqa: TRY400 - the text says it all
        self._settings = settings

    def _accept(self, oauth: OAuthSettings) -> None:
        trusted = [self._trusted(name, issuer) for name, issuer in oauth.issuers.items()]
        self._audience = resolve(oauth.audience, self._secrets).rstrip("/")
        self.issuers = tuple(each.issuer for each in trusted)
        self.tokens = Tokens(trusted, oauth.algorithms, oauth.leeway, self._runtime.clock.now)

    def _trusted(self, name: str, issuer: Issuer) -> Trusted:
        uri = resolve(issuer.jwks_uri, self._secrets)
        unsafe = unsafe_address(uri) if uri else None
        if unsafe is not None:
            raise _UnfitError(f"the address of the keys of {name} {unsafe}")
        return Trusted(name, resolve(issuer.issuer, self._secrets), Keyring(uri, issuer.jwks or None))


class _UnfitError(Exception):
    """A setting that refers to the environment has no use with the value found there."""


def _origin(address: str) -> str:
    unfit = unfit_origin(address)
    if unfit is not None:
        raise _UnfitError(f"the address of the server {unfit}")
    return address.rstrip("/")


def _clients(release: Release) -> dict[str, Principal]:
    """Return each principal by its client; a client that two of them claim is neither."""
    found: dict[str, Principal] = {}
    twice: set[str] = set()
    for principal in release.principals.values():
        if not principal.client:
            continue
        if principal.client in found:
            twice.add(principal.client)
            LOG.error("two principals are the client %r, so neither may sign in with it", principal.client)
        found[principal.client] = principal
    return {client: principal for client, principal in found.items() if client not in twice}
