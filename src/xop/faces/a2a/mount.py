"""The mount: the A2A face beside the HTTP API."""

import logging
from collections.abc import Mapping
from pathlib import Path

from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.types.a2a_pb2 import AgentCard
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from xop.faces.a2a.cards import CARD_PATH, KEYS_PATH, REST_PATH, RPC_PATH, Cards
from xop.faces.a2a.door import Callers, Door
from xop.faces.a2a.handler import Handler
from xop.faces.a2a.notes import Notes
from xop.faces.a2a.push import Push
from xop.faces.a2a.signature import card_key
from xop.faces.a2a.task import StepUp
from xop.faces.a2a.tasks import Tasks
from xop.faces.a2a.watch import Watch
from xop.faces.http.keys import Caller
from xop.faces.http.mount import Ground, Mount
from xop.kernel.decisions.model import Decision

_LIBRARY = ("a2a.server", "a2a.utils")
"""Loggers of the library: they would write a line, or a whole trace, for every request that is wrong."""

_CACHE = "public, max-age=300"
"""How long anybody may keep the card: a publication is seen after this time at the latest."""


async def nowhere(decision: Decision, part: str, conversation: str | None, base: str) -> str:
    """Return no place: the platform has none where customers confirm who they are."""
    del decision, part, conversation, base
    return ""


def a2a_mount(
    folder: Path, url: str, *, signing_key: str = "", step_up: StepUp = nowhere, loopback: bool = False
) -> Mount:
    """Return the A2A face of a server; `url` is where it is reached if the workspace names no address.

    `folder` keeps its key and notes. `signing_key` is a `${env:NAME}` that holds a JSON Web Key, in place of the
    folder's. `step_up` says where a customer can confirm who they are. `loopback` lets push notifications go to this machine,
    over plain http too: for development only. Mounting raises CardKeyUnusable, MissingSecretError or OSError.
    """

    def mount(ground: Ground) -> Mapping[str, ASGIApp]:
        for name in _LIBRARY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        platform = ground.platform
        cards = Cards(card_key(folder, platform.secrets, signing_key))
        notes = Notes(folder, platform.runtime.clock.now())

        async def address() -> str:
            return (await ground.sign_in.address(platform.engine.release) or url).rstrip("/")

        async def step_up_here(decision: Decision, part: str, conversation: str | None) -> str:
            return await step_up(decision, part, conversation, await address())

        tasks = Tasks(platform, notes, Watch(platform.engine, ground.closing), step_up_here)
        push = Push(notes, tasks, platform.runtime.clock, loopback=loopback)
        push.resume()

        async def public(card: AgentCard) -> AgentCard:
            del card
            return cards.public(platform.engine.release, await address())

        async def extended(caller: Caller) -> AgentCard:
            return cards.extended(platform.engine.release, await address(), caller.principal)

        first = cards.public(platform.engine.release, url.rstrip("/"))
        handler = Handler(platform, tasks, notes, push, extended)
        routes = [*create_agent_card_routes(first, public, CARD_PATH, _CACHE), *_routes(handler, cards)]
        door = Door(ground, Starlette(routes=routes))
        return {route.path: door for route in routes}

    return mount


def _routes(handler: Handler, cards: Cards) -> list[Route]:
    async def keys(request: Request) -> Response:
        del request
        return JSONResponse(cards.keys, headers={"cache-control": _CACHE})

    callers = Callers()
    found = [
        Route(KEYS_PATH, keys),
        *create_jsonrpc_routes(handler, RPC_PATH, callers),
        *create_rest_routes(handler, callers, path_prefix=REST_PATH),
    ]
    return [route for route in found if isinstance(route, Route)]
