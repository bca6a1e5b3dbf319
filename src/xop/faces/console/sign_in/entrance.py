"""The entrance: the page on which people say who they are, in every way that the workspace allows."""

from math import ceil

from xop.faces.console.sign_in.door import Arrival, Opened
from xop.faces.console.sign_in.place import is_private
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError


async def show_sign_in(arrival: Arrival) -> Opened:
    """Ask who it is."""
    return entrance(arrival)


def entrance(
    arrival: Arrival, problem: str = "", name: str = "", status: int = 401, wait: int = 0, *, note: str = ""
) -> Opened:
    """Return the page, with what was wrong about an attempt, or what happened before."""
    desk, place = arrival.desk, arrival.place
    terms = desk.terms
    model = {
        "title": marked("Sign in"),
        "then": arrival.then,
        "problem": problem,
        "note": note,
        "name": name,
        "workspace": desk.platform.engine.release.name,
        "local": terms.local,
        "provider": terms.provider_name,
        "passkey": desk.passkeys.question(place) if terms.local and place.name else "",
        "exposed": not terms.secure and not is_private(place),
    }
    return Opened("sign_in", model, status if problem else 200, wait=wait)


def paused(arrival: Arrival, wait: int, name: str = "") -> Opened:
    """Return the page for somebody who has to wait so many milliseconds."""
    seconds = ceil(wait / 1000)
    told = arrival.words.text("Too many attempts failed: try again in {span}, or sign in another way.")
    return entrance(arrival, told.format(span=_span(arrival, seconds)), name, status=429, wait=seconds)


def require_local(arrival: Arrival) -> None:
    """Let somebody pass whom an account kept here lets in; raises ProblemError (403) where those do not count."""
    if not arrival.desk.terms.local:
        raise ProblemError("sign-in-closed", "passwords and passkeys kept here do not count in this workspace")


def _span(arrival: Arrival, seconds: int) -> str:
    """Return seconds in words; from a minute on in whole minutes, rather more than too few."""
    minute = 60
    return arrival.words.span(1000 * (seconds if seconds < minute else minute * ceil(seconds / minute)))
