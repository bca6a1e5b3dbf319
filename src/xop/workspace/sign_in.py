"""Checks the address of the server, the authorization servers, how people sign in, and the clients that principals are."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from xop.ports.secret import names_secret
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.settings import ConsoleSettings, Issuer, OAuthSettings, ProviderSettings, StepUpSettings
from xop.workspace.sources import Sources

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that plain HTTP may speak to: what is sent there stays on this machine."""

_SECRET_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JSON Web Key that must stay secret."""

_KINDS = frozenset({"RSA", "EC", "OKP"})


def check_sign_in(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with the address, with `[oauth]`, and with the OAuth clients of principals."""
    oauth: OAuthSettings | None = None
    if sources.settings is not None:
        settings, place = sources.settings.value, sources.settings.place
        oauth = settings.oauth
        if settings.step_up is not None:
            yield from _step_up(sources, settings.step_up, place.at("step_up"))
        if settings.address and not names_secret(settings.address):
            yield from _address(settings.address, place.at("address"))
        if oauth is not None:
            if not settings.address:
                remedy = 'write `address = "https://…"` before the first section: tokens are issued for it'
                yield place.at("oauth").problem("the server has no address", remedy)
            yield from _oauth(oauth, place.at("oauth"))
        yield from _console(settings.console, settings.address, place.at("console"))
        yield from _operators(sources, settings.console.oidc, place.at("console").at("oidc"))
    yield from _clients(sources, oauth)


def _step_up(sources: Sources, step_up: StepUpSettings, place: Place) -> Iterator[Problem]:
    yield from sources.missing("actions", step_up.action, place.at("action"))
    action = sources.actions.get(step_up.action)
    properties = action.value.input.get("properties") if action is not None else None
    if isinstance(properties, dict) and step_up.argument not in properties:
        cause = f"the action {step_up.action!r} takes no argument {quote(step_up.argument)}"
        yield place.at("argument").problem(cause, "name the argument that takes the code")


