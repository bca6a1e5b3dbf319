"""Consequences: what halting something, and letting it go on, would mean, in words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError

EVERYTHING = "all"

_HALTING: Mapping[str, tuple[str, ...]] = marked(
    {
        "agent": (
            "From now on everything it asks for is denied, and it is told that it was halted.",
            "What was permitted to it before and has not left yet waits, and is judged again when it goes on.",
        ),
        "action": (
            "From now on nobody can have it done: no agent, no journey and no person.",
            "What was permitted before and has not left yet waits, and is judged again when it goes on.",
        ),
        "connection": (
            "From now on nothing is sent to it, whoever asks: what needs it is denied.",
            "What was permitted before and has not left yet waits, and is judged again when it goes on.",
        ),
        EVERYTHING: (
            "From now on nothing is done for any customer: not by agents, not by journeys, not by people.",
            "What was permitted before and has not left yet waits, and is judged again when it goes on.",
            "What comes in is still taken, and everything can still be looked at.",
        ),
    }
)

_ALWAYS = marked(
    (
        "What is on its way to the outside already cannot be called back.",
        "Only a second person can let it go on: you cannot.",
    )
)

RESUMING = marked(
    (
        "It may act again at once.",
        "What waited is judged again by the rules of now; what they still permit goes out.",
        "Your name and your reason stay on record.",
    )
)


class Halting(Struct, frozen=True):
    """Something that may be halted, and what that would mean."""

    scope: str
    kind: str
    name: str
    consequences: list[str]
    page: str
    """Where it is shown, below the console's own address."""


async def halting(visit: Visit, scope: str) -> Halting | None:
    """Return what halting something would mean; None for what is not there, or not this person's to see."""
    kind, _, name = scope.partition(":")
    told = await _told(visit, kind, name)
    if kind not in _HALTING or told is None:
        return None
    said = [visit.words.text(each) for each in (*_HALTING[kind], *_ALWAYS)]
    return Halting(scope, kind, name or kind, [*told, *said], page_of(scope))


def page_of(scope: str) -> str:
    """Return the page of what a scope names, below the console's own address."""
    kind, _, name = scope.partition(":")
    places = {"agent": "/agents/", "action": "/catalogue/", "connection": "/connections/"}
    return places[kind] + quote(name, safe="") if kind in places and name else "/agents"


async def _told(visit: Visit, kind: str, name: str) -> list[str] | None:
    """Return what is known of something that may be halted; None for what is not there."""
    text, number = visit.words.text, visit.words.number
    try:
        if kind == "agent":
            agent: Any = await visit.ask("GET /v1/agents/{agent}", path={"agent": name})
            did = agent.activity
            said = text("Asked for in the last 24 hours: {requests}, permitted of that: {permitted}.")
            return [said.format(requests=number(did.requests), permitted=number(did.permitted))]
        if kind == "action":
            action: Any = await visit.ask("GET /v1/catalog/{action}", path={"action": name})
            return [text("Who may propose it now: {names}.").format(names=", ".join(action.granted) or text("nobody"))]
        if kind == "connection":
            found: Any = await visit.ask("GET /v1/connections/{connection}", path={"connection": name})
            waiting = found.waiting["pending"] + found.waiting["sending"]
            said = text("Actions that stop: {names}. Requests on their way there now: {count}.")
            return [said.format(names=", ".join(found.actions) or text("none"), count=number(waiting))]
    except ProblemError:
        return None
    return []
