"""An OpenID provider on loopback: it signs everybody in at once, as whom it was told, and can be told to lie."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from secrets import token_urlsafe
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey

LEAVING = "http://schemas.openid.net/event/backchannel-logout"

CLIENT, SECRET = "xop-console", "what only the console: knows"


class OpenIdProvider:
    """Gives codes, takes them back once with everything that belongs to them, and says who it was."""

    def __init__(self) -> None:
        self.url = ""
        self.key: Key = RSAKey.generate_key(2048, {"kid": "one"})
        self.signing: Key = self.key
        """What tokens are signed with; its own key unless it lies."""
        self.claims: dict[str, Any] = {"sub": "olga"}
        """What a token says besides the usual; a claim of None is left out."""
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        """What comes back with the code besides."""
        self.asked = 0
        """How often it said what there is."""
        self.redeemed = 0
        self.left: list[dict[str, str]] = []
        """What each browser said that came to sign out."""
        self._codes: dict[str, Mapping[str, str]] = {}

    def offers_leaving(self) -> None:
        """Let people sign out there too, which it says in its metadata."""
        self.metadata["end_session_endpoint"] = f"{self.url}/leave?tenant=one"

    @property
    def issuer(self) -> str:
        """Its identifier."""
        return f"{self.url}/realm"

    def settings(self, more: str = "") -> str:
        """Return the sections of a workspace that name it."""
        told = f'issuer = "{self.issuer}"\nclient = "{CLIENT}"\nsecret = "${{env:CONSOLE_SECRET}}"\n{more}'
        return f"[console.oidc]\n{told}\n"

    async def discovery(self, request: web.Request) -> web.Response:
        """Say what there is."""
        del request
        self.asked += 1
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize?tenant=one",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            **self.metadata,
        }
        return web.json_response(told)

    async def authorize(self, request: web.Request) -> web.Response:
        """Send somebody back with a code."""
        asked = dict(request.query)
        wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256", "tenant": "one"}
        if {name: asked.get(name) for name in wanted} != wanted or "openid" not in asked["scope"].split():
            raise web.HTTPBadRequest
        code = token_urlsafe(16)
        self._codes[code] = asked
        told = {"code": code, "state": asked["state"], "iss": self.issuer, **self.answer}
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(told)}")

    async def token(self, request: web.Request) -> web.Response:
        """Take a code back, once, from the client that it was given to."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        if self._client(request, form) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = asked is not None and asked["code_challenge"] == challenge
        if asked is None or not same or form.get("redirect_uri") != asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.redeemed += 1
        return web.json_response({"token_type": "Bearer", "id_token": self._id_token(asked["nonce"])})

    async def leave(self, request: web.Request) -> web.Response:
        """Sign somebody out whose ID token this is, and send them back."""
        asked = dict(request.query)
        self.left.append(asked)
        if "id_token_hint" in asked:
            jwt.decode(asked["id_token_hint"], self.key, algorithms=["RS256"])
        raise web.HTTPFound(f"{asked['post_logout_redirect_uri']}?{urlencode({'state': asked['state']})}")

    def logout_token(self, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """Return what it sends to end sessions; a claim of None is left out."""
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": token_urlsafe(8)}
        told |= {"events": {LEAVING: {}}, **claims}
        present = {name: value for name, value in told.items() if value is not None}
        named = {"alg": "RS256", "kid": "one", "typ": "logout+jwt", **(header or {})}
        return jwt.encode(named, present, self.signing, algorithms=[named["alg"]])

    async def keys(self, request: web.Request) -> web.Response:
        """Show the public keys."""
        del request
        return web.json_response(KeySet([self.key]).as_dict())

    def _client(self, request: web.Request, form: Mapping[str, str]) -> tuple[str, str]:
        if "client_secret_post" in self.metadata.get("token_endpoint_auth_methods_supported", ()):
            return form.get("client_id", ""), form.get("client_secret", "")
        told = request.headers.get("authorization", "").removeprefix("Basic ")
        name, _, secret = base64.b64decode(told).decode().partition(":")
        return unquote(name), unquote(secret)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        header = {"alg": "RS256", "kid": "one", "typ": "JWT", **self.header}
        present = {name: value for name, value in told.items() if value is not None}
        if header["alg"] == "none":
            parts = (base64.urlsafe_b64encode(str(each).replace("'", '"').encode()) for each in (header, present))
            return b".".join((*(each.rstrip(b"=") for each in parts), b"")).decode()
        return jwt.encode(header, present, self.signing, algorithms=[header["alg"]])


@asynccontextmanager
async def open_provider() -> AsyncIterator[OpenIdProvider]:
    """Run a provider until the block ends."""
    provider = OpenIdProvider()
    app = web.Application()
    app.router.add_get("/realm/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    app.router.add_get("/keys", provider.keys)
    app.router.add_get("/leave", provider.leave)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        provider.url = f"http://{host}:{port}"
        yield provider
    finally:
        await runner.cleanup()
