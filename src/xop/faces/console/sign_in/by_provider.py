"""Signing in at the provider of an organisation: there, and back again."""

import hmac
import logging
from dataclasses import replace
from urllib.parse import quote, unquote

from xop.faces.console.sign_in.attempt import Attempt, new_attempt
from xop.faces.console.sign_in.door import Arrival, Opened
from xop.faces.console.sign_in.entrance import entrance
from xop.faces.console.sign_in.provider import Provider, Welcome
from xop.faces.console.sign_in.refusal import ProviderRefused, ProviderUnavailable
from xop.faces.console.sign_in.terms import OIDC
from xop.faces.console.wire import HOME, own_place
from xop.faces.console.words import marked

LOG = logging.getLogger("xop.console")

_COOKIE = "xop_oidc"

LEAVING = "xop_leaving"
"""The cookie of a browser that went to the provider to sign out there."""

_LASTING = 900
"""Seconds that somebody may take at the provider."""

_LONGEST = 4096
"""Characters of a code."""

_AWAY = marked("The provider cannot be reached now: try again in a minute, and look at the server's log.")


async def begin_at_provider(arrival: Arrival) -> Opened:
    """Send somebody to the provider; what belongs to the attempt stays in their browser."""
    provider = arrival.desk.terms.provider
    if provider is None:
        return _closed(arrival)
    attempt = new_attempt()
    try:
        address = await provider.address(attempt)
    except ProviderUnavailable as error:
        LOG.warning("nobody can sign in at the provider: %s", error)
        return entrance(arrival, _AWAY, status=503)
    return Opened(to=address, kept=(_COOKIE, f"{attempt.secret}.{quote(arrival.then, safe='')}", _LASTING))


async def return_from_provider(arrival: Arrival) -> Opened:
    """Let in whoever comes back with a code that was given for an attempt of this very browser."""
    provider = arrival.desk.terms.provider
    if provider is None:
        return _closed(arrival)
    secret, _, then = arrival.cookie(_COOKIE).partition(".")
    attempt = Attempt(secret)
    state = arrival.parameter("state")
    if not secret or not hmac.compare_digest(state.encode(), attempt.state.encode()):
        # The cookie stays: it may belong to an attempt that is still under way.
        return entrance(
            arrival, marked("The answer belongs to no attempt of this browser, or came too late: sign in again.")
        )
    try:
        welcome = await _welcome(arrival, provider, attempt)
    except ProviderRefused as refused:
        return _over(entrance(arrival, str(refused)))
    except ProviderUnavailable as error:
        LOG.warning("nobody can sign in at the provider: %s", error)
        return _over(entrance(arrival, _AWAY, status=503))
    to, kept = own_place(unquote(then)), (_COOKIE, "", 0)
    return Opened(to=to, operator=welcome.operator, method=OIDC, there=welcome.there, kept=kept)


async def return_signed_out(arrival: Arrival) -> Opened:
    """Tell whoever comes back from signing out at the provider, if it was this browser that went there."""
    sent, state = arrival.cookie(LEAVING), arrival.parameter("state")
    if not sent or not hmac.compare_digest(sent.encode(), state.encode()):
        return Opened(to=f"{HOME}/sign-in")
    shown = entrance(arrival, note=marked("You are signed out here, and where you signed in."))
    return replace(shown, kept=(LEAVING, "", 0))


async def _welcome(arrival: Arrival, provider: Provider, attempt: Attempt) -> Welcome:
    if arrival.parameter("error"):
        LOG.warning("the provider refuses to sign somebody in: %.60r", arrival.parameter("error"))
        raise ProviderRefused("The provider did not let you in: sign in again, or ask whoever runs it.")
    code = arrival.parameter("code")
    if not code or len(code) > _LONGEST:
        raise ProviderRefused("The provider sent no code: sign in again.")
    welcome = await provider.welcome(code, arrival.parameter("iss"), attempt)
    if arrival.desk.caller(welcome.operator) is None:
        LOG.warning("somebody signed in at the provider whom agents.yaml has no operator for")
        raise ProviderRefused("No operator belongs to your account: ask whoever publishes the workspace.")
    return welcome


def _over(opened: Opened) -> Opened:
    return Opened(opened.template, opened.model, opened.status, kept=(_COOKIE, "", 0))


def _closed(arrival: Arrival) -> Opened:
    return entrance(arrival, marked("Nobody can sign in that way here now: look at the server's log."), status=404)
