"""Mounts: the faces that share one server with the HTTP API."""

from asyncio import Event
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from xop.assembly import Platform
from xop.faces.http.keys import SignIn
from xop.faces.http.meters import Meters


@dataclass(frozen=True, slots=True)
class Ground:
    """What every face of one server stands on."""

    platform: Platform
    sign_in: SignIn
    meters: Meters
    closing: Event
    """Set when the server stops: streams end."""


Mount = Callable[[Ground], Mapping[str, ASGIApp]]
"""Returns the endpoints of a face by path; a path may have parameters in braces, as Starlette writes them."""
