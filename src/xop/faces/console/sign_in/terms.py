"""Terms: how people may sign in, and where they reach the console, under the release that rules."""

import logging
import tomllib
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import msgspec
from starlette.types import Scope

from xop.faces.console.sign_in.place import Place, place_of
from xop.faces.console.sign_in.provider import Provider
from xop.faces.console.sign_in.session import Session
from xop.faces.console.words import marked
from xop.kernel.release import Release
from xop.ports.adapter import Secrets
from xop.ports.runtime import Runtime
from xop.ports.secret import MissingSecretError, resolve
from xop.workspace.settings import ProviderSettings, Settings
from xop.workspace.sign_in import unfit_origin, unsafe_address

LOG = logging.getLogger("xop.console")

OIDC = "oidc"
"""How somebody signed in who did at the provider."""


class Terms:
    """What the workspace says about signing in; read from the files kept of the release."""

    def __init__(self, url: str, secrets: Secrets, runtime: Runtime) -> None:
        self.address = ""
        """Where people reach the server; empty where the workspace does not say."""
        self.secure = url.startswith("https:")
        """Whether they reach it over https, whatever a proxy speaks to the server itself."""
        self.local = True
        """Whether accounts that are kept here count."""
        self.provider: Provider | None = None
        self.provider_name = ""
        """What people call the provider; empty where there is none."""
        self._url = url
        self._secrets = secrets
        self._runtime = runtime
        self._release: Release | None = None
        self._settings: Settings | None = None
        self._proxies: Sequence[IPv4Network | IPv6Network] = ()

    async def learn(self, release: Release) -> None:
        """Take over what a release says."""
        if release is self._release:
            return
        files = await self._runtime.releases.files(release.digest) or {}
        settings = msgspec.convert(
            tomllib.loads(files.get("workspace.toml", b'name = "none"').decode("utf-8-sig")), Settings
        )
        if settings != self._settings:
            self._take(settings)
        self._release = release

    def admits(self, session: Session) -> bool:
        """Say whether a way of signing in that was taken earlier still counts."""
        return self.provider is not None if session.method == OIDC else self.local

    def place(self, headers: Mapping[bytes, bytes]) -> Place:
        """Return where a browser has the console open."""
        return place_of(self.address, headers)

    def visitor(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """Return the network address of a browser: a trusted proxy's word, or where the connection comes from."""
        client = scope.get("client")
        address = str(client[0]) if client else ""
        told = [each.strip() for each in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        while self._trusts(address) and told and told[-1]:
            address = told.pop()[:64]
        return address

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        # A server that people reach over https and that speaks http itself has its proxy beside it.
        beside = parsed.is_loopback and self.address.startswith("https:")
        return beside or any(parsed in network for network in self._proxies)

    def _take(self, settings: Settings) -> None:
        console = settings.console
        self.local = console.local_accounts
        self._proxies = tuple(ip_network(each) for each in console.proxies)
        self.address, self.provider, self.provider_name = "", None, ""
        self.secure = self._url.startswith("https:")
        if settings.address:
            # What cannot be told counts as https: a cookie is rather not sent than sent in the clear.
            self.secure = True
            try:
                self.address = _origin(resolve(settings.address, self._secrets))
                self.secure = self.address.startswith("https:")
            except (MissingSecretError, ValueError) as error:
                LOG.error("the address of the server is not known: %s", error)  # noqa: TRY400 - the text says it all
        if console.oidc is not None:
            self._settle(console.oidc)
        self._settings = settings

    def _settle(self, oidc: ProviderSettings) -> None:
        self.provider_name = oidc.name or marked("your organisation")
        if not self.address:
            LOG.error("nobody can sign in by OpenID: the address of the server is not known")
            return
        try:
            issuer = resolve(oidc.issuer, self._secrets)
            unsafe = unsafe_address(issuer)
            if unsafe is not None:
                LOG.error("nobody can sign in by OpenID: the issuer %s", unsafe)
                return
            self.provider_name = oidc.name or urlsplit(issuer).hostname or self.provider_name
            client = resolve(oidc.client, self._secrets)
            secret = resolve(oidc.secret, self._secrets) if oidc.secret else ""
        except MissingSecretError as error:
            LOG.error("nobody can sign in by OpenID: %s", error)  # noqa: TRY400 - the text says it all
            return
        self.provider = Provider(oidc, issuer, client, secret, self.address, self._runtime.clock.now)


def _origin(address: str) -> str:
    unfit = unfit_origin(address)
    if unfit is not None:
        raise ValueError(f"it {unfit}")
    return address.rstrip("/").lower()
