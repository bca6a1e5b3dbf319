"""The back channel: the provider tells the server itself that somebody signed out there (Back-Channel Logout 1.0)."""

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec
from starlette.types import Receive, Scope, Send

from xop.faces.console.sign_in.identity_token import LEEWAY
from xop.faces.console.sign_in.refusal import ProviderRefused, ProviderUnavailable
from xop.faces.console.wire import read_form, send_answer
from xop.faces.http.body import Disconnected
from xop.faces.http.problems import UNAVAILABLE, ProblemError

if TYPE_CHECKING:
    from xop.faces.console.desk import Desk

LOG = logging.getLogger("xop.console")

ENDED = "/console/sign-in/oidc/ended"
"""Where the provider sends logout tokens: no browser, so no cookie and no page it must come from."""

_LARGEST = 65_536


class BackChannel:
    """Takes logout tokens, and ends the sessions that they name."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status = perf_counter(), 500
        try:
            status, cause = await self._taken(scope, receive)
            body = msgspec.json.encode({"error": "invalid_request", "error_description": cause}) if cause else b""
            more = ((b"allow", b"POST"),) if status == 405 else ()  # noqa: PLR2004 - the status of a wrong method
            await send_answer(send, status, body, more, media_type="application/json", secure=self._desk.secure)
        except Disconnected:
            status = 499
        finally:
            self._desk.meter(scope["method"], ENDED, status, perf_counter() - began)

    async def _taken(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        """Return the status of the answer, and what was wrong with what was sent."""
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        if scope["method"] != "POST":
            return 405, "send the logout token by POST"
        try:
            await self._desk.learn()
            form = await read_form(receive, headers, _LARGEST)
            return await self._ended("".join(form.get("logout_token", ())[:1]))
        except ProblemError as problem:
            return problem.status, problem.detail
        except UNAVAILABLE:
            return 503, "the store cannot be read now: send it again"

    async def _ended(self, token: str) -> tuple[int, str]:
        provider = self._desk.terms.provider
        if provider is None:
            return 404, "nobody signs in to this console at a provider"
        try:
            farewell = await provider.farewell(token)
        except ProviderRefused as refused:
            LOG.warning("a logout token is not taken: %s", refused)
            return 400, str(refused)
        except ProviderUnavailable as error:
            LOG.warning("a logout token cannot be checked: %s", error)
            return 503, "the keys of the provider cannot be had now: send it again"
        try:
            ended = self._desk.sessions.end_there(farewell.subject, farewell.session, farewell.at + LEEWAY * 1000)
        except Exception:
            provider.release(farewell)
            LOG.exception("the sessions that the provider ended go on")
            return 503, "the sessions cannot be ended now: send it again"
        LOG.info("the provider ended %d sessions", ended)
        return 200, ""