def unsafe_address(url: str) -> str | None:
    """Return why keys must not be fetched from a URL, or None; TLS may be left out on the loopback only."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return "is no URL"
    if not host or parts.username is not None or parts.fragment:
        return "is no plain URL"
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        return "does not begin with https://"
    return None


def unfit_origin(url: str) -> str | None:
    """Return why a URL is no address of a server, or None."""
    unsafe = unsafe_address(url)
    if unsafe is not None:
        return unsafe
    parts = urlsplit(url)
    return "has a path or a query" if parts.path not in {"", "/"} or parts.query else None


def _address(address: str, place: Place) -> Iterator[Problem]:
    unfit = unfit_origin(address)
    if unfit is not None:
        yield place.problem(
            f"the address {quote(address)} {unfit}", "write scheme and host, as `https://xop.example.com`"
        )


def _oauth(oauth: OAuthSettings, place: Place) -> Iterator[Problem]:
    if not oauth.issuers:
        yield place.problem(
            "no authorization server is named", "add a section `[oauth.issuers.NAME]` with its `issuer`"
        )
    if not oauth.algorithms:
        yield place.at("algorithms").problem("no signature is accepted", "leave the line out, or name an algorithm")
    identifiers: dict[str, str] = {}
    for name, issuer in oauth.issuers.items():
        here = place.at("issuers", name)
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            yield here.problem(f"{quote(name)} is no name of an issuer", "use letters, digits, `_` and `-`")
        if issuer.issuer in identifiers:
            yield here.problem(f"{identifiers[issuer.issuer]!r} is the same issuer", "keep one of the two")
        identifiers.setdefault(issuer.issuer, name)
        yield from _issuer(issuer, here)


def _console(console: ConsoleSettings, address: str, place: Place) -> Iterator[Problem]:
    if not console.local_accounts and console.oidc is None:
        yield place.problem("nobody can sign in to the console", "add `[console.oidc]`, or leave `local_accounts` out")
    for network in console.proxies:
        try:
            ip_network(network)
        except ValueError:
            yield place.at("proxies").problem(f"{quote(network)} is no network", "write it as `10.0.0.0/8`")
    if console.oidc is not None:
        if not address:
            remedy = 'write `address = "https://…"` before the first section: the provider sends people back there'
            yield place.at("oidc").problem("the server has no address", remedy)
        yield from _provider(console.oidc, place.at("oidc"))


def _operators(sources: Sources, oidc: ProviderSettings | None, place: Place) -> Iterator[Problem]:
    known = sorted(item.value.actor.id for item in sources.principals.values() if item.value.kind == "operator")
    for value, name in oidc.operators.items() if oidc is not None else ():
        if name not in known and "operators" not in sources.unread:
            yield place.at("operators", value).problem(f"there is no operator {quote(name)}", nearest(name, known))


def _provider(oidc: ProviderSettings, place: Place) -> Iterator[Problem]:
    if not names_secret(oidc.issuer) and unsafe_address(oidc.issuer) is not None:
        cause = f"the issuer {quote(oidc.issuer)} {unsafe_address(oidc.issuer)}"
        yield place.at("issuer").problem(cause, "write it exactly as its tokens say in `iss`")
    if not oidc.client:
        yield place.at("client").problem("the client has no name", "register the console there, and write its id here")
    if not oidc.claim:
        yield place.at("claim").problem("it is not said who signs in", "name the claim that names the operator")
    if "openid" not in oidc.scopes:
        yield place.at("scopes").problem("no ID token is asked for", "add `openid`")
    if not oidc.algorithms:
        yield place.at("algorithms").problem("no signature is accepted", "leave the line out, or name an algorithm")
    for name, values in oidc.required.items():
        if not values:
            yield place.at("required", name).problem("no value would do", "name the values that may sign in")


def _issuer(issuer: Issuer, place: Place) -> Iterator[Problem]:
    if not names_secret(issuer.issuer) and unsafe_address(issuer.issuer) is not None:
        cause = f"the issuer {quote(issuer.issuer)} {unsafe_address(issuer.issuer)}"
        yield place.at("issuer").problem(cause, "write it exactly as its tokens say in `iss`")
    if bool(issuer.jwks_uri) == bool(issuer.jwks):
        yield place.problem("it is not said where its public keys are", "give either `jwks_uri` or `jwks`")
    if issuer.jwks_uri and not names_secret(issuer.jwks_uri) and unsafe_address(issuer.jwks_uri) is not None:
        cause = f"the address of its keys {unsafe_address(issuer.jwks_uri)}"
        yield place.at("jwks_uri").problem(cause, "write the `jwks_uri` of its metadata")
    if issuer.jwks:
        yield from _keys(issuer.jwks, place.at("jwks"))


def _keys(jwks: dict[str, Any], place: Place) -> Iterator[Problem]:
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        yield place.problem("the keys are no JWK Set", "write `jwks = {keys = [{…}]}`")
        return
    if any(_SECRET_PARTS & key.keys() for key in keys):
        yield place.problem("the keys hold secret parts", "write public keys only, and renew those that stood here")
    if any(key.get("kty") not in _KINDS for key in keys):
        yield place.problem("a key is of no kind that checks signatures", "write RSA, EC or OKP keys")


def _clients(sources: Sources, oauth: OAuthSettings | None) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for name, item in sources.principals.items():
        client, place = item.value.client, item.place.at("client")
        if not client:
            continue
        if client in known:
            yield place.problem(
                f"{known[client]} is the same client", "give each its own, so that it is known who asks"
            )
        known.setdefault(client, name)
        if oauth is None:
            remedy = "add `[oauth]` to workspace.toml, or leave `client` out"
            yield place.problem("no authorization server is declared, so that no token is accepted", remedy)
        elif len(oauth.issuers) > 1 and client.partition("/")[0] not in oauth.issuers:
            names = ", ".join(sorted(oauth.issuers))
            yield place.problem("it is not said whose client it is", f"write `name/client` with one of: {names}")
